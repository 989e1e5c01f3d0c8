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
  /** W3C trace context. */
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
}
