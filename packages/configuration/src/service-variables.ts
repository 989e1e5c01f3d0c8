import { type Static, Type } from '@sinclair/typebox';
import { integerVariable, switchVariable, textVariable } from './variables.ts';

/** The variables of every process that listens. */
export const serverVariables = Type.Object({
  HOST: textVariable('Address to listen on.', { default: '127.0.0.1' }),
  PORT: integerVariable('Port to listen on; 0 takes a free one.', {
    default: 8080,
    minimum: 0,
    maximum: 65_535,
  }),
  BEHIND_PROXY: switchVariable('A proxy in front ends TLS: allows to listen beyond this machine.', false),
  LOG_LEVEL: textVariable('fatal, error, warn, info, debug or trace.', {
    default: 'info',
    pattern: '^(fatal|error|warn|info|debug|trace)$',
  }),
});
export type ServerVariables = Static<typeof serverVariables>;

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
