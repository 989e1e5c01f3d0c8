import type { PackedBatch } from './packed-batch.ts';
import type { WaitingAppend } from './waiting-line.ts';

/** Copies the values of a batch into one buffer for the writer thread; the originals stay with followers. */
export function packBatch(
  appends: readonly WaitingAppend[],
  takeBuffer: (sizeBytes: number) => ArrayBuffer,
): PackedBatch {
  const records = appends.flatMap((append) => append.records);
  const valueSizesBytes = records.map(({ value }) => value.byteLength);
  const values = takeBuffer(valueSizesBytes.reduce((sum, sizeBytes) => sum + sizeBytes, 0));
  const bytes = new Uint8Array(values);
  let end = 0;
  for (const { value } of records) {
    bytes.set(value, end);
    end += value.byteLength;
  }
  return {
    topicIds: appends.map(({ topic }) => topic.id),
    recordCounts: appends.map((append) => append.records.length),
    timestampsMs: appends.map(({ timestampMs }) => timestampMs),
    keys: records.map(({ key }) => key),
    headers: appends.flatMap((append) => append.headers),
    valueSizesBytes,
    values,
  };
}
