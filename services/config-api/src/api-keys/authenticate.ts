import type { Principal } from '@postausgang/http-server';
import { findKeyBySha256 } from '@postausgang/settings';
import type { ApiKeysState } from '@postausgang/settings';
import { isKey, sha256OfKey } from './key.ts';

/**
 * Who a key belongs to; undefined when it is unknown, revoked or expired. It is looked up by its hash, so how long that
 * takes says nothing about the keys there are.
 */
export function authenticateKey(state: ApiKeysState, token: string, nowMs: number): Principal | undefined {
  if (!isKey(token)) return undefined;
  const key = findKeyBySha256(state, sha256OfKey(token), nowMs);
  if (key === undefined) return undefined;
  return { kind: 'api-key', id: key.id, name: key.name, scopes: new Set(key.scopes) };
}
