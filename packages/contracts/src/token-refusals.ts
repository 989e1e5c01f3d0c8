import { explain, type LocalizedText } from './schemas.ts';

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

/** Cause and remedy of the problems of a sign-in with the account of the company. */
export const signInProblemTexts = {
  'sign-in-not-begun': explain(
    'The sign-in was not begun in this browser, took longer than ten minutes, or has been used already.',
    'Die Anmeldung wurde nicht in diesem Browser begonnen, dauerte länger als zehn Minuten oder wurde schon verwendet.',
    'Sign in again, in one tab only.',
    'Melden Sie sich erneut an, nur in einem Tab.',
  ),
  'sign-in-denied': explain(
    'The sign-in was cancelled, or the identity provider does not let this account use Postausgang.',
    'Die Anmeldung wurde abgebrochen, oder der Anmeldedienst lässt dieses Konto nicht zu.',
    'Try again. If it is denied again, ask whoever administers the identity provider.',
    'Versuchen Sie es erneut. Wird sie wieder abgelehnt, fragen Sie die Verwaltung des Anmeldedienstes.',
  ),
  'sign-in-refused': explain(
    'The identity provider does not accept the request of this service.',
    'Der Anmeldedienst nimmt die Anfrage dieses Dienstes nicht an.',
    'An administrator compares client ID, client secret, redirect address and scopes on both sides. The log has the reason.',
    'Ein Administrator vergleicht Client-ID, Clientschlüssel, Rückkehradresse und Scopes auf beiden Seiten. Der Grund steht im Log.',
  ),
  'sign-in-issuer-wrong': explain(
    'The answer names another issuer than the one that is configured.',
    'Die Antwort nennt einen anderen Aussteller als den eingestellten.',
    'An administrator sets OIDC_ISSUER exactly as the identity provider names itself.',
    'Ein Administrator setzt OIDC_ISSUER genau so, wie der Anmeldedienst sich nennt.',
  ),
  'sign-in-audience-wrong': explain(
    'The identity provider has signed you in for another application.',
    'Der Anmeldedienst hat Sie bei einer anderen Anwendung angemeldet.',
    'An administrator compares OIDC_CLIENT_ID with the application at the identity provider.',
    'Ein Administrator vergleicht OIDC_CLIENT_ID mit der Anwendung beim Anmeldedienst.',
  ),
  'sign-in-claim-missing': explain(
    'The identity provider does not say something that a sign-in needs. The log names the claim.',
    'Der Anmeldedienst nennt etwas nicht, was für die Anmeldung nötig ist. Das Log nennt die Angabe.',
    'An administrator has the identity provider add the claim to the ID token.',
    'Ein Administrator lässt die Angabe beim Anmeldedienst in das ID-Token aufnehmen.',
  ),
  'sign-in-token-invalid': explain(
    'The ID token cannot be trusted: its signature, its times or its proof of this sign-in do not fit.',
    'Dem ID-Token ist nicht zu trauen: Signatur, Zeiten oder der Bezug zu dieser Anmeldung stimmen nicht.',
    'Sign in again. If it fails again, an administrator compares the clocks. The log has the reason.',
    'Melden Sie sich erneut an. Schlägt es wieder fehl, vergleicht ein Administrator die Uhren. Der Grund steht im Log.',
  ),
  'sign-in-without-scopes': explain(
    'You are signed in at the identity provider, but none of your groups or roles has access to Postausgang.',
    'Sie sind beim Anmeldedienst angemeldet, aber keine Ihrer Gruppen oder Rollen hat Zugang zum Postausgang.',
    'Ask an administrator to add you to a group with access.',
    'Bitten Sie einen Administrator um die Aufnahme in eine Gruppe mit Zugang.',
  ),
  'sign-in-account-only': explain(
    'People sign in with the account of the company here. A key signs in only in an emergency, and only if it may administer.',
    'Hier melden sich Personen mit dem Firmenkonto an. Ein Schlüssel gilt nur im Notfall, und nur mit Administratorrechten.',
    'Sign in with your account, or use a key of an administrator.',
    'Melden Sie sich mit Ihrem Firmenkonto an, oder verwenden Sie den Schlüssel eines Administrators.',
  ),
};
