import { type Static, Type } from '@sinclair/typebox';
import { integerVariable, listVariable, switchVariable, textVariable } from './variables.ts';

/** The variables of every process that listens. */
export const serverVariables = Type.Object({
  HOST: textVariable('Address to listen on.', { default: '127.0.0.1' }),
  PORT: integerVariable('Port to listen on. 0 chooses a free port.', {
    default: 8080,
    minimum: 0,
    maximum: 65_535,
  }),
  BEHIND_PROXY: switchVariable(
    'Set this if a proxy in front terminates TLS. It allows a HOST beyond this machine.',
    false,
  ),
  TRUSTED_PROXIES: listVariable(
    'Addresses and networks (CIDR) of the proxies in front, whose X-Forwarded-For is believed. Empty: with BEHIND_PROXY, ' +
      'one proxy on this machine or in a private network.',
    '',
  ),
  BASE_PATH: textVariable(
    'Path below which a proxy publishes the service, such as `/mail`. Empty: the root.',
    {
      default: '',
      pattern: '^(/[A-Za-z0-9._~-]+)*$',
    },
  ),
  ANONYMOUS_ROUTES: textVariable(
    'What is answered without credentials beside the health checks: `metrics`, `docs` (with the OpenAPI ' +
      'document and `/problems`), or both, separated by a comma.',
    { default: '', pattern: '^(|metrics|docs|metrics,docs|docs,metrics)$' },
  ),
  LOG_LEVEL: textVariable('Lowest level to log: fatal, error, warn, info, debug or trace.', {
    default: 'info',
    pattern: '^(fatal|error|warn|info|debug|trace)$',
  }),
});
export type ServerVariables = Static<typeof serverVariables>;

/** Where the service may sign in as itself; of every process that judges or uses settings. */
export const identityVariables = Type.Object({
  KERBEROS_HOSTS: listVariable(
    'Hosts where the mailer may use its own Kerberos identity without a grant, and that service principals may name.',
    '',
  ),
});
type IdentityVariables = Static<typeof identityVariables>;

/** Lower case, without a final dot. */
export function identityHostsOf({ KERBEROS_HOSTS: hosts }: IdentityVariables): ReadonlySet<string> {
  const names = hosts.split(',').map((host) => host.trim().toLowerCase().replace(/\.$/, ''));
  return new Set(names.filter((name) => name !== ''));
}

/** Access tokens of an OpenID provider, beside API keys; of every process that listens. */
export const tokenVariables = Type.Object({
  OIDC_ISSUER: textVariable(
    'Issuer of access tokens, spelled exactly as in the tokens. Empty: only API keys are accepted.',
    {
      default: '',
      pattern: '^(|https://\\S+|http://(localhost|127\\.0\\.0\\.1|\\[::1\\])(:\\d+)?(/\\S*)?)$',
    },
  ),
  OIDC_AUDIENCE: textVariable('Audience that access tokens must name.', { default: 'postausgang' }),
  OIDC_JWKS_URL: textVariable('Address of the issuer’s keys. With it, the discovery document is not read.', {
    default: '',
    pattern: '^(|https?://\\S+)$',
  }),
  OIDC_MAX_TOKEN_AGE_MINUTES: integerVariable(
    'Time after its issue (`iat`) at which an access token is no longer accepted, even if it has not expired.',
    { default: 1440, minimum: 1, maximum: 525_600 },
  ),
  OIDC_SCOPE_CLAIM: textVariable('Claim with scopes, roles or groups. Dots separate nested objects.', {
    default: 'scope',
  }),
  OIDC_SCOPE_MAP: textVariable(
    'Scopes for each value of the claim: `group=scope+scope`, separated by commas. Empty: the values are scopes.',
    { default: '' },
  ),
  OIDC_SENDER_MAP: textVariable(
    'Senders for each value of the claim: `group=sender+sender`, separated by commas. A sender is the ID of one, ' +
      '`default`, a domain with its `@`, or `*` for all. Empty: tokens are not limited.',
    { default: '' },
  ),
});
export type TokenVariables = Static<typeof tokenVariables>;

/** People who sign in on the page with the account of their company; of the processes that serve the page. */
export const accountVariables = Type.Object({
  OIDC_CLIENT_ID: textVariable(
    'Client ID at OIDC_ISSUER, with which people sign in on the page. Empty: they sign in with keys and tokens only.',
    { default: '' },
  ),
  OIDC_CLIENT_SECRET: textVariable(
    'Client secret. Empty: the provider has none for this client. OIDC_CLIENT_SECRET_FILE names a file instead.',
    { default: '' },
  ),
  OIDC_CLIENT_SECRET_FILE: textVariable('File with the client secret.', { default: '' }),
  OIDC_SCOPES: textVariable('What the sign-in asks the provider for, separated by spaces.', {
    default: 'openid profile email',
  }),
  OIDC_ONLY: switchVariable(
    'People sign in with their account only. A key still signs in on the page if it may administer.',
    false,
  ),
  PUBLIC_URL: textVariable(
    'Address at which people open the page, BASE_PATH included. Empty: on this machine, what the browser calls it.',
    {
      default: '',
      pattern:
        '^(|https://[^/\\s?#]+(/[^\\s?#]*)?|http://(localhost|127\\.0\\.0\\.1|\\[::1\\])(:\\d+)?(/[^\\s?#]*)?)$',
    },
  ),
});
export type AccountVariables = Static<typeof accountVariables>;

/** Sessions of people with a browser; of the processes that serve the page. */
export const sessionVariables = Type.Object({
  SESSION_IDLE_MINUTES: integerVariable('Idle time after which a session ends.', {
    default: 30,
    minimum: 1,
    maximum: 1440,
  }),
  SESSION_HOURS: integerVariable('Time after which a session ends in any case.', {
    default: 8,
    minimum: 1,
    maximum: 168,
  }),
});
export type SessionVariables = Static<typeof sessionVariables>;
