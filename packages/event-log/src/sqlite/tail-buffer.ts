import type { StoredRecord } from '../event-log.ts';
import type { SqliteLogLimits } from './limits.ts';
import { takeChunk } from './take-chunk.ts';

/** The newest records of a topic, in memory, without gaps, for followers that are almost there. */
export interface TailBuffer {
  /** Drops the oldest where the bounds are passed. */
  push(record: StoredRecord): void;
  /** The next records from an offset on; undefined where that offset is older than the buffer. */
  from(offset: number): readonly StoredRecord[] | undefined;
  /** Forgets everything before an offset. */
  dropBefore(offset: number): void;
}

type Limits = Pick<SqliteLogLimits, 'tailBytes' | 'tailRecords' | 'chunkBytes' | 'chunkRecords'>;

export function createTailBuffer(limits: Limits): TailBuffer {
  let records: StoredRecord[] = [];
  let first = 0;
  let heldBytes = 0;

  const dropOldest = () => {
    heldBytes -= sizeOf(records[first]);
    first += 1;
  };
  /** An array that only moves its start would grow for ever. */
  const compact = () => {
    if (first > 1_000 || first === records.length) {
      records = records.slice(first);
      first = 0;
    }
  };

  return {
    push(record) {
      records.push(record);
      heldBytes += sizeOf(record);
      while (records.length - first > limits.tailRecords || heldBytes > limits.tailBytes) {
        dropOldest();
      }
      compact();
    },
    from(offset) {
      const oldest = records[first];
      if (oldest === undefined || offset < oldest.position.offset) {
        return undefined;
      }
      const index = first + offset - oldest.position.offset;
      const count = takeChunk(records.length - index, (next) => sizeOf(records[index + next]), limits);
      return records.slice(index, index + count);
    },
    dropBefore(offset) {
      while (first < records.length && (records[first]?.position.offset ?? 0) < offset) {
        dropOldest();
      }
      compact();
    },
  };
}

function sizeOf(record: StoredRecord | undefined): number {
  return record?.value?.byteLength ?? 0;
}
