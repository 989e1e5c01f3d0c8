import type { Actor, ApiKey, CreateApiKey, CreatedApiKey } from '@postausgang/contracts';
import { generateApiKey, type Principal, ProblemError, sha256OfApiKey } from '@postausgang/http-server';
import { apiKeyList, decideCreateKey, decideRevokeKey } from '@postausgang/settings';
import { actorOf } from '../settings/changes.ts';
import type { SettingsStore } from '../settings/store.ts';

export interface ApiKeyChangerOptions {
  readonly store: SettingsStore;
  readonly now: () => Date;
  readonly newId: () => string;
}

/** All methods throw problems, among them those of `SettingsStore.write`. */
export interface ApiKeyChanger {
  /** The new key, which nobody can read again. Throws `api-key-invalid`. */
  create(request: CreateApiKey, principal: Principal): Promise<CreatedApiKey>;
  /** Throws `not-found` and `last-admin-key`; a key that is revoked already stays so. */
  revoke(keyId: string, principal: Principal): Promise<void>;
}

export function createApiKeyChanger({ store, now, newId }: ApiKeyChangerOptions): ApiKeyChanger {
  const { apiKeys } = store.state;

  async function revoke(keyId: string, actor: Actor): Promise<void> {
    const at = now();
    const decision = decideRevokeKey({ keyId, actor, nowMs: at.getTime() }, apiKeys);
    if (decision.outcome === 'unchanged') return;
    if (decision.outcome === 'refused') throw new ProblemError(decision.code);
    const event = { id: newId(), time: at.toISOString() };
    const verdict = await store.write('apiKeyRevoked', resourceOf(keyId), decision.data, event);
    // Somebody was faster: the key is revoked already, or it has become the last one.
    if (verdict !== 'accepted') await revoke(keyId, actor);
  }

  return {
    async create(request, principal) {
      const key = generateApiKey();
      const keyId = newId();
      const at = now();
      const decision = decideCreateKey({
        keyId,
        sha256: sha256OfApiKey(key),
        request,
        actor: actorOf(principal),
        actorScopes: [...principal.scopes],
        nowMs: at.getTime(),
      });
      if (decision.outcome === 'refused')
        throw new ProblemError(decision.code, { findings: decision.findings });
      const event = { id: newId(), time: at.toISOString() };
      await store.write('apiKeyCreated', resourceOf(keyId), decision.data, event);
      return { ...createdKey(apiKeyList(apiKeys).items, keyId), key };
    },
    revoke: (keyId, principal) => revoke(keyId, actorOf(principal)),
  };
}

function createdKey(items: readonly ApiKey[], keyId: string): ApiKey {
  const created = items.find(({ id }) => id === keyId);
  if (created === undefined) throw new Error('A new API key was not taken into the fold');
  return created;
}

function resourceOf(keyId: string): string {
  return `api-keys/${keyId}`;
}
