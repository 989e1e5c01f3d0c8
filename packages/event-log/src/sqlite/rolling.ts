/** When another file of the log is begun: an old one can only be forgotten as a whole. */
import { statSync } from 'node:fs';
import type { SqliteLogLimits } from './limits.ts';
import type { SegmentReaders } from './segment-readers.ts';
import type { Segment } from './segments.ts';
import type { Writer } from './writer.ts';

interface RollingDeps {
  readonly files: Pick<SegmentReaders, 'segments' | 'reader' | 'times' | 'rolled'>;
  readonly writer: Pick<Writer, 'roll'>;
  readonly limits: Pick<SqliteLogLimits, 'segmentBytes' | 'segmentMs' | 'smallSegmentBytes'>;
}

export interface Rolling {
  /** Hears of each commit: a file that has become large is not written to any more. */
  written(sizeBytes: number, timestampMs: number): void;
  /** The time of the newest record, in milliseconds since 1970; null: there is none. */
  newestMs(): number | null;
  /** Begins another file where this one is old at that time. Rejects with an EventLogError. */
  rollIfOld(logTimeMs: number): Promise<void>;
}

/** A disk that has no room for another file is asked again after so many bytes. */
const againBytes = 16 * 1024 * 1024;

export function createRolling({ files, writer, limits }: RollingDeps): Rolling {
  let sizeBytes = sizeOf(files.segments().at(-1));
  let askAtBytes = limits.segmentBytes;
  let newestMs = files.times().newestMs;
  let rolling: Promise<void> | undefined;

  const roll = async (): Promise<void> => {
    const { segment } = await writer.roll();
    files.rolled(segment);
    sizeBytes = 0;
    askAtBytes = limits.segmentBytes;
  };
  const rollOnce = (): Promise<void> =>
    (rolling ??= roll().finally(() => {
      rolling = undefined;
    }));
  return {
    written(bytes, timestampMs) {
      sizeBytes += bytes;
      newestMs = Math.max(newestMs ?? timestampMs, timestampMs);
      if (sizeBytes >= askAtBytes && rolling === undefined) {
        askAtBytes = sizeBytes + againBytes;
        // The same file is written to for a while.
        rollOnce().catch(() => undefined);
      }
    },
    newestMs: () => newestMs,
    async rollIfOld(logTimeMs) {
      const { oldestMs } = files.times();
      const isSmall = sizeOf(files.segments().at(-1)) < limits.smallSegmentBytes;
      const ageMs = oldestMs === null ? 0 : logTimeMs - oldestMs;
      if (ageMs >= limits.segmentMs * (isSmall ? 7 : 1)) {
        await rollOnce();
      }
    },
  };
}

/** With what has not been moved into the database yet. */
function sizeOf(segment: Segment | undefined): number {
  const sizes = ['', '-wal'].map(
    (suffix) => statSync(`${segment?.path}${suffix}`, { throwIfNoEntry: false })?.size ?? 0,
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
