/**
 * The port to the log. It knows records the way Kafka does (key, headers, bytes) and nothing of what is in them.
 * Every adapter passes `test/event-log/suite.ts`.
 */

/** What an adapter is told at its creation: the topics that exist and the number of partitions each should have. */
export interface TopicDefinition {
  readonly name: string;
  readonly partitions: number;
}

/**
 * A record to append. Records with the same key keep their order. The log reads `value` until the append settles and
 * hands the same bytes and headers to followers: neither may be changed after `append` was called.
 */
export interface NewRecord {
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly value: Uint8Array;
  /** What the record was written from. It is not stored; followers get it from a log that hands its own records on. */
  readonly original?: object | undefined;
  /** Written on a full disk too, into space that is kept for such records where the log keeps some. */
  readonly mayUseReserve?: boolean;
}

/** Where a record lies. Offsets count from 0 in each partition. */
export interface Position {
  readonly partition: number;
  readonly offset: number;
}

/**
 * What tells who has written a record. `service`: signed by one of ours. `believed`: written before signatures began.
 * `outside`: by another module, where others may write. `missing`, `wrong`: nothing proves it, and it counts for nothing.
 */
export type Proof = 'service' | 'believed' | 'outside' | 'missing' | 'wrong';

/** A record as it was read. Only foreign writers leave `key` null, or `value` null (a tombstone). */
export interface StoredRecord {
  readonly position: Position;
  /** The partition that the key belongs to, where a foreign writer has put the record into another one. */
  readonly home?: number;
  readonly key: string | null;
  readonly headers: Readonly<Record<string, string>>;
  /** May share memory with its neighbors: copy it to keep it for long. */
  readonly value: Uint8Array | null;
  /** When it was appended, in milliseconds since 1970 by the clock of the writer. */
  readonly timestampMs: number;
  /** The very object this process has appended it with; undefined in a record that was read. */
  readonly original?: object | undefined;
  /** Absent in a log that nobody else can write to. */
  readonly proof?: Proof;
}

/**
 * Receives records of one partition in order, never two batches at a time. It must not throw and its promise must not
 * reject: the follower would stop and report `handler-failed`. It must not await its own `stop` or the log's `close`.
 */
export type RecordHandler = (records: readonly StoredRecord[]) => void | Promise<void>;

/** `'start'`, or the next offset to read in each partition; partitions that are not named start at offset 0. */
export type FollowFrom = 'start' | readonly Position[];

export interface Follower {
  /**
   * Resolves once everything up to the end that was current at the call of `follow` is handled. Rejects with an
   * EventLogError when the follower ends before that (`follower-stopped`, or why it failed).
   */
  readonly caughtUp: Promise<void>;
  /** Ends after the batch in flight; no handler call begins later. */
  stop(): Promise<void>;
}

/** What a partition holds at a moment: the offset of its first record, and the one the next record gets. */
export interface PartitionBounds {
  readonly partition: number;
  readonly start: number;
  readonly end: number;
}

/** A lease on partitions. Whoever holds none may read, but must not act. */
export interface Ownership {
  /** The partitions this process may act on, ascending. */
  partitions(): readonly number[];
  /** Whether the lease on a partition surely still holds; ask before anything that cannot be undone. */
  isFresh(partition: number): boolean;
  /** Calls the listener with the new partitions after each change; the returned function ends that. */
  onChange(listener: (partitions: readonly number[]) => void): () => void;
  release(): Promise<void>;
}

/** All rejections are EventLogErrors; `retriable` says whether the same call can succeed later. */
export interface EventLog {
  /**
   * Resolves when the records are durable, with their positions in the order given. The records of one call that fall
   * into one partition are committed together. Order of calls = order in the log. A rejected append may have become
   * durable only where the error says so (`log-writer-lost`, `log-outcome-unknown`): fold by event
   * id.
   */
  append(topic: string, records: readonly NewRecord[]): Promise<readonly Position[]>;
  /** Every record from a position on: first the past, then live. Throws `unknown-topic`. */
  follow(topic: string, from: FollowFrom, handler: RecordHandler): Follower;
  /** One record, for values that are not kept in memory; undefined when nothing lies at that position. */
  read(topic: string, position: Position): Promise<StoredRecord | undefined>;
  /** What each partition of a topic holds now: where to begin to follow only what is new. */
  bounds(topic: string): Promise<readonly PartitionBounds[]>;
  /** Takes part in dividing a topic's partitions within a group. Throws `unknown-topic`. */
  own(topic: string, group: string): Ownership;
  /** Waits for appends under way, stops followers after their batch, ends ownership. Can be called twice. */
  close(): Promise<void>;
}
