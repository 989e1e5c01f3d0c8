import type { StoredTopic } from './database-file.ts';
import type { ReservePlan } from './reserve.ts';
import type { Segment, SegmentName } from './segments.ts';
import type { FailureReport } from './sqlite-failure.ts';

/**
 * What the two threads say to each other. All values of a batch lie end to end in one buffer, which travels to the
 * writer thread and back by transfer and is used again: that measured 4 times faster than cloning 20 values of 270 kB.
 * Columns instead of objects, because many small objects clone slowly.
 */
export interface PackedBatch {
  /** One element per append. */
  readonly topicIds: number[];
  readonly recordCounts: number[];
  readonly timestampsMs: number[];
  readonly mayUseReserve: boolean[];
  /** One element per record. */
  readonly keys: string[];
  readonly headers: string[];
  readonly valueSizesBytes: number[];
  readonly values: ArrayBuffer;
}

export type ToWriter =
  | { readonly kind: 'commit'; readonly batch: PackedBatch }
  /** From now on, another file is written to. */
  | { readonly kind: 'roll' }
  | { readonly kind: 'close' };

/** What became of a batch. */
export interface Committed {
  /** The offset of the first record of each append; null: it was refused, since the disk is full. */
  readonly firstOffsets: readonly (number | null)[];
  /** Why only appends that may use the reserve are written; null: all were. */
  readonly full: FailureReport | null;
}

/** The file that is written to from now on. */
export interface Rolled {
  readonly segment: Segment;
}

/** The answers to commits and rolls, in the order in which they were asked for. */
export type FromWriter =
  | {
      readonly kind: 'commit';
      /** Or why nothing of the batch was written. */
      readonly result: Committed | FailureReport;
      /** The buffer, given back. */
      readonly values: ArrayBuffer;
    }
  | {
      readonly kind: 'roll';
      /** Or why the same file is still written to. */
      readonly result: Rolled | FailureReport;
    };

/** What the writer thread is started with. */
export interface WriterStart {
  readonly directory: string;
  /** The file that is written to at first. */
  readonly segment: SegmentName;
  readonly topics: readonly StoredTopic[];
  readonly checkpointBytes: number;
  readonly maxPages: number;
  /** What is kept for a full disk; null: nothing. */
  readonly reserve: ReservePlan | null;
}
