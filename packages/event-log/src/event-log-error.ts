/** Every way a log refuses, with whether the same call can succeed later. Codes are stable. */
export const eventLogErrorCodes = {
  /** The waiting appends hold as many bytes as allowed. */
  'log-overloaded': { retriable: true },
  /** No space is left where the log lies. */
  'log-full': { retriable: true },
  /** The log cannot be read or written at the moment (IO error, read-only, locked, no broker answers). */
  'log-unavailable': { retriable: true },
  /** An append was sent and not acknowledged in time; it may or may not be durable. */
  'log-outcome-unknown': { retriable: true },
  /** Another opener holds the log. */
  'log-in-use': { retriable: false },
  /** The log was written by a newer version. */
  'log-newer-schema': { retriable: false },
  /** What lies there is damaged or no log. */
  'log-corrupt': { retriable: false },
  /** The log's writer died; what was under way may or may not be durable. */
  'log-writer-lost': { retriable: false },
  'log-closed': { retriable: false },
  /** The process lacks a right that the brokers demand; the message names it. */
  'log-unauthorized': { retriable: false },
  'unknown-topic': { retriable: false },
  /** A topic that is needed does not exist, and creating it was not allowed. */
  'topic-missing': { retriable: false },
  /** A topic would lose events, or divides them otherwise than this program does. */
  'topic-misconfigured': { retriable: false },
  /** One append is larger than all appends together may be. */
  'append-too-large': { retriable: false },
  /** A follower was asked to start where the topic has no records yet, or at a partition it does not have. */
  'position-out-of-range': { retriable: false },
  /** A follower's handler threw or rejected. */
  'handler-failed': { retriable: false },
  /** A follower was stopped before it had caught up. */
  'follower-stopped': { retriable: false },
} as const;

export type EventLogErrorCode = keyof typeof eventLogErrorCodes;

/** The only kind of error a log throws, rejects with or reports. */
export class EventLogError extends Error {
  override readonly name = 'EventLogError';
  readonly code: EventLogErrorCode;
  /** Whether the same call can succeed later without anyone changing anything in the program. */
  readonly retriable: boolean;

  constructor(code: EventLogErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.retriable = eventLogErrorCodes[code].retriable;
  }
}

/** An append that does not fit into what the appends of a log may hold together. */
export function noRoom(sizeBytes: number, heldBytes: number, limitBytes: number): EventLogError {
  if (sizeBytes > limitBytes) {
    const message = `An append of ${sizeBytes} bytes is larger than the ${limitBytes} bytes allowed.`;
    return new EventLogError('append-too-large', message);
  }
  const message = `${heldBytes} bytes wait to be written to the event log, and ${limitBytes} are allowed.`;
  return new EventLogError('log-overloaded', message);
}

/** Whatever the handler of a follower throws. */
export function handlerFailed(topic: string, cause: unknown): EventLogError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const message = `The handler of a follower of ${topic} failed, and the follower ended: ${reason}`;
  return new EventLogError('handler-failed', message, { cause });
}

/** The topic of a name; throws `unknown-topic`. */
export function requireTopic<Topic>(topics: ReadonlyMap<string, Topic>, name: string): Topic {
  const found = topics.get(name);
  if (found === undefined) {
    const known = [...topics.keys()].join(', ');
    const message = `The event log has no topic ${name}. It was opened with: ${known}.`;
    throw new EventLogError('unknown-topic', message);
  }
  return found;
}
