import type { RawMessage } from 'kafkajs/src/cluster/index.js';
import type { StoredRecord } from '../event-log.ts';

/** A record as Kafka has it. Foreign writers may write anything: bytes that are no UTF-8 become U+FFFD. */
export function toStoredRecord(partition: number, message: RawMessage): StoredRecord {
  const { offset, key, headers, value, timestamp } = message;
  return {
    position: { partition, offset: Number(offset) },
    key: key === null ? null : textOf(key),
    headers: Object.fromEntries(Object.entries(headers).flatMap(([name, found]) => headerOf(name, found))),
    value,
    timestampMs: Number(timestamp),
  };
}

/** A name may stand there several times, and the last one counts; a header may have no value. */
function headerOf(name: string, found: RawMessage['headers'][string]): [string, string][] {
  const last = Array.isArray(found) ? found.at(-1) : found;
  return Buffer.isBuffer(last) ? [[name, textOf(last)]] : [];
}

function textOf(bytes: Buffer): string {
  return bytes.toString('utf8');
}
