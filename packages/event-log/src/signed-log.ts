/*
 * A log that believes nobody without proof. It stands in front of the log of an adapter: what is appended gets a
 * signature, what is read gets a `proof`, and `toItem` makes an unreadable record of what nothing proves. So every fold
 * counts it, reports it and steps over it, like any other garbage; nothing here throws.
 *
 * - In a topic that only services write to, a record counts when it is signed, or older than the log's first signature.
 * - In the topic of requests anybody with the right may write. There a signature tells what the services have accepted
 *   over HTTP from what other modules have written, which is then theirs: see `LogItem.producer`. A module that has a key
 *   of its own must sign, and nobody else can speak in its name.
 */
import { type TopicName, topics } from '@postausgang/contracts';
import type { EventLog, Position, Proof, StoredRecord } from './event-log.ts';
import { isSignedWith, keyIdOf, type LogKeys, signRecord, type SigningKey } from './record-signatures.ts';

/** For each topic the next offset of each of its partitions. */
export type EndsOfTopics = Readonly<Record<string, readonly number[]>>;

/** Up to where records are believed that are not signed with a key in use. */
export interface Acceptance {
  readonly unsignedBefore: EndsOfTopics;
  /** By the id of the retired key. */
  readonly retiredBefore: ReadonlyMap<string, EndsOfTopics>;
}

/** The keys of modules that write requests, by their `source`. */
export type ProducerKeys = ReadonlyMap<string, SigningKey>;

interface SignedLogOptions<Log extends EventLog> {
  readonly log: Log;
  readonly keys: LogKeys;
  readonly acceptance: Acceptance;
  readonly producers?: ProducerKeys;
  readonly logger?: { readonly warn: (fields: object, message: string) => void };
}

/** Records that counted for nothing since the start, because nothing proves who has written them. */
export interface RefusedRecords {
  readonly topic: string;
  readonly proof: 'missing' | 'wrong';
  readonly count: number;
}

export interface SignedLog<Log extends EventLog> {
  /** The log with signatures; everything else is as it was. */
  readonly log: Log;
  readonly refusedRecords: () => readonly RefusedRecords[];
}

export function createSignedLog<Log extends EventLog>(options: SignedLogOptions<Log>): SignedLog<Log> {
  const { log, keys } = options;
  const proofOf = createProofOf(options);
  const refusals = createRefusals(options.logger);
  const judge = (topic: string, record: StoredRecord): StoredRecord => {
    const proof = proofOf(topic, record);
    if (proof === 'missing' || proof === 'wrong') {
      refusals.add(topic, record.position, proof);
    }
    return { ...record, proof };
  };
  const signed: Log = {
    ...log,
    append: (topic, records) =>
      log.append(
        topic,
        records.map((record) => signRecord(keys.active, topic, record)),
      ),
    follow: (topic, from, handler) =>
      log.follow(topic, from, (records) => handler(records.map((record) => judge(topic, record)))),
    async read(topic, position) {
      const record = await log.read(topic, position);
      return record === undefined ? undefined : judge(topic, record);
    },
  };
  return { log: signed, refusedRecords: refusals.list };
}

/** A flood of forged records must not become a flood of log lines. */
const reportEveryMs = 10_000;

/** Several followers read the same records, so each position counts once. */
function createRefusals(logger: SignedLogOptions<EventLog>['logger']) {
  const lastOffsets = new Map<string, number>();
  const counts = new Map<string, RefusedRecords>();
  let reportedAtMs = Number.NEGATIVE_INFINITY;
  return {
    add(topic: string, { partition, offset }: Position, proof: RefusedRecords['proof']): void {
      const place = `${topic}/${partition}`;
      if (offset <= (lastOffsets.get(place) ?? -1)) {
        return;
      }
      lastOffsets.set(place, offset);
      const name = `${topic} ${proof}`;
      const count = (counts.get(name)?.count ?? 0) + 1;
      counts.set(name, { topic, proof, count });
      const nowMs = performance.now();
      if (nowMs - reportedAtMs >= reportEveryMs) {
        reportedAtMs = nowMs;
        logger?.warn(
          { topic, position: { partition, offset }, proof, count },
          'a record counts for nothing, since nothing proves that a service of this installation has written it',
        );
      }
    },
    list: (): readonly RefusedRecords[] => [...counts.values()],
  };
}

function createProofOf({
  keys,
  acceptance,
  producers = new Map(),
}: SignedLogOptions<EventLog>): (topic: string, record: StoredRecord) => Proof {
  const inUse = new Map([keys.active, ...keys.others].map((key) => [key.id, key]));
  const retired = new Map(keys.retired.map((key) => [key.id, key]));
  const openTopics = new Set(
    (Object.keys(topics) as TopicName[])
      .filter((name) => topics[name].writers === 'anybody')
      .map((name) => topics[name].name as string),
  );
  return (topic, record) => {
    const keyId = keyIdOf(record);
    const key = inUse.get(keyId ?? '');
    if (key !== undefined) {
      return isSignedWith(key, topic, record) ? 'service' : 'wrong';
    }
    const old = retired.get(keyId ?? '');
    if (old !== undefined) {
      const isOld = isBefore(acceptance.retiredBefore.get(old.id), topic, record.position);
      return isOld && isSignedWith(old, topic, record) ? 'service' : 'wrong';
    }
    if (keyId === undefined && isBefore(acceptance.unsignedBefore, topic, record.position)) {
      return 'believed';
    }
    if (openTopics.has(topic)) {
      return proofOfProducer(producers, topic, record, keyId);
    }
    return keyId === undefined ? 'missing' : 'wrong';
  };
}

function isBefore(ends: EndsOfTopics | undefined, topic: string, { partition, offset }: Position): boolean {
  return offset < (ends?.[topic]?.[partition] ?? 0);
}

/** Of a record in a topic that others may write to, which no service has signed. */
function proofOfProducer(
  producers: ProducerKeys,
  topic: string,
  record: StoredRecord,
  keyId: string | null | undefined,
): Proof {
  const source = producers.size === 0 ? undefined : sourceOf(record);
  const key = source === undefined ? undefined : producers.get(source);
  if (key === undefined) {
    return keyId === undefined ? 'outside' : 'wrong';
  }
  if (keyId === undefined) {
    return 'missing';
  }
  return keyId === key.id && isSignedWith(key, topic, record) ? 'outside' : 'wrong';
}

/** The CloudEvents source, in either content mode; undefined where there is none. */
function sourceOf({ headers, value }: StoredRecord): string | undefined {
  if (!(headers['content-type'] ?? '').startsWith('application/cloudevents+json')) {
    return headers['ce_source'];
  }
  try {
    const event: unknown = JSON.parse(Buffer.from(value ?? []).toString('utf8'));
    const source: unknown =
      typeof event === 'object' && event !== null ? Reflect.get(event, 'source') : undefined;
    return typeof source === 'string' ? source : undefined;
  } catch {
    return undefined;
  }
}
