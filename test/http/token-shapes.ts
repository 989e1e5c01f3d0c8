import type { JWTPayload } from 'jose';

/** A JWT as a provider documents it. `iss`, `aud`, `sub` and the times are added. */
export interface TokenShape {
  readonly name: string;
  /** `typ` of the header; undefined: none. */
  readonly typ: string | undefined;
  readonly claims: JWTPayload;
}

const entra = { aio: 'A1', oid: '8a', rh: '0.A', tid: 'f3', uti: 'u1' };
const entraV2 = { ...entra, ver: '2.0', name: 'Anna', preferred_username: 'anna@acme.example' };
const entraV1 = { ...entra, ver: '1.0', unique_name: 'anna@acme.example', upn: 'anna@acme.example' };
const keycloak = { jti: 'j1', azp: 'erp', sid: 's1', acr: '1', preferred_username: 'anna' };
const keycloakAccess = {
  ...keycloak,
  typ: 'Bearer',
  realm_access: { roles: ['erp'] },
  scope: 'openid settings:read',
};
const auth0Id = { nickname: 'anna', name: 'Anna', email: 'anna@acme.example', updated_at: '2026-11-01' };
const okta = { ver: 1, amr: ['pwd'], auth_time: 1 };
const adfs = { auth_time: 1, authmethod: 'urn:oasis:names:tc:SAML:2.0:ac:classes:Password', ver: '1.0' };
const google = { azp: '32.apps.example', email: 'anna@acme.example', email_verified: true, name: 'Anna' };
const logoutEvent = { 'http://schemas.openid.net/event/backchannel-logout': {} };
const profile = { client_id: 'erp', jti: 'j1', scope: 'settings:read' };

const shape = (name: string, typ: string | undefined, claims: JWTPayload): TokenShape => ({
  name,
  typ,
  claims,
});

export const accessTokens: readonly TokenShape[] = [
  shape('RFC 9068', 'at+jwt', profile),
  shape('RFC 9068, with the full media type', 'application/at+jwt', profile),
  shape('RFC 9068, spelled as it likes', 'AT+JWT', profile),
  shape('RFC 9068, with the authentication of a user', 'at+jwt', { ...profile, auth_time: 1, acr: '1' }),
  shape('Entra ID v2, for a user', 'JWT', { ...entraV2, azp: 'c1', azpacr: '1', scp: 'access_as_user' }),
  shape('Entra ID v2, for an app', 'JWT', { ...entra, ver: '2.0', azp: 'c1', azpacr: '1', roles: ['erp'] }),
  shape('Entra ID v2, for an app without azpacr', 'JWT', {
    ...entra,
    ver: '2.0',
    azp: 'c1',
    roles: ['erp'],
  }),
  shape('Entra ID v1, for a user', 'JWT', { ...entraV1, appid: 'c1', appidacr: '0', scp: 'access_as_user' }),
  shape('Entra ID v1, for an app', 'JWT', { ...entra, ver: '1.0', appid: 'c1', appidacr: '1', idp: 'i' }),
  shape('Keycloak', 'JWT', keycloakAccess),
  shape('Keycloak as of RFC 9068', 'at+jwt', { ...keycloakAccess, client_id: 'erp' }),
  shape('Keycloak, lightweight', 'JWT', { jti: 'j1', azp: 'erp', typ: 'Bearer' }),
  shape('Keycloak, for a service account', 'JWT', { ...keycloakAccess, clientHost: '192.0.2.7' }),
  shape('Auth0', 'JWT', { azp: 'c1', scope: 'openid settings:read', permissions: ['settings:read'] }),
  shape('Auth0, for an app without scopes', 'JWT', { azp: 'c1', gty: 'client-credentials' }),
  shape('Okta, custom authorization server', undefined, {
    ...okta,
    cid: 'c1',
    uid: 'u1',
    scp: ['settings:read'],
  }),
  shape('Okta, for an app', undefined, { ver: 1, jti: 'AT.1', cid: 'c1', scp: ['settings:read'] }),
  shape('AD FS', 'JWT', { ...adfs, apptype: 'Confidential', appid: 'c1', scp: 'openid' }),
  shape('Cognito, with an audience of its own', undefined, {
    token_use: 'access',
    scope: 'erp/send',
    client_id: 'c1',
  }),
  shape('Zitadel', 'JWT', { client_id: 'c1', jti: 'j1' }),
  shape('Kubernetes, service account', undefined, {
    'kubernetes.io': { namespace: 'erp', serviceaccount: { name: 'billing' } },
  }),
];

export const otherTokens: readonly TokenShape[] = [
  shape('Entra ID v2, ID token', 'JWT', { ...entraV2, nonce: 'n' }),
  shape('Entra ID v2, ID token of the code flow with roles and groups', 'JWT', {
    ...entraV2,
    roles: ['erp'],
    groups: ['g1'],
  }),
  shape('Entra ID v1, ID token', 'JWT', { ...entraV1, amr: ['pwd'], roles: ['erp'] }),
  shape('Keycloak, ID token', 'JWT', { ...keycloak, typ: 'ID', at_hash: 'h', realm_access: {} }),
  shape('Keycloak, ID token without hash and nonce, with roles', 'JWT', {
    ...keycloak,
    typ: 'ID',
    scope: 'openid',
    realm_access: { roles: ['erp'] },
  }),
  shape('Keycloak, refresh token', 'JWT', { ...keycloak, typ: 'Refresh', scope: 'openid' }),
  shape('Keycloak, offline token', 'JWT', { ...keycloak, typ: 'Offline', scope: 'openid offline_access' }),
  shape('Keycloak, logout token', 'JWT', { jti: 'j1', typ: 'Logout', sid: 's1', events: logoutEvent }),
  shape('Keycloak, token bound to a key (DPoP)', 'JWT', { ...keycloakAccess, typ: 'DPoP' }),
  shape('logout token as of OpenID Connect', 'logout+jwt', { jti: 'j1', sid: 's1', events: logoutEvent }),
  shape('logout token without a type', undefined, { jti: 'j1', client_id: 'c1', events: logoutEvent }),
  shape('security event', 'secevent+jwt', { jti: 'j1', scope: 'admin', events: {} }),
  shape('answer of an introspection', 'token-introspection+jwt', { scope: 'admin' }),
  shape('proof of a key (DPoP)', 'dpop+jwt', { htm: 'GET', htu: 'https://x.example', scope: 'admin' }),
  shape('client assertion', 'client-authentication+jwt', { scope: 'admin' }),
  shape('authorization request', 'oauth-authz-req+jwt', { client_id: 'c1', scope: 'admin' }),
  shape('ID token with a type of its own', 'id_token+jwt', { scope: 'admin' }),
  shape('Auth0, ID token', 'JWT', { ...auth0Id, nonce: 'n' }),
  shape('Auth0, ID token without nonce', 'JWT', auth0Id),
  shape('Okta, ID token', undefined, { ...okta, idp: 'i', jti: 'ID.1', at_hash: 'h' }),
  shape('Okta, ID token of the code flow', undefined, { ...okta, idp: 'i', preferred_username: 'anna' }),
  shape('AD FS, ID token', 'JWT', { ...adfs, upn: 'anna@acme.example', c_hash: 'h', sid: 'S-1-5-21' }),
  shape('Google, ID token', 'JWT', { ...google, at_hash: 'h' }),
  shape('Google, ID token of the sign-in button', 'JWT', google),
  shape('Cognito, ID token', undefined, { token_use: 'id', 'cognito:username': 'anna', scope: 'admin' }),
  shape('Zitadel, ID token', 'JWT', { client_id: 'c1', azp: 'c1', at_hash: 'h', nonce: 'n' }),
  shape('hybrid flow, ID token', 'JWT', { c_hash: 'h', s_hash: 's', scope: 'admin' }),
  shape('refresh token that names itself', 'JWT', { token_type: 'refresh', scope: 'admin' }),
  shape('RFC 9068 header over an ID token', 'at+jwt', { ...profile, typ: 'ID' }),
  shape('RFC 9068 header over a logout token', 'at+jwt', { ...profile, events: logoutEvent }),
  shape('nothing but a subject', 'JWT', {}),
  shape('nothing but an empty scope', 'JWT', { scope: '' }),
];
