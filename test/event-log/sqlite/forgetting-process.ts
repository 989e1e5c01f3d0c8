/**
 * Appends, seals and forgets in the log of the directory given until it is killed. Every record is a day younger than the
 * one before. Prints the offset of each setting once the log has acknowledged it.
 */
import { writeSync } from 'node:fs';
import { openSqliteLog } from '@postausgang/event-log';
import { record } from '../records.ts';

const day = 24 * 60 * 60 * 1000;
const [directory = ''] = process.argv.slice(2);
let nowMs = Date.UTC(2030, 0, 1);
const log = await openSqliteLog({
  directory,
  topics: ['settings', 'status', 'requests', 'events'].map((name) => ({ name, partitions: 1 })),
  limits: { smallSegmentBytes: 0, segmentMs: 2 * day },
  nowMs: () => nowMs,
  onError: (error) => {
    throw error;
  },
});
nowMs = Math.max(nowMs, log.lastRecordMs ?? 0);

for (;;) {
  nowMs += day;
  const [position] = await log.append('settings', [record('a', 'x'.repeat(3_000))]);
  writeSync(1, `${position?.offset}\n`);
  await log.append('requests', [record('a', 'x'.repeat(40_000))]);
  if (position?.offset !== undefined && position.offset % 3 === 0) await forget();
}

async function forget(): Promise<void> {
  await log.forget({ retention: new Map([['requests', { kind: 'time', ms: 5 * day }]]), nowMs });
}
