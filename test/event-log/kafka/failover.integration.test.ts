import { t, test } from 'tap';
import type { Test } from 'tap';
import { startKafka } from '../../peers/kafka/kafka.ts';
import { requirePeer } from '../../peers/peer.ts';
import { waitFor } from '../../peers/wait-for.ts';
import { addressOf, createCollector, numbers, readAll, record, textOf } from '../records.ts';
import { connectAdmin } from './foreign-client.ts';
import { leaseLimits, newTopic, open } from './open-for-test.ts';

if (requirePeer(t, 'kafka')) {
  test('nothing acknowledged is lost, and ownership goes on, when one of three brokers fails', async (t) => {
    const kafka = await startKafka({ brokers: 3 });
    t.teardown(kafka.stop);
    const { brokers } = kafka;
    const topic = newTopic({ partitions: 6 });
    const log = await open(t, { brokers, topics: [topic], replicationFactor: 3, limits: leaseLimits });
    const live = createCollector();
    log.follow(topic.name, 'start', live.handler);
    const ownership = log.own(topic.name, topic.name);
    const acknowledged = new Map<string, string>();
    let isDone = false;
    const appendFrom = async (caller: number) => {
      for (let n = 0; !isDone; n += 1) {
        const text = `${caller}.${n}`;
        const [position = { partition: -1, offset: -1 }] = await log.append(topic.name, [
          record(String(caller), text),
        ]);
        acknowledged.set(addressOf({ position }), text);
      }
    };
    const appends = Promise.all(numbers(6).map(appendFrom));
    const owned = () => (ownership.partitions().length === 6 ? true : undefined);
    const untilAppended = (count: number) => {
      const enough = acknowledged.size + count;
      return waitFor(`${count} appends`, () => (acknowledged.size >= enough ? true : undefined));
    };
    await waitFor('all partitions', owned);
    await untilAppended(300);
    const coordinator = await leaderOfGroups(t, brokers);
    await kafka.kill(coordinator);
    await untilAppended(300);
    await waitFor('all partitions', owned);
    t.ok(ownership.isFresh(0), 'the ownership goes on elsewhere');
    await kafka.restart(coordinator);
    await untilAppended(300);
    isDone = true;
    await appends;

    const stored = new Map(
      (await readAll(log, topic.name)).map((found) => [addressOf(found), textOf(found)]),
    );
    const lost = [...acknowledged].filter(([address, text]) => stored.get(address) !== text);
    t.same(lost, [], `all of ${acknowledged.size} acknowledged records are there`);
    await live.until(stored.size);
    t.equal(new Set(live.records.map(addressOf)).size, stored.size, 'and each was read live');
    t.equal(live.records.length, stored.size, 'once');
  });
}

/** The index of the broker that coordinates all groups; it leads two of the six partitions as well. */
async function leaderOfGroups(t: Test, brokers: readonly string[]): Promise<number> {
  const admin = await connectAdmin(t, brokers);
  const { topics } = await admin.fetchTopicMetadata({ topics: ['__consumer_offsets'] });
  return (topics[0]?.partitions[0]?.leader ?? 1) - 1;
}
