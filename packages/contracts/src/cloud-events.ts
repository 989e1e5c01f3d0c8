import { type Static, Type } from '@sinclair/typebox';
import { TypeCompiler } from '@sinclair/typebox/compiler';
import { events, type PostausgangEvent } from './events/events.ts';
import { largeJsonExcess } from './json-bounds.ts';
import { Instant } from './schemas.ts';

/** A CloudEvent 1.0 (cloudevents.io, CloudEvents specification v1.0.2) with JSON data. */
export interface CloudEvent<Type extends string = string, Data = unknown> {
  /** Unique; a second record with the same id is the same event. */
  readonly id: string;
  readonly type: Type;
  /** URI reference of the producer, e.g. `/config-api`. */
  readonly source: string;
  /** RFC 3339. */
  readonly time: string;
  readonly subject?: string;
  /** W3C Trace Context (CloudEvents extension for distributed tracing): the trace that the event belongs to. */
  readonly traceparent?: string;
  readonly data: Data;
}

/** A record of the log before it is stored: Kafka's shape. */
export interface EventRecord {
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly value: Uint8Array;
}

/** A record as it was stored; anybody may have written it, so nothing is certain. */
export interface UntrustedRecord {
  readonly key: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly value: Uint8Array | null;
  /** When it was appended, in milliseconds since 1970: the time of an event that names none. */
  readonly timestampMs?: number;
}

/** Why a record is not an event of ours. Readers count it, report it and step over it. */
type UnreadableReason =
  | 'tombstone'
  | 'not-a-cloud-event'
  | 'unknown-type'
  | 'not-json'
  | 'data-invalid'
  /** Only the services may write here, and nothing proves that one of them has. */
  | 'not-signed'
  /** What is to prove who has written it does not fit the record. */
  | 'signature-wrong';

export type ReadResult =
  | { readonly ok: true; readonly event: PostausgangEvent }
  | {
      readonly ok: false;
      readonly reason: UnreadableReason;
      readonly detail: string;
      /** The event whose data has not the form of its type. */
      readonly event?: CloudEvent;
    };

type RawResult =
  | { readonly ok: true; readonly event: CloudEvent }
  | { readonly ok: false; readonly reason: UnreadableReason; readonly detail: string };

/** U+FFFD stands where a header was not UTF-8. */
const readable = '^[^\\uFFFD]*$';
const required = Type.String({ minLength: 1, pattern: readable });
const AttributesSchema = Type.Object({
  specversion: Type.Literal('1.0'),
  id: required,
  type: required,
  source: required,
  time: Instant(),
  subject: Type.Optional(Type.String({ pattern: readable })),
  traceparent: Type.Optional(Type.String()),
});
const attributesCheck = TypeCompiler.Compile(AttributesSchema);

/** What is wrong with the attributes: which are missing, and which have not the form they need. */
function attributeProblems(attributes: object, nameOf: (attribute: string) => string): string {
  const problems = [...attributesCheck.Errors(attributes)].map(({ path, value }) => {
    const name = path.slice(1);
    return [name, `${nameOf(name)} ${value === undefined ? 'is missing' : 'is not readable'}`] as const;
  });
  return [...new Map(problems).values()].join(', ');
}

/** The time of an event that names none (CloudEvents §3.1, `time` is optional). */
function timeOf({ timestampMs }: UntrustedRecord): string | undefined {
  const isInstant = timestampMs !== undefined && timestampMs >= 0 && timestampMs <= latestMs;
  return isInstant ? new Date(timestampMs).toISOString() : undefined;
}

/** The end of the year 9999, the last that RFC 3339 can write. */
const latestMs = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

const checks = new Map(
  Object.values(events).map((definition) => [definition.type as string, lazyCheck(definition.data)]),
);

const decoder = new TextDecoder('utf-8', { fatal: true });

/** Reads a record in binary or structured content mode. Total: whatever the record holds, it never throws. */
export function readRecord(record: UntrustedRecord): ReadResult {
  const raw = isStructured(record) ? readStructured(record) : readBinary(record);
  if (!raw.ok) {
    return raw;
  }
  const check = checks.get(raw.event.type);
  if (check === undefined) {
    return unreadable('unknown-type', raw.event.type.slice(0, 200));
  }
  const problem = check(raw.event.data);
  return problem === undefined
    ? { ok: true, event: raw.event as PostausgangEvent }
    : { ...unreadable('data-invalid', problem), event: raw.event };
}

function isStructured(record: UntrustedRecord): boolean {
  return (record.headers['content-type'] ?? '').startsWith('application/cloudevents+json');
}

function readBinary(record: UntrustedRecord): RawResult {
  if (record.value === null) {
    return unreadable('tombstone', 'The record has no value');
  }
  const { headers } = record;
  const attributes = {
    specversion: headers['ce_specversion'],
    id: headers['ce_id'],
    type: headers['ce_type'],
    source: headers['ce_source'],
    time: headers['ce_time'] ?? timeOf(record),
    ...(headers['ce_subject'] === undefined ? {} : { subject: headers['ce_subject'] }),
    ...traceOf(headers['ce_traceparent'] ?? headers['traceparent']),
  };
  if (!attributesCheck.Check(attributes)) {
    return unreadable(
      'not-a-cloud-event',
      attributeProblems(attributes, (name) => `the header ce_${name}`),
    );
  }
  const parsed = parseJson(record.value);
  return parsed.ok ? { ok: true, event: toEvent(attributes, parsed.value) } : parsed;
}

function readStructured(record: UntrustedRecord): RawResult {
  if (record.value === null) {
    return unreadable('tombstone', 'The record has no value');
  }
  const parsed = parseJson(record.value);
  if (!parsed.ok) {
    return parsed;
  }
  const { value } = parsed;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return unreadable('not-a-cloud-event', 'The value is not a JSON object');
  }
  const { traceparent, ...given }: { readonly traceparent?: unknown } = value;
  const time = 'time' in given ? undefined : timeOf(record);
  const attributes = {
    ...(time === undefined ? {} : { time }),
    ...given,
    ...traceOf(traceparent ?? record.headers['traceparent']),
  };
  if (!attributesCheck.Check(attributes)) {
    return unreadable(
      'not-a-cloud-event',
      attributeProblems(attributes, (name) => `the attribute ${name}`),
    );
  }
  return { ok: true, event: toEvent(attributes, dataOf(value)) };
}

/** What has not the form of a trace context is passed over: it is not what the event is about. */
function traceOf(traceparent: unknown): { readonly traceparent?: string } {
  return typeof traceparent === 'string' && readTraceparent(traceparent) !== undefined ? { traceparent } : {};
}

function toEvent(attributes: Static<typeof AttributesSchema>, data: unknown): CloudEvent {
  const { id, type, source, time, subject, traceparent } = attributes;
  return {
    id,
    type,
    source,
    time,
    ...(subject === undefined ? {} : { subject }),
    ...(traceparent === undefined ? {} : { traceparent }),
    data,
  };
}

function dataOf(value: object): unknown {
  return 'data' in value ? value.data : undefined;
}

type ParsedJson =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly reason: UnreadableReason; readonly detail: string };

function parseJson(bytes: Uint8Array): ParsedJson {
  const excess = largeJsonExcess(bytes);
  if (excess !== undefined) {
    return unreadable('not-json', `The value is more work than any event: ${excess}`);
  }
  try {
    return { ok: true, value: JSON.parse(decoder.decode(bytes)) };
  } catch {
    return unreadable('not-json', 'The value is not JSON in UTF-8');
  }
}

function unreadable(reason: UnreadableReason, detail: string) {
  return { ok: false, reason, detail } as const;
}

/** Compiles the check of a schema when it is first needed; says the first error, or undefined. */
function lazyCheck(schema: Parameters<typeof TypeCompiler.Compile>[0]) {
  let compiled: ReturnType<typeof TypeCompiler.Compile> | undefined;
  return (data: unknown): string | undefined => {
    compiled ??= TypeCompiler.Compile(schema);
    if (compiled.Check(data)) {
      return undefined;
    }
    const first = compiled.Errors(data).First();
    return first === undefined ? 'invalid' : `${first.path || '/'}: ${first.message}`;
  };
}

/**
 * The record of an event in binary content mode (CloudEvents Kafka protocol binding v1.0.2 §3.2): attributes as
 * `ce_` headers, the data alone as the value.
 *
 * @param value the JSON of the data in UTF-8, where the caller has it already
 */
export function writeRecord(
  key: string,
  event: CloudEvent,
  value: Uint8Array = new TextEncoder().encode(JSON.stringify(event.data)),
): EventRecord {
  const headers: Record<string, string> = {
    ce_specversion: '1.0',
    ce_id: event.id,
    ce_type: event.type,
    ce_source: event.source,
    ce_time: event.time,
    'content-type': 'application/json',
  };
  if (event.subject !== undefined) {
    headers['ce_subject'] = event.subject;
  }
  if (event.traceparent !== undefined) {
    headers['ce_traceparent'] = event.traceparent;
    headers['traceparent'] = event.traceparent;
  }
  return { key, headers, value };
}

/** The trace that something belongs to (W3C Trace Context §3.2), as a header and as an attribute of CloudEvents. */
interface TraceParent {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits. */
  readonly spanId: string;
  /** 1: the trace is recorded. */
  readonly flags: number;
}

const traceparent = /^(?!ff)([\da-f]{2})-(?!0{32})([\da-f]{32})-(?!0{16})([\da-f]{16})-([\da-f]{2})(-.*)?$/;

/** Undefined: there is none, or it has not the form of one. Later versions may have more at the end. */
export function readTraceparent(text: unknown): TraceParent | undefined {
  const [, version, traceId, spanId, flags, rest] =
    (typeof text === 'string' ? traceparent.exec(text) : null) ?? [];
  if (traceId === undefined || spanId === undefined || (version === '00' && rest !== undefined))
    return undefined;
  return { traceId, spanId, flags: Number.parseInt(flags ?? '0', 16) };
}

export function writeTraceparent({ traceId, spanId, flags }: TraceParent): string {
  return `00-${traceId}-${spanId}-${flags.toString(16).padStart(2, '0')}`;
}
