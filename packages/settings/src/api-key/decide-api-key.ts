import { finding } from '@postausgang/contracts';
import type { Actor, CreateApiKey, EventData, Finding, Scope } from '@postausgang/contracts';
import { parseInstant } from '../instant.ts';
import { isLastAdminKey } from './api-keys-state.ts';
import type { ApiKeysState } from './api-keys-state.ts';

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

export type CreateKeyDecision =
  | { readonly outcome: 'changed'; readonly data: EventData<'apiKeyCreated'> }
  | { readonly outcome: 'refused'; readonly code: 'api-key-invalid'; readonly findings: readonly Finding[] };

/** Decides whether a key is created, with all findings if not. JSON pointers are into the request body. */
export function decideCreateKey(command: CreateKeyCommand): CreateKeyDecision {
  const { keyId, sha256, request, actor } = command;
  const findings = [...scopeFindings(command), ...expiryFindings(command)];
  if (findings.length > 0) return { outcome: 'refused', code: 'api-key-invalid', findings };
  const { name, scopes, expiresAt = null } = request;
  return { outcome: 'changed', data: { keyId, name, sha256, scopes, expiresAt, actor } };
}

export interface RevokeKeyCommand {
  readonly keyId: string;
  readonly actor: Actor;
  readonly nowMs: number;
}

/** `unchanged`: it was revoked before. */
export type RevokeKeyDecision =
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
  const mayGive = (scope: Scope): boolean => actorScopes.includes('admin') || actorScopes.includes(scope);
  return request.scopes.flatMap((scope, index) =>
    mayGive(scope) ? [] : [finding(`/scopes/${index}`, 'scope-not-held')],
  );
}

function expiryFindings({ request, nowMs }: CreateKeyCommand): Finding[] {
  const { expiresAt = null } = request;
  if (expiresAt === null) return [];
  const expiresAtMs = parseInstant(expiresAt);
  if (expiresAtMs === undefined) return [finding('/expiresAt', 'date-invalid')];
  return expiresAtMs > nowMs ? [] : [finding('/expiresAt', 'date-in-the-past')];
}
