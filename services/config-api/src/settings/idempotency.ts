import { createHash } from 'node:crypto';
import { changesOf } from '@postausgang/settings';
import type { ResourceChange, ResourceState } from '@postausgang/settings';
import { canonicalJson } from './canonical-json.ts';

/*
 * Idempotency keys of settings changes live in the event id, so they are as durable as the change itself and every
 * process knows them:
 *
 *   idem.<digest of principal, key and resource>.<expected version>.<digest of the request>
 *
 * A repetition has the same id and is the same event for every reader. A change that was accepted under the first
 * digest and has another last one means that the key was used with other content. A request that lost (412) leaves
 * no trace: the next one under its key, with the new version, counts.
 *
 * The digest of the request stands in the log, so no secret goes into it, only whether one was given. Two requests
 * under one key that differ in nothing but the password are therefore taken for the same.
 */

/** A request for a change with everything that makes it the same or another one. */
export interface KeyedRequest {
  readonly principalId: string;
  readonly idempotencyKey: string;
  readonly resource: string;
  readonly request: { readonly operation: string };
  readonly reason: string | null;
}

export type EarlierUse<Content> =
  | { readonly use: 'none' }
  | { readonly use: 'same'; readonly change: ResourceChange<Content> }
  | { readonly use: 'other' };

/** The id of the event that this request becomes. */
export function idempotentEventId(
  keyed: KeyedRequest,
  secretPointers: readonly string[],
  expectedVersion: number,
): string {
  return [keyPrefix(keyed), expectedVersion, requestDigest(keyed, secretPointers)].join('.');
}

/** Whether a change was made under this key before. */
export function earlierUse<Content>(
  keyed: KeyedRequest,
  secretPointers: readonly string[],
  state: ResourceState<Content>,
): EarlierUse<Content> {
  const prefix = `${keyPrefix(keyed)}.`;
  const change = changesOf(state).find(({ eventId }) => eventId.startsWith(prefix));
  if (change === undefined) return { use: 'none' };
  const isSame = change.eventId.endsWith(`.${requestDigest(keyed, secretPointers)}`);
  return isSame ? { use: 'same', change } : { use: 'other' };
}

function keyPrefix({ principalId, idempotencyKey, resource }: KeyedRequest): string {
  return `idem.${sha256([principalId, idempotencyKey, resource])}`;
}

function requestDigest({ request, reason }: KeyedRequest, secretPointers: readonly string[]): string {
  return sha256([withoutSecrets(request, secretPointers), reason]);
}

function withoutSecrets(request: object, secretPointers: readonly string[]): unknown {
  const bare: unknown = structuredClone(request);
  for (const pointer of secretPointers) hideSecret(bare, ['body', ...pointer.split('/').slice(1)]);
  return bare;
}

/** That one was given stays, whichever it was. */
function hideSecret(holder: unknown, [name = '', ...path]: readonly string[]): void {
  if (typeof holder !== 'object' || holder === null) return;
  const member: unknown = Reflect.get(holder, name);
  if (path.length > 0) hideSecret(member, path);
  else if (typeof member === 'string') Reflect.set(holder, name, true);
}

function sha256(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('base64url');
}
