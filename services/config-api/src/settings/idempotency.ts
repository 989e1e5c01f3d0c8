import { createHash } from 'node:crypto';
import { changesOf } from '@postausgang/settings';
import type { ChangeRequest, OutgoingServerState, SettingsChange } from '@postausgang/settings';
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
  readonly request: ChangeRequest;
  readonly reason: string | null;
}

export type EarlierUse =
  | { readonly use: 'none' }
  | { readonly use: 'same'; readonly change: SettingsChange }
  | { readonly use: 'other' };

/** The id of the event that this request becomes. */
export function idempotentEventId(keyed: KeyedRequest, expectedVersion: number): string {
  return [keyPrefix(keyed), expectedVersion, requestDigest(keyed)].join('.');
}

/** Whether a change was made under this key before. */
export function earlierUse(keyed: KeyedRequest, state: OutgoingServerState): EarlierUse {
  const prefix = `${keyPrefix(keyed)}.`;
  const change = changesOf(state).find(({ eventId }) => eventId.startsWith(prefix));
  if (change === undefined) return { use: 'none' };
  return change.eventId.endsWith(`.${requestDigest(keyed)}`) ? { use: 'same', change } : { use: 'other' };
}

function keyPrefix({ principalId, idempotencyKey, resource }: KeyedRequest): string {
  return `idem.${sha256([principalId, idempotencyKey, resource])}`;
}

function requestDigest({ request, reason }: KeyedRequest): string {
  return sha256([withoutSecrets(request), reason]);
}

function withoutSecrets(request: ChangeRequest): unknown {
  if (request.operation === 'revert' || request.body.smtp === undefined) return request;
  const { password, ...smtp } = request.body.smtp;
  const isGiven = typeof password === 'string' ? { password: true } : { password };
  return { ...request, body: { ...request.body, smtp: { ...smtp, ...isGiven } } };
}

function sha256(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('base64url');
}
