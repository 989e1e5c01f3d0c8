import type { Scope } from '@postausgang/contracts';
import { ProblemError } from '../problems/problem-error.ts';

/** Who sends a request. `admin` among the scopes includes all the others. */
export interface Principal {
  readonly id: string;
  readonly name: string;
  readonly kind: 'api-key' | 'token';
  readonly scopes: ReadonlySet<Scope>;
  /** When what proves all this expires, in milliseconds since 1970; absent: not by itself. */
  readonly expiresAtMs?: number;
}

/**
 * Finds who a bearer token belongs to; undefined when nobody. The callee looks the token up by its hash, so no
 * comparison leaks time. An error thrown here is answered as 500, a `ProblemError` as what it says.
 */
export type Authenticate = (token: string) => Promise<Principal | undefined>;

export function hasScope(principal: Principal, scope: Scope): boolean {
  return principal.scopes.has(scope) || principal.scopes.has('admin');
}

/**
 * Refuses with `forbidden` unless the principal holds all the scopes. Routes declare theirs in `config.scopes`;
 * handlers call this where the content of a request decides (a password in it needs `secrets:write`).
 */
export function requireScopes(principal: Principal, scopes: readonly Scope[]): void {
  const missing = scopes.filter((scope) => !hasScope(principal, scope));
  if (missing.length === 0) return;
  const challenge = `Bearer realm="Postausgang", error="insufficient_scope", scope="${missing.join(' ')}"`;
  throw new ProblemError('forbidden', {
    detail: `Missing scope: ${missing.join(', ')}`,
    headers: { 'www-authenticate': challenge },
  });
}
