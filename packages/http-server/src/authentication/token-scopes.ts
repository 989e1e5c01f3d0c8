import { type Scope, scopes } from '@postausgang/contracts';
import type { JWTPayload } from 'jose';

export interface ScopeRules {
  readonly scopeClaim: string;
  readonly scopeMap: ReadonlyMap<string, readonly Scope[]>;
}

const isScope = (value: string): value is Scope => (scopes as readonly string[]).includes(value);

/** Reads what a token allows. With a map only the map counts: a group that happens to be called `admin` gives nothing. */
export function createScopeReader({ scopeClaim, scopeMap }: ScopeRules) {
  const path = scopeClaim.split('.');
  const allowedBy = (value: string): readonly Scope[] => {
    if (scopeMap.size > 0) return scopeMap.get(value) ?? [];
    return isScope(value) ? [value] : [];
  };
  return (payload: JWTPayload): ReadonlySet<Scope> =>
    new Set(valuesOf(claimAt(payload, path)).flatMap((value) => allowedBy(value)));
}

/** A claim may have dots in its own name (`https://…`): the whole name counts first. */
function claimAt(payload: JWTPayload, path: readonly string[]): unknown {
  const whole = payload[path.join('.')];
  if (whole !== undefined) return whole;
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, key)
        ? Reflect.get(value, key)
        : undefined,
    payload,
  );
}

function valuesOf(claim: unknown): readonly string[] {
  if (typeof claim === 'string') return claim.split(' ');
  return Array.isArray(claim) ? claim.filter((value) => typeof value === 'string') : [];
}

/**
 * Reads `group=scope+scope,group=scope`. What stands behind the last `=` are scopes, so a group may be a distinguished
 * name without commas.
 *
 * @throws RangeError that names the entry that is wrong.
 */
export function parseScopeMap(text: string): ReadonlyMap<string, readonly Scope[]> {
  const entries = text.split(',').map((entry) => entry.trim());
  return new Map(entries.filter((entry) => entry !== '').map(parseEntry));
}

function parseEntry(entry: string): [string, readonly Scope[]] {
  const at = entry.lastIndexOf('=');
  const value = entry.slice(0, Math.max(at, 0)).trim();
  const given = entry.slice(at + 1).split('+');
  if (value === '' || !given.every(isScope)) {
    throw new RangeError(`"${entry}" is not of the form group=scope+scope with scopes of the API`);
  }
  return [value, given];
}
