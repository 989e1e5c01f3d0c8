/*
 * Whether a JWT is an access token. Providers sign ID tokens, logout tokens and refresh tokens with the same key, often for
 * the same audience. An ID token tells a client who has signed in, and every client of the provider gets one; it allows
 * nothing here.
 *
 * RFC 9068 names the kind in the header (`at+jwt`). Providers that do not follow it (Entra ID, older Keycloak, Auth0 and
 * Okta by default, AD FS) write `JWT` or nothing for every kind. Then the claims have to show it: those that their access
 * tokens contain and their ID tokens do not. `azp`, `roles` and `groups` show nothing, since ID tokens contain them too.
 */
import type { JWTHeaderParameters, JWTPayload } from 'jose';

/** The kinds in the header (RFC 7519 §5.1: media types, of which `application/` may be left out). */
type HeaderKind = 'access' | 'unnamed' | 'other';

function headerKind({ typ }: Partial<JWTHeaderParameters>): HeaderKind {
  if (typ === undefined) return 'unnamed';
  if (typeof typ !== 'string') return 'other';
  const name = typ.toLowerCase().replace(/^application\//, '');
  if (name === 'at+jwt') return 'access';
  return name === 'jwt' ? 'unnamed' : 'other';
}

/** Claims with which providers name the kind: Keycloak, Cognito, and others. */
const kindClaims = ['typ', 'token_use', 'token_type'];
const accessKinds = new Set(['access', 'access_token', 'bearer', 'at+jwt']);

/** Logout tokens and other security events (RFC 8417). */
const eventClaims = ['events'];
/** OpenID Connect Core §2 and §3.3.2.11, OpenID FAPI: they tie an ID token to the sign-in of a client. */
const idTokenClaims = ['nonce', 'at_hash', 'c_hash', 's_hash'];

/** Claims of access tokens that ID tokens do not have; any of them is enough. */
const accessClaims = [
  'scope', // RFC 8693 §4.2: Keycloak, Auth0, Cognito, PingFederate and most others
  'scp', // Entra ID, Okta, AD FS
  'client_id', // RFC 8693 §4.3: Zitadel, Duende, PingFederate
  'cid', // Okta
  'appid', // Entra ID v1, AD FS
  'appidacr', // Entra ID v1
  'azpacr', // Entra ID v2
  'gty', // Auth0
  'kubernetes.io', // service accounts of Kubernetes, whose tokens are for this audience alone
];

const has = (payload: JWTPayload, claim: string): boolean => {
  const value = payload[claim];
  return value !== undefined && value !== null && value !== '';
};

/** Entra ID v2 names the calling app in access tokens only. */
const isOfEntra = (payload: JWTPayload): boolean => has(payload, 'azp') && has(payload, 'tid');

/** The claims with which a token names its kind. */
function namedKinds(payload: JWTPayload): readonly string[] {
  return kindClaims
    .filter((claim) => has(payload, claim))
    .map((claim) => String(payload[claim]).toLowerCase());
}

/** Why a JWT is no access token, in fixed words without anything of its content; undefined when it is one. */
export function whyNoAccessToken(
  header: Partial<JWTHeaderParameters>,
  payload: JWTPayload,
): string | undefined {
  const kind = headerKind(header);
  if (kind === 'other') return 'its header names another type';
  const kinds = namedKinds(payload);
  if (kinds.some((name) => !accessKinds.has(name))) return 'a claim names another type';
  const event = eventClaims.find((claim) => has(payload, claim));
  if (event !== undefined) return `it has the claim ${event}`;
  if (kind === 'access') return undefined;
  const ofIdToken = idTokenClaims.find((claim) => has(payload, claim));
  if (ofIdToken !== undefined) return `it has the claim ${ofIdToken}`;
  const isShown = kinds.length > 0 || accessClaims.some((claim) => has(payload, claim)) || isOfEntra(payload);
  return isShown ? undefined : 'no claim shows that it is one';
}
