/**
 * Appends to the log in the directory given until it is killed, from 20 callers at once, and prints the offset and
 * text of each record once the log has acknowledged it.
 */
import { writeSync } from 'node:fs';
import { openSqliteLog } from '@postausgang/event-log';
import { record } from './records.ts';

const [directory = '', run = ''] = process.argv.slice(2);
const log = await openSqliteLog({
  directory,
  topics: [{ name: 'killed.v1', partitions: 1 }],
  onError: (error) => {
    throw error;
  },
});

async function appendForEver(caller: number): Promise<void> {
  for (let n = 0; ; n += 1) {
    const text = `${run}-${caller}-${n}-${'x'.repeat(n % 7 === 0 ? 60_000 : 10)}`;
    const [position] = await log.append('killed.v1', [record(`caller-${caller}`, text)]);
    writeSync(1, `${position?.offset} ${text.slice(0, 40)}\n`);
  }
}

await Promise.all(Array.from({ length: 20 }, (_, caller) => appendForEver(caller)));
