/*
 * Who has written a record. A log that several processes can reach (Kafka) holds what anybody with the right to write to
 * a topic has put there, so every service signs what it appends, with a key that is not in the log.
 *
 * - The signature is an HMAC-SHA-256 in a header of its own, `postausgang-signature: v1.<key id>.<base64url>`. Readers that
 *   do not know it ignore it, and a record without it stays readable.
 * - It binds topic, key of the record, the attributes of the event, the content type, and every byte of the value: each of
 *   the fields as `<bytes>:<text>`, then the value. So a signed record cannot be moved to another topic or key, and
 *   nothing in it can be changed. Its position is not bound, as nobody knows it beforehand: a record that is written a
 *   second time is the same event, and folds know an event by its id.
 * - The first key of a ring signs; all of them verify. A key that was retired verifies only what is older than its
 *   retirement, see `installation.ts`.
 */
import { createHash, createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import type { NewRecord, StoredRecord } from './event-log.ts';

export const signatureHeader = 'postausgang-signature';

/** A key that signs records. Key objects do not print what they hold. */
export interface SigningKey {
  /** What signatures name it by; says nothing of the key. */
  readonly id: string;
  readonly secret: KeyObject;
}

/** The keys of the services that share a log. */
export interface LogKeys {
  /** Signs. */
  readonly active: SigningKey;
  /** Verify as well: the keys that other processes may still sign with. */
  readonly others: readonly SigningKey[];
  /** Verify what is older than their retirement. */
  readonly retired: readonly SigningKey[];
}

const keyIdLength = 10;

/** The key of 32 bytes or more. */
export function signingKey(secret: Uint8Array): SigningKey {
  const id = createHash('sha256').update('postausgang-log-key').update(secret).digest('base64url');
  return { id: id.slice(0, keyIdLength), secret: createSecretKey(secret) };
}

/** The keys of a ring, as their owner keeps them. */
export interface LogSecrets {
  readonly active: Uint8Array;
  readonly others: readonly Uint8Array[];
  readonly retired: readonly Uint8Array[];
}

export function logKeysOf({ active, others, retired }: LogSecrets): LogKeys {
  return {
    active: signingKey(active),
    others: others.map(signingKey),
    retired: retired.map(signingKey),
  };
}

type Signable = Pick<NewRecord, 'headers'> & {
  readonly key: string | null;
  readonly value: Uint8Array | null;
};

const boundHeaders = [
  'ce_specversion',
  'ce_id',
  'ce_type',
  'ce_source',
  'ce_time',
  'ce_subject',
  'content-type',
] as const;

const version = 'v1';

function field(text: string): string {
  return `${Buffer.byteLength(text)}:${text}`;
}

function macOf({ secret }: SigningKey, topic: string, { key, headers, value }: Signable): Buffer {
  const attributes = boundHeaders.map((name) => field(headers[name] ?? ''));
  const mac = createHmac('sha256', secret);
  mac.update([field(version), field(topic), field(key ?? ''), ...attributes].join(''));
  mac.update(value ?? new Uint8Array());
  return mac.digest();
}

/** The record with its signature. */
export function signRecord(key: SigningKey, topic: string, record: NewRecord): NewRecord {
  const signature = `${version}.${key.id}.${macOf(key, topic, record).toString('base64url')}`;
  return { ...record, headers: { ...record.headers, [signatureHeader]: signature } };
}

/** The id of the key a record says it is signed with; undefined where it has no signature, null where that is none. */
export function keyIdOf({ headers }: Pick<StoredRecord, 'headers'>): string | null | undefined {
  const text = headers[signatureHeader];
  if (text === undefined) {
    return undefined;
  }
  return /^v1\.([\w-]{1,20})\.[\w-]{43}$/.exec(text)?.[1] ?? null;
}

/** Whether the signature of a record was made with this key, for this topic. */
export function isSignedWith(key: SigningKey, topic: string, record: Signable): boolean {
  const claimed = Buffer.from(record.headers[signatureHeader]?.split('.')[2] ?? '', 'base64url');
  const expected = macOf(key, topic, record);
  return claimed.length === expected.length && timingSafeEqual(claimed, expected);
}
