/**
 * Opens a log as both services together use it (a producer and a follower for each topic, one membership), leaves it
 * alone for the seconds given, and prints what that cost: percent of a core, and the warnings Node had.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { topics } from '@postausgang/contracts';
import { openKafkaLog } from '@postausgang/event-log';
import { record } from '../records.ts';

const [brokers = '', seconds = '10'] = process.argv.slice(2);
const warnings: string[] = [];
process.on('warning', ({ name }) => warnings.push(name));

const names = Object.values(topics).map(({ name }) => name);
const log = await openKafkaLog({
  brokers: brokers.split(','),
  clientId: 'idle',
  topics: Object.values(topics),
  topicPrefix: `${randomUUID()}.`,
  createTopics: true,
  onError: (error) => {
    throw error;
  },
});
for (const name of names) {
  await log.append(name, [record('key', 'value')]);
  await log.follow(name, 'start', () => undefined).caughtUp;
}
const ownership = log.own(topics.mailRequests.name, 'idle');
await new Promise((resolve) => ownership.onChange(resolve));

await sleep(1_000);
const before = process.cpuUsage();
await sleep(Number(seconds) * 1_000);
const { user, system } = process.cpuUsage(before);
const percent = (user + system) / 1e4 / Number(seconds);
console.log(JSON.stringify({ percent, warnings, readiness: log.readiness() }));
await log.close();
