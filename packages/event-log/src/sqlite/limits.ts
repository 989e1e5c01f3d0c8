/** Every bound of the embedded log; the defaults suit production, tests set small ones. */
export interface SqliteLogLimits {
  /** One commit takes waiting appends up to this many bytes … */
  readonly batchBytes: number;
  /** … and records; an append is never split. */
  readonly batchRecords: number;
  /** Appends waiting or under way beyond this are refused with `log-overloaded`. */
  readonly queueBytes: number;
  /** Followers get at most this many bytes in a batch (a larger record comes alone) … */
  readonly chunkBytes: number;
  readonly chunkRecords: number;
  /** New records a topic keeps in memory for slow followers; those further behind read the file. */
  readonly tailBytes: number;
  readonly tailRecords: number;
  /** The write-ahead log is moved into the database once about this much was written to it. */
  readonly checkpointBytes: number;
  /** Largest size of the database file in pages, of 32 KiB unless an earlier version has made it. */
  readonly maxPages: number;
  /** Another file is begun when the one that is written to is so large … */
  readonly segmentBytes: number;
  /** … or when its oldest record is so old. One of less than `smallSegmentBytes` is used for seven times as long. */
  readonly segmentMs: number;
  readonly smallSegmentBytes: number;
}

const mebibyte = 1024 * 1024;

export const defaultLimits: SqliteLogLimits = {
  batchBytes: 8 * mebibyte,
  batchRecords: 4_000,
  queueBytes: 256 * mebibyte,
  chunkBytes: 4 * mebibyte,
  chunkRecords: 500,
  tailBytes: 16 * mebibyte,
  tailRecords: 4_000,
  checkpointBytes: 32 * mebibyte,
  maxPages: 0xfffffffe,
  segmentBytes: 1024 * mebibyte,
  segmentMs: 24 * 60 * 60 * 1000,
  smallSegmentBytes: 8 * mebibyte,
};
