import type { Actor } from '@postausgang/contracts';
import { generateApiKey, sha256OfApiKey } from '@postausgang/http-server';
import { type ApiKeysState, findKeyBySha256 } from '@postausgang/settings';
import type { SettingsStore } from '../settings/store.ts';
import { readAdminKeyFile, writeAdminKeyFile } from './admin-key-file.ts';

export interface AdminKeyOptions {
  readonly store: SettingsStore;
  readonly now: () => Date;
  readonly newId: () => string;
}

const system: Actor = { kind: 'system', id: 'config-api', name: 'config-api' };

/**
 * Sees to it that somebody may administer. Without a usable admin key the one in the file becomes one; without a file
 * a key is made and the file written first, so that a crash before the append heals at the next start. A file whose
 * key has been revoked or has expired is replaced. Resolves with the path when the file holds a usable key. Several
 * processes may do so at once with files of the same content.
 *
 * @throws AdminKeyFileError, and the problems of `SettingsStore.write`.
 */
export async function ensureAdminKey(options: AdminKeyOptions, path: string): Promise<string | undefined> {
  const { store, now } = options;
  const { apiKeys } = store.state;
  const nowMs = now().getTime();
  const ifUsable = async () => ((await holdsUsableKey(path, apiKeys, nowMs)) ? path : undefined);
  if (hasAdminKey(apiKeys, nowMs)) return ifUsable();
  const kept = await readAdminKeyFile(path);
  // Another process with the same file may have been faster in the meantime.
  if (hasAdminKey(apiKeys, nowMs)) return ifUsable();
  const isNew = kept !== undefined && !apiKeys.idBySha256.has(sha256OfApiKey(kept));
  await appendAdminKey(options, isNew ? kept : await createKeyFile(path));
  return path;
}

async function createKeyFile(path: string): Promise<string> {
  const key = generateApiKey();
  await writeAdminKeyFile(path, key);
  return key;
}

function hasAdminKey(state: ApiKeysState, nowMs: number): boolean {
  const isUsable = (sha256: string): boolean => findKeyBySha256(state, sha256, nowMs) !== undefined;
  return state.byId.values().some(({ scopes, sha256 }) => scopes.includes('admin') && isUsable(sha256));
}

// Nobody needs the file any more, so nothing about it is an error.
async function holdsUsableKey(path: string, state: ApiKeysState, nowMs: number): Promise<boolean> {
  const key = await readAdminKeyFile(path).catch(() => undefined);
  return key !== undefined && findKeyBySha256(state, sha256OfApiKey(key), nowMs) !== undefined;
}

async function appendAdminKey({ store, now, newId }: AdminKeyOptions, key: string): Promise<void> {
  const keyId = newId();
  const sha256 = sha256OfApiKey(key);
  const verdict = await store.write(
    'apiKeyCreated',
    `api-keys/${keyId}`,
    { keyId, name: 'first admin key', sha256, scopes: ['admin'], expiresAt: null, actor: system },
    { id: `first-admin-key.${sha256}`, time: now().toISOString() },
  );
  if (verdict !== 'accepted' && verdict !== 'duplicate')
    throw new Error(`The first admin key was not taken: ${verdict}`);
}
