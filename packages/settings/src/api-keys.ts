import {
  type Actor,
  type ApiKey,
  type ApiKeyList,
  type CreateApiKey,
  type EventData,
  type EventOf,
  finding,
  type Finding,
  type PostausgangEvent,
  type Scope,
  scopes as allScopes,
  widerScope,
} from '@postausgang/contracts';
import { asciiForm, domainOf, isDomainPattern, parseInstant } from './formats.ts';
import type { Verdict } from './resource.ts';

/** A key as the log knows it: what is listed, and the SHA-256 of the key (base64url). A value; it never changes. */
interface StoredApiKey extends Readonly<Omit<ApiKey, 'lastUsedAt'>> {
  readonly sha256: string;
}

/** All keys, the revoked ones included. The fold changes the maps in place. */
export interface ApiKeysState {
  readonly byId: Map<string, StoredApiKey>;
  readonly idBySha256: Map<string, string>;
}

export function createApiKeysState(): ApiKeysState {
  return { byId: new Map(), idBySha256: new Map() };
}

/**
 * Folds one event about keys. A key whose id or hash exists already is rejected, and so is the revocation of a key
 * that does not exist, was revoked before, or is the last one that may administer at the time of the event: two
 * administrators who revoke each other's key at once do not lock everybody out. Total.
 */
export function evolveApiKeys(
  state: ApiKeysState,
  event: EventOf<'apiKeyCreated' | 'apiKeyRevoked'>,
): Verdict {
  return event.type === 'io.postausgang.api-key-created.v1' ? addKey(state, event) : revokeKey(state, event);
}

/**
 * The key with this SHA-256 (base64url) if it may be used at that time; a revoked or expired one may not. Its scopes are
 * what it may do: those of a key of an earlier version are about all mail.
 */
export function findKeyBySha256(
  state: ApiKeysState,
  sha256: string,
  nowMs: number,
): StoredApiKey | undefined {
  const key = state.byId.get(state.idBySha256.get(sha256) ?? '');
  if (key === undefined || !isUsable(key, nowMs) || hasSteppedBack(state, key, nowMs)) return undefined;
  return key.mailScopes === 'own' ? key : { ...key, scopes: withAllMail(key.scopes) };
}

const bootstrapMs = 24 * 60 * 60 * 1000;

/**
 * Whether the admin key of the first start counts no longer: it is a day old, and somebody can administer with another
 * one. It counts again when there is none, so nobody is ever locked out.
 */
function hasSteppedBack({ byId }: ApiKeysState, key: StoredApiKey, nowMs: number): boolean {
  if (!key.bootstrap || nowMs < (parseInstant(key.createdAt) ?? 0) + bootstrapMs) return false;
  return hasAdministrator({ byId }, nowMs);
}

/** Whether somebody can administer with another key than that of the first start. */
export function hasAdministrator({ byId }: Pick<ApiKeysState, 'byId'>, nowMs: number): boolean {
  return byId.values().some((key) => !key.bootstrap && key.scopes.includes('admin') && isUsable(key, nowMs));
}

/** Whether nobody could administer any more without this key. */
function isLastAdminKey(state: ApiKeysState, key: StoredApiKey, nowMs: number): boolean {
  const { byId } = state;
  const isAdmin = (candidate: StoredApiKey): boolean =>
    candidate.scopes.includes('admin') &&
    isUsable(candidate, nowMs) &&
    !hasSteppedBack(state, candidate, nowMs);
  return isAdmin(key) && !byId.values().some((other) => other.id !== key.id && isAdmin(other));
}

/** When keys were used, as far as it was reported: id to milliseconds since 1970. The fold changes the map in place. */
type KeyUses = Map<string, number>;

/** Folds one event about the use of keys; other events are stepped over. Total. */
export function evolveKeyUses(uses: KeyUses, { type, time, data }: PostausgangEvent): void {
  if (type !== 'io.postausgang.api-key-used.v1') return;
  const usedAtMs = parseInstant(time) ?? -Infinity;
  if (usedAtMs > (uses.get(data.keyId) ?? -Infinity)) uses.set(data.keyId, usedAtMs);
}

/** The keys in the order of their creation, without their hashes. */
export function apiKeyList({ byId }: ApiKeysState, uses: ReadonlyMap<string, number>): ApiKeyList {
  const listed = ({ sha256: _sha256, ...key }: StoredApiKey): ApiKey => {
    const usedAtMs = uses.get(key.id);
    return { ...key, lastUsedAt: usedAtMs === undefined ? null : new Date(usedAtMs).toISOString() };
  };
  return { items: [...byId.values()].map(listed) };
}

function addKey(state: ApiKeysState, { time, data }: EventOf<'apiKeyCreated'>): Verdict {
  const { keyId: id, name, sha256, scopes, expiresAt, actor, mailScopes = 'all' } = data;
  const { quotas = null, recipientDomains = null, bootstrap = false } = data;
  const { senders = null, senderDomains = null, priority = null } = data;
  if (state.byId.has(id) || state.idBySha256.has(sha256)) return 'conflict';
  const key: StoredApiKey = {
    id,
    name,
    scopes,
    mailScopes,
    quotas,
    recipientDomains,
    bootstrap,
    ...(senders === null ? {} : { senders }),
    ...(senderDomains === null ? {} : { senderDomains }),
    ...(priority === null ? {} : { priority }),
    createdAt: time,
    createdBy: actor.name,
    expiresAt,
    revokedAt: null,
    sha256,
  };
  state.byId.set(id, key);
  state.idBySha256.set(sha256, id);
  return 'accepted';
}

/** All keys but one are revoked: in a copy, the modules of the original must not go on as if nothing had happened. */
export function suspendOtherKeys({ byId }: ApiKeysState, keptKeyId: string | undefined, at: string): void {
  for (const [id, key] of byId) {
    if (id !== keptKeyId && key.revokedAt === null) byId.set(id, { ...key, revokedAt: at });
  }
}

/** What the scopes of an earlier version meant: reading mail was reading all mail. */
function withAllMail(scopes: readonly Scope[]): Scope[] {
  const meant = scopes.flatMap((scope) => [scope, widerScope[scope] ?? scope]);
  return allScopes.filter((scope) => meant.includes(scope));
}

function revokeKey(state: ApiKeysState, { time, data }: EventOf<'apiKeyRevoked'>): Verdict {
  const key = state.byId.get(data.keyId);
  if (key === undefined || key.revokedAt !== null) return 'conflict';
  if (isLastAdminKey(state, key, parseInstant(time) ?? NaN)) return 'conflict';
  state.byId.set(key.id, { ...key, revokedAt: time });
  return 'accepted';
}

function isUsable({ revokedAt, expiresAt }: StoredApiKey, nowMs: number): boolean {
  return revokedAt === null && (expiresAt === null || nowMs < (parseInstant(expiresAt) ?? -Infinity));
}

/** A new key. Its id and the SHA-256 of the key (base64url) are made by the caller. */
export interface CreateKeyCommand {
  readonly keyId: string;
  readonly sha256: string;
  readonly request: CreateApiKey;
  readonly actor: Actor;
  /** What the creator may do; a key cannot give more than that, unless the creator is `admin`. */
  readonly actorScopes: readonly Scope[];
  readonly nowMs: number;
}

type CreateKeyDecision =
  | { readonly outcome: 'changed'; readonly data: EventData<'apiKeyCreated'> }
  | { readonly outcome: 'refused'; readonly code: 'api-key-invalid'; readonly findings: readonly Finding[] };

/** Decides whether a key is created, with all findings if not. JSON pointers are into the request body. */
export function decideCreateKey(command: CreateKeyCommand): CreateKeyDecision {
  const { keyId, sha256, request, actor } = command;
  const findings = [...scopeFindings(command), ...expiryFindings(command), ...domainFindings(command)];
  if (findings.length > 0) return { outcome: 'refused', code: 'api-key-invalid', findings };
  const { name, scopes, expiresAt = null, quotas = null, recipientDomains = null } = request;
  const { senders = null, senderDomains = null, priority = null } = request;
  const permissions = {
    quotas,
    recipientDomains: recipientDomains?.map(plainDomain) ?? null,
    ...(senders === null ? {} : { senders }),
    ...(senderDomains === null ? {} : { senderDomains: senderDomains.map(plainDomain) }),
    ...(priority === null ? {} : { priority }),
  };
  return {
    outcome: 'changed',
    data: { keyId, name, sha256, scopes, expiresAt, actor, mailScopes: 'own', ...permissions },
  };
}

interface RevokeKeyCommand {
  readonly keyId: string;
  readonly actor: Actor;
  readonly nowMs: number;
}

/** `unchanged`: it was revoked before. */
type RevokeKeyDecision =
  | { readonly outcome: 'changed'; readonly data: EventData<'apiKeyRevoked'> }
  | { readonly outcome: 'unchanged' }
  | { readonly outcome: 'refused'; readonly code: 'not-found' | 'last-admin-key' };

/** Decides whether a key is revoked. */
export function decideRevokeKey(
  { keyId, actor, nowMs }: RevokeKeyCommand,
  state: ApiKeysState,
): RevokeKeyDecision {
  const key = state.byId.get(keyId);
  if (key === undefined) return { outcome: 'refused', code: 'not-found' };
  if (key.revokedAt !== null) return { outcome: 'unchanged' };
  if (isLastAdminKey(state, key, nowMs)) return { outcome: 'refused', code: 'last-admin-key' };
  return { outcome: 'changed', data: { keyId, actor } };
}

function scopeFindings({ request, actorScopes }: CreateKeyCommand): Finding[] {
  const mayGive = (scope: Scope): boolean =>
    [scope, 'admin', widerScope[scope]].some((held) => actorScopes.some((one) => one === held));
  return request.scopes.flatMap((scope, index) =>
    mayGive(scope) ? [] : [finding(`/scopes/${index}`, 'scope-not-held')],
  );
}

function domainFindings({ request }: CreateKeyCommand): Finding[] {
  return (['recipientDomains', 'senderDomains'] as const).flatMap((field) =>
    (request[field] ?? []).flatMap((domain, index) =>
      isDomainPattern(domain) ? [] : [finding(`/${field}/${index}`, 'domain-invalid')],
    ),
  );
}

/** A domain as it is compared: in lower case, letters of other scripts as in the DNS. `*.` in front stays. */
function plainDomain(domain: string): string {
  const [star, name] = domain.startsWith('*.') ? ['*.', domain.slice(2)] : ['', domain];
  return star + (asciiForm(name) ?? name).toLowerCase();
}

/** Whether mail of a key may go to an address. */
export function allowsRecipient(
  { recipientDomains }: Pick<ApiKey, 'recipientDomains'>,
  address: string,
): boolean {
  return recipientDomains === null || allowsDomain(recipientDomains, address);
}

/** Whether the domain of an address is one of these, or below one with `*.`. */
export function allowsDomain(domains: readonly string[], address: string): boolean {
  const domain = plainDomain(domainOf(address));
  return domains
    .map(plainDomain)
    .some((allowed) => (allowed.startsWith('*.') ? domain.endsWith(allowed.slice(1)) : domain === allowed));
}

function expiryFindings({ request, nowMs }: CreateKeyCommand): Finding[] {
  const { expiresAt = null } = request;
  if (expiresAt === null) return [];
  const expiresAtMs = parseInstant(expiresAt);
  if (expiresAtMs === undefined) return [finding('/expiresAt', 'date-invalid')];
  return expiresAtMs > nowMs ? [] : [finding('/expiresAt', 'date-in-the-past')];
}
