import type { SqliteLogLimits } from './limits.ts';

/** How many of `count` records go into one batch for a follower: as many as fit, at least one where there is one. */
export function takeChunk(
  count: number,
  sizeOf: (index: number) => number,
  { chunkBytes, chunkRecords }: Pick<SqliteLogLimits, 'chunkBytes' | 'chunkRecords'>,
): number {
  const most = Math.min(count, chunkRecords);
  let sizeBytes = 0;
  for (let index = 0; index < most; index += 1) {
    sizeBytes += sizeOf(index);
    if (index > 0 && sizeBytes > chunkBytes) {
      return index;
    }
  }
  return most;
}
