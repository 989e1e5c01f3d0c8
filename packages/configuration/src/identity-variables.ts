import { type Static, Type } from '@sinclair/typebox';
import { integerVariable, textVariable } from './variables.ts';

/** Access tokens of an OpenID provider, beside API keys; of every process that listens. */
export const tokenVariables = Type.Object({
  OIDC_ISSUER: textVariable('Issuer of access tokens, exactly as in them; empty takes API keys only.', {
    default: '',
    pattern: '^(|https://\\S+|http://(localhost|127\\.0\\.0\\.1|\\[::1\\])(:\\d+)?(/\\S*)?)$',
  }),
  OIDC_AUDIENCE: textVariable('Audience that access tokens must have.', { default: 'postausgang' }),
  OIDC_JWKS_URL: textVariable('Keys of the issuer, where its discovery document does not say so.', {
    default: '',
    pattern: '^(|https?://\\S+)$',
  }),
  OIDC_SCOPE_CLAIM: textVariable('Claim with scopes, roles or groups; dots lead into objects.', {
    default: 'scope',
  }),
  OIDC_SCOPE_MAP: textVariable(
    'What the values of the claim allow: `group=scope+scope`, separated by commas; empty: they are scopes.',
    { default: '' },
  ),
});
export type TokenVariables = Static<typeof tokenVariables>;

/** Sessions of people with a browser; of the processes that serve the page. */
export const sessionVariables = Type.Object({
  SESSION_IDLE_MINUTES: integerVariable('A session ends when nobody has worked in it for so long.', {
    default: 30,
    minimum: 1,
    maximum: 1440,
  }),
  SESSION_HOURS: integerVariable('A session ends after so long in any case.', {
    default: 8,
    minimum: 1,
    maximum: 168,
  }),
});
export type SessionVariables = Static<typeof sessionVariables>;
