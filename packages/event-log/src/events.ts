import {
  type CloudEvent,
  type EventData,
  type EventName,
  type EventOf,
  events,
  type PostausgangEvent,
  type ProblemCode,
  readRecord,
  type ReadResult,
  topics,
  writeRecord,
} from '@postausgang/contracts';
import type { EventLogError } from './event-log-error.ts';
import type { EventLog, Position, StoredRecord } from './event-log.ts';

/** One record of a topic as an event, or why it is not one. */
export interface LogItem {
  readonly position: Position;
  /** See `StoredRecord`. */
  readonly home?: number;
  readonly key: string | null;
  readonly sizeBytes: number;
  readonly result: ReadResult;
  /** Whether this very process has written it, and so knows that nobody else made it up. */
  readonly isOwn: boolean;
  /** The `source` of the module that has written it; null or absent where a service has. */
  readonly producer?: string | null;
}

/** A record as an event. What this process has written need not be decoded, parsed and checked again. */
export function toItem(record: StoredRecord): LogItem {
  const { position, home, key, value } = record;
  // Only publishers of events append an original.
  const written = record.original as PostausgangEvent | undefined;
  const result = written === undefined ? readProven(record) : ({ ok: true, event: written } as const);
  return {
    position,
    ...(home === undefined ? {} : { home }),
    key,
    sizeBytes: value?.byteLength ?? 0,
    result,
    isOwn: written !== undefined,
    producer: producerOf(record, result),
  };
}

/** Nothing is read of a record that nothing proves. */
function readProven(record: StoredRecord): ReadResult {
  switch (record.proof) {
    case 'missing':
      return { ok: false, reason: 'not-signed', detail: 'The record has no signature' };
    case 'wrong':
      return {
        ok: false,
        reason: 'signature-wrong',
        detail: 'The signature is not that of this record, or its key does not count here',
      };
    default:
      return readRecord(record);
  }
}

/** Before signatures began, the services are known by the source they give. */
function producerOf({ proof }: StoredRecord, result: ReadResult): string | null {
  const isOutside =
    result.ok &&
    (proof === 'outside' || (proof === 'believed' && !result.event.source.startsWith('/mailer/')));
  return isOutside ? result.event.source : null;
}

/** The problem a client of the REST API is told when an event could not be appended. */
export function problemCodeOf({ code }: EventLogError): ProblemCode {
  switch (code) {
    case 'log-full':
      return 'log-full';
    case 'log-overloaded':
      return 'overloaded';
    case 'log-writer-lost':
    case 'log-outcome-unknown':
      return 'outcome-unknown';
    case 'log-closed':
      return 'stopping';
    case 'append-too-large':
      return 'body-too-large';
    default:
      return 'log-unavailable';
  }
}

/**
 * What is refused on a full disk: whatever begins something that takes more records. Settings, keys, commands and outcomes
 * may use the space that the log keeps for them.
 */
const refusedOnFullDisk: ReadonlySet<EventName> = new Set<EventName>([
  'mailRequested',
  'mailAttemptStarted',
  'connectionTestRequested',
  'apiKeyUsed',
]);

/** What a publisher needs from outside: who it is, the time, and new ids. */
interface PublisherOptions {
  /** CloudEvents source, a URI reference such as `/config-api`. */
  readonly source: string;
  readonly now: () => Date;
  readonly newId: () => string;
}

interface PublishOptions {
  /** The event id, where the caller must know it beforehand or repeat it. */
  readonly id?: string;
  /** RFC 3339; default now. */
  readonly time?: string;
  readonly subject?: string;
  /** The trace that the event belongs to. */
  readonly traceparent?: string | undefined;
  /** The JSON of the data in UTF-8, where the caller has it already: large data is not written out once more. */
  readonly json?: Uint8Array;
}

interface Published<Name extends EventName> {
  readonly event: EventOf<Name>;
  readonly position: Position;
}

export interface Publisher {
  /**
   * Appends one event to its topic; resolves when it is durable. Rejects with the errors of `EventLog.append`. The data is
   * a value from now on: followers in this process may get this very object.
   */
  publish<Name extends EventName>(
    name: Name,
    key: string,
    data: EventData<Name>,
    options?: PublishOptions,
  ): Promise<Published<Name>>;
}

/** Publishes events of the product to the topics their definitions name. */
export function createPublisher(log: EventLog, { source, now, newId }: PublisherOptions): Publisher {
  return {
    async publish(name, key, data, options = {}) {
      const definition = events[name];
      const event: CloudEvent = {
        id: options.id ?? newId(),
        type: definition.type,
        source,
        time: options.time ?? now().toISOString(),
        ...(options.subject === undefined ? {} : { subject: options.subject }),
        ...(options.traceparent === undefined ? {} : { traceparent: options.traceparent }),
        data,
      };
      const { headers, value } = writeRecord(key, event, options.json ?? Buffer.from(JSON.stringify(data)));
      const [position] = await log.append(topics[definition.topic].name, [
        { key, headers, value, original: event, mayUseReserve: !refusedOnFullDisk.has(name) },
      ]);
      if (position === undefined) {
        throw new Error('The log answered without a position');
      }
      return { event: event as EventOf<typeof name>, position };
    },
  };
}
