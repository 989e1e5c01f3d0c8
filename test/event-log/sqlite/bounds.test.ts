import fc from 'fast-check';
import { test } from 'tap';
import type { StoredRecord } from '../../../packages/event-log/src/event-log.ts';
import { createWaitingLine, toWaitingAppend } from '../../../packages/event-log/src/sqlite/appends.ts';
import { defaultLimits } from '../../../packages/event-log/src/sqlite/limits.ts';
import { takeChunk } from '../../../packages/event-log/src/sqlite/record-reader.ts';
import { createTailBuffer, createTopic } from '../../../packages/event-log/src/sqlite/topic.ts';

const limits = { ...defaultLimits, batchBytes: 1_000, batchRecords: 6, tailBytes: 1_000, tailRecords: 20 };
const chunkLimits = { ...limits, chunkBytes: 300, chunkRecords: 5 };
const sizes = fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 60 });
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

function stored(offset: number, sizeBytes: number): StoredRecord {
  const value = new Uint8Array(sizeBytes);
  return { position: { partition: 0, offset }, key: 'a', headers: {}, value, timestampMs: 0 };
}

test('a chunk is never empty where a record waits, never too large, and never smaller than need be', (t) => {
  fc.assert(
    fc.property(sizes, (all) => {
      const count = takeChunk(all.length, (index) => all[index] ?? 0, chunkLimits);
      const fits = (taken: number) => taken <= 5 && (taken <= 1 || sum(all.slice(0, taken)) <= 300);
      return fits(count) && (count === all.length || !fits(count + 1)) && (count > 0 || all.length === 0);
    }),
  );
  t.end();
});

test('the tail is the newest records without gaps, within its bounds', (t) => {
  fc.assert(
    fc.property(sizes, fc.nat({ max: 60 }), (all, handled) => {
      const tail = createTailBuffer({ ...limits, chunkBytes: Number.MAX_VALUE, chunkRecords: 1_000 });
      all.forEach((sizeBytes, offset) => tail.push(stored(offset, sizeBytes)));
      tail.dropBefore(handled);
      const held = all.map((_, offset) => offset).filter((offset) => tail.from(offset) !== undefined);
      const oldest = held[0] ?? all.length;
      const read = (tail.from(oldest) ?? []).map(({ position }) => position.offset);
      const isNewest =
        held.every((offset, index) => offset === oldest + index) && oldest >= Math.min(handled, all.length);
      return isNewest && read.join() === held.join() && held.length <= 20 && sum(all.slice(oldest)) <= 1_000;
    }),
  );
  t.end();
});

test('batches hold all appends in order, within their bounds', (t) => {
  const topic = createTopic({ id: 1, name: 'a', endOffset: 0 }, limits);
  const counts = fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 40 });
  fc.assert(
    fc.property(counts, (recordCounts) => {
      const line = createWaitingLine(limits);
      const appends = recordCounts.map((count) =>
        toWaitingAppend(topic, Array(count).fill({ key: 'a', headers: {}, value: new Uint8Array(50) }), 0),
      );
      appends.forEach((append) => line.push(append));
      const taken = [];
      while (!line.isEmpty()) {
        const batch = line.takeBatch();
        const records = sum(batch.map((append) => append.records.length));
        const bytes = sum(batch.map(({ sizeBytes }) => sizeBytes));
        if (batch.length === 0 || (batch.length > 1 && (records > 6 || bytes > 1_000))) {
          return false;
        }
        line.batchEnded(batch);
        taken.push(...batch);
      }
      return taken.length === appends.length && taken.every((append, index) => append === appends[index]);
    }),
  );
  t.end();
});
