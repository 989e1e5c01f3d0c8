/** What a token allows: the values of one of its claims, and what the operator has written down for them. */
import type { JWTPayload } from 'jose';
import { type Scope, scopes } from '@postausgang/contracts';
import type { KeyPermissions, Principal } from './authentication.ts';

/** What the claim of a token with scopes, roles or groups stands for. */
export interface ClaimRules {
  /** The claim that holds scopes, roles or groups; dots lead into objects (`realm_access.roles`). */
  readonly scopeClaim: string;
  /** Values of the claim and what they allow. Empty: the values are scopes of ours. */
  readonly scopeMap: ReadonlyMap<string, readonly Scope[]>;
  /** Values of the claim and whom they may send as. Empty: tokens are not limited. */
  readonly senderMap: ReadonlyMap<string, MappedSenders>;
}

/** The senders of a group, or all of them. */
type MappedSenders = '*' | { readonly senders: readonly string[]; readonly senderDomains: readonly string[] };

interface TokenSenders {
  readonly senders: readonly string[];
  readonly senderDomains: readonly string[];
}

/** Whom a provider has named, and what that allows. */
export interface Person {
  readonly id: string;
  readonly name: string;
  readonly scopes: ReadonlySet<Scope>;
  /** Whom they may send as. Undefined: they are not limited. */
  readonly senders?: TokenSenders | undefined;
}

export function principalOfPerson({ senders, ...person }: Person, expiresAtMs: number): Principal {
  const permissions: KeyPermissions | undefined = senders && {
    quotas: null,
    recipientDomains: null,
    senders: [...senders.senders],
    senderDomains: [...senders.senderDomains],
  };
  return { kind: 'token', ...person, expiresAtMs, ...(permissions && { permissions }) };
}

const plainText = /^[^\p{Cc}\p{Zl}\p{Zp}]{1,200}$/u;

function isPlainText(value: unknown): value is string {
  return typeof value === 'string' && plainText.test(value);
}

/** Subject and name; undefined where the subject is no plain text of up to 200 characters. */
export function identityOf(payload: JWTPayload): Pick<Person, 'id' | 'name'> | undefined {
  const { sub } = payload;
  if (!isPlainText(sub)) return undefined;
  const name = [payload['name'], payload['preferred_username'], payload['email']].find(isPlainText);
  return { id: sub, name: name ?? sub };
}

const isScope = (value: string): value is Scope => (scopes as readonly string[]).includes(value);

/**
 * Reads what a token allows. With a map only the map counts: a group that happens to be called `admin` gives nothing, and a
 * token without a group that has senders may send as nobody.
 */
export function createClaimReader({ scopeClaim, scopeMap, senderMap }: ClaimRules) {
  const path = scopeClaim.split('.');
  const allowedBy = (value: string): readonly Scope[] => {
    if (scopeMap.size > 0) return scopeMap.get(value) ?? [];
    return isScope(value) ? [value] : [];
  };
  const sendersOf = (values: readonly string[]): TokenSenders | undefined => {
    const mapped = values.flatMap((value) => senderMap.get(value) ?? []);
    if (senderMap.size === 0 || mapped.includes('*')) return undefined;
    const limited = mapped.filter((one) => one !== '*');
    return {
      senders: limited.flatMap(({ senders }) => senders),
      senderDomains: limited.flatMap(({ senderDomains }) => senderDomains),
    };
  };
  return (payload: JWTPayload) => {
    const values = valuesOf(claimAt(payload, path));
    return { scopes: new Set(values.flatMap(allowedBy)), senders: sendersOf(values) };
  };
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
 * Reads `group=value+value,group=value`. What stands behind the last `=` are values, so a group may be a distinguished
 * name without commas.
 *
 * @throws RangeError that names the entry that is wrong.
 */
function parseGroupMap<Value>(
  text: string,
  form: string,
  read: (values: readonly string[]) => Value | undefined,
): ReadonlyMap<string, Value> {
  const entries = text.split(',').map((entry) => entry.trim());
  return new Map(
    entries
      .filter((entry) => entry !== '')
      .map((entry): [string, Value] => {
        const at = entry.lastIndexOf('=');
        const group = entry.slice(0, Math.max(at, 0)).trim();
        const value = read(entry.slice(at + 1).split('+'));
        if (group === '' || value === undefined)
          throw new RangeError(`"${entry}" is not of the form ${form}`);
        return [group, value];
      }),
  );
}

export const parseScopeMap = (text: string): ReadonlyMap<string, readonly Scope[]> =>
  parseGroupMap(text, 'group=scope+scope with scopes of the API', (given) =>
    given.every(isScope) ? given : undefined,
  );

const senderForm = /^(\*|@[^@\s]+|[^@\s*]+)$/;

export const parseSenderMap = (text: string): ReadonlyMap<string, MappedSenders> =>
  parseGroupMap(text, 'group=sender+sender with IDs, default, @domain or *', (given) => {
    if (!given.every((one) => senderForm.test(one))) return undefined;
    if (given.includes('*')) return '*';
    const [domains, senders] = [given.filter(isDomain), given.filter((one) => !isDomain(one))];
    return { senders, senderDomains: domains.map((one) => one.slice(1).toLowerCase()) };
  });

const isDomain = (text: string): boolean => text.startsWith('@');
