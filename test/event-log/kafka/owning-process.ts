/** Takes part in a group until it is killed, and prints the partitions it owns whenever they change. */
import { writeSync } from 'node:fs';
import { openKafkaLog } from '@postausgang/event-log';
import { leaseLimits } from './open-for-test.ts';

const [brokers = '', name = '', group = ''] = process.argv.slice(2);
const log = await openKafkaLog({
  brokers: brokers.split(','),
  clientId: 'owner',
  topics: [{ name, partitions: 6, cleanup: 'delete', retentionMs: -1 }],
  limits: leaseLimits,
  onError: (error) => {
    throw error;
  },
});
log.own(name, group).onChange((partitions) => writeSync(1, `${partitions.join()}\n`));
setInterval(() => undefined, 60_000);
