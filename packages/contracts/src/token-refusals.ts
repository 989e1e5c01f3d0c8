import type { LocalizedText } from './schemas.ts';

/**
 * Why an access token of the identity provider was refused. The codes are stable; they stand in the log and in the problem
 * (`reason`), and never come with anything that the token contains. `docs/errors.md` lists them.
 */
export const tokenRefusalTexts = {
  'token-malformed': {
    en: 'This is not a signed JSON Web Token.',
    de: 'Das ist kein signiertes JSON Web Token.',
  },
  'token-too-long': {
    en: 'The token is longer than 16,384 characters. Reduce the groups that the provider writes into it.',
    de: 'Das Token ist länger als 16.384 Zeichen. Verringern Sie die Gruppen, die der Anbieter hineinschreibt.',
  },
  'token-algorithm': {
    en: 'The token is not signed with RS256, PS256, ES256 or EdDSA.',
    de: 'Das Token ist nicht mit RS256, PS256, ES256 oder EdDSA signiert.',
  },
  'token-header-unknown': {
    en: 'The header of the token demands an extension (crit) that this service does not know.',
    de: 'Der Kopf des Tokens verlangt eine Erweiterung (crit), die dieser Dienst nicht kennt.',
  },
  'token-issuer': {
    en: 'The token is from another issuer than OIDC_ISSUER.',
    de: 'Das Token hat einen anderen Aussteller als OIDC_ISSUER.',
  },
  'token-key-unknown': {
    en: 'The provider does not publish the key that the token was signed with.',
    de: 'Der Anbieter veröffentlicht den Schlüssel nicht, mit dem das Token signiert ist.',
  },
  'token-signature': {
    en: 'The signature of the token is not valid.',
    de: 'Die Signatur des Tokens ist nicht gültig.',
  },
  'token-claim-missing': {
    en: 'One of the claims iss, aud, sub, exp and iat is missing.',
    de: 'Eine der Angaben iss, aud, sub, exp und iat fehlt.',
  },
  'token-claim-invalid': {
    en: 'A time of the token is not a number, or its subject is not plain text of up to 200 characters.',
    de: 'Eine Zeit im Token ist keine Zahl, oder sein Subjekt ist kein einfacher Text bis 200 Zeichen.',
  },
  'token-audience': {
    en: 'The token is for another audience than OIDC_AUDIENCE.',
    de: 'Das Token ist für einen anderen Empfänger als OIDC_AUDIENCE.',
  },
  'token-not-yet-valid': {
    en: 'The token is not valid yet (nbf). Compare the clocks.',
    de: 'Das Token gilt noch nicht (nbf). Vergleichen Sie die Uhren.',
  },
  'token-expired': { en: 'The token has expired (exp).', de: 'Das Token ist abgelaufen (exp).' },
  'token-issued-in-future': {
    en: 'The token was issued in the future (iat). Compare the clocks.',
    de: 'Das Token wurde in der Zukunft ausgestellt (iat). Vergleichen Sie die Uhren.',
  },
  'token-too-old': {
    en: 'The token was issued longer ago than OIDC_MAX_TOKEN_AGE_MINUTES allows (iat).',
    de: 'Das Token wurde vor längerer Zeit ausgestellt, als OIDC_MAX_TOKEN_AGE_MINUTES erlaubt (iat).',
  },
  'token-not-access': {
    en: 'This is not an access token, but an ID, logout or refresh token, or nothing shows what it is for.',
    de: 'Das ist kein Zugriffstoken, sondern ein ID-, Logout- oder Refresh-Token, oder nichts zeigt, wofür es ist.',
  },
  'token-provider-unavailable': {
    en: 'The keys of the identity provider could not be read.',
    de: 'Die Schlüssel des Anmeldedienstes konnten nicht gelesen werden.',
  },
  'token-provider-mismatch': {
    en: 'The discovery document of the identity provider names another issuer than OIDC_ISSUER.',
    de: 'Das Discovery-Dokument des Anmeldedienstes nennt einen anderen Aussteller als OIDC_ISSUER.',
  },
} as const satisfies Record<string, LocalizedText>;

export type TokenRefusalCode = keyof typeof tokenRefusalTexts;
