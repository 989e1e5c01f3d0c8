import { topics } from '@postausgang/contracts';
import { createPublisher, followEvents, type LogItem, openSqliteLog } from '@postausgang/event-log';
import { test } from 'tap';

const topic = 'mailerStatus';
const data = { mailerId: 'm1', runId: 'r1' };

test('a follower gets what its own process has published as the very object, and reads it anew after a restart', async (t) => {
  const options = {
    directory: t.testdir(),
    topics: [{ name: topics[topic].name, partitions: 1 }],
    onError: (error: Error) => t.error(error),
  };
  const first = await openSqliteLog(options);
  const publisher = createPublisher(first, { source: '/m1', now: () => new Date(0), newId: () => 'e1' });
  const own = firstItem((handler) => followEvents(first, topic, 'start', handler));
  const { event } = await publisher.publish('mailerStarted', 'm1', data);
  const item = await own;
  t.ok(item.isOwn);
  t.ok(item.result.ok && item.result.event === event && item.result.event.data === data);
  await first.close();

  const second = await openSqliteLog(options);
  const stored = await firstItem((handler) => followEvents(second, topic, 'start', handler));
  await second.close();
  t.notOk(stored.isOwn);
  t.same(stored, { ...item, isOwn: false });
  t.ok(stored.result.ok && stored.result.event !== event);
});

function firstItem(follow: (handler: (items: readonly LogItem[]) => void) => unknown): Promise<LogItem> {
  return new Promise((resolve) => {
    follow(([item]) => {
      if (item !== undefined) resolve(item);
    });
  });
}
