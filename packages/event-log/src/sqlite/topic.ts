import type { NewRecord, Position, StoredRecord } from '../event-log.ts';
import type { StoredTopic } from './database-file.ts';
import type { SqliteLogLimits } from './limits.ts';
import { createTailBuffer } from './tail-buffer.ts';

/** What a topic needs to know of a follower. */
export interface TopicFollower {
  nextOffset(): number;
  wake(): void;
}

/** A topic in the memory of the main thread: its end, its newest records, its followers. */
export interface Topic {
  readonly id: number;
  readonly name: string;
  /** The offset the next record gets; everything before it is durable. */
  endOffset(): number;
  /** Takes over records that are durable now; they must join on. */
  committed(records: readonly NewRecord[], positions: readonly Position[], timestampMs: number): void;
  /** Records from memory; undefined where they must be read from the file. */
  tailFrom(offset: number): readonly StoredRecord[] | undefined;
  /** Frees what every follower has handled. */
  trim(): void;
  addFollower(follower: TopicFollower): void;
  removeFollower(follower: TopicFollower): void;
}

export function createTopic(stored: StoredTopic, limits: SqliteLogLimits): Topic {
  const tail = createTailBuffer(limits);
  const followers = new Set<TopicFollower>();
  let endOffset = stored.endOffset;

  const trim = () => {
    const oldest = [...followers].reduce(
      (least, follower) => Math.min(least, follower.nextOffset()),
      endOffset,
    );
    tail.dropBefore(oldest);
  };
  const keepInTail = (records: readonly NewRecord[], positions: readonly Position[], timestampMs: number) => {
    records.forEach(({ key, headers, value, original }, index) => {
      const position = positions[index] ?? { partition: 0, offset: endOffset + index };
      tail.push({ position, key, headers, value, timestampMs, original });
    });
  };

  return {
    id: stored.id,
    name: stored.name,
    endOffset: () => endOffset,
    committed(records, positions, timestampMs) {
      if (followers.size > 0) {
        keepInTail(records, positions, timestampMs);
      }
      endOffset += records.length;
      followers.forEach((follower) => follower.wake());
    },
    tailFrom: (offset) => tail.from(offset),
    trim,
    addFollower: (follower) => void followers.add(follower),
    removeFollower(follower) {
      followers.delete(follower);
      trim();
    },
  };
}
