import { ConfigurationError, type TokenVariables } from '@postausgang/configuration';
import type { Authenticate } from '../authentication.ts';
import { parseScopeMap } from './token-scopes.ts';
import { createTokenAuthentication } from './token.ts';

/**
 * Access tokens as the variables want them; undefined where no issuer is set.
 *
 * @throws ConfigurationError
 */
export function tokenAuthentication(variables: TokenVariables, now: () => Date): Authenticate | undefined {
  const { OIDC_ISSUER: issuer, OIDC_AUDIENCE: audience, OIDC_JWKS_URL: jwksUrl } = variables;
  if (issuer === '') return undefined;
  return createTokenAuthentication({
    issuer,
    audience,
    jwksUrl: jwksUrl === '' ? undefined : jwksUrl,
    scopeClaim: variables.OIDC_SCOPE_CLAIM,
    scopeMap: readScopeMap(variables.OIDC_SCOPE_MAP),
    now,
  });
}

function readScopeMap(text: string) {
  try {
    return parseScopeMap(text);
  } catch (error) {
    throw new ConfigurationError([`OIDC_SCOPE_MAP: ${error instanceof Error ? error.message : ''}`]);
  }
}
