import { randomUUID } from 'node:crypto';
import type { Ownership } from '@postausgang/event-log';
import { createCollector, numbers, record } from './records.ts';
import type { Scenario } from './suite-scenario.ts';

/** What topics, ownership and `close` promise. */
export function lifecycleScenarios(scenario: Scenario): void {
  scenario('refuses topics it was not opened with', async (t, { log }) => {
    const unknown = { code: 'unknown-topic', message: /nowhere\.v1/ };
    await t.rejects(log.append('nowhere.v1', [record('a', '1')]), unknown);
    await t.rejects(log.read('nowhere.v1', { partition: 0, offset: 0 }), unknown);
    t.throws(() => log.follow('nowhere.v1', 'start', () => undefined), unknown);
    t.throws(() => log.own('nowhere.v1', 'group'), unknown);
  });

  scenario('owns partitions until it releases them', async (t, { log, topic }) => {
    const ownership = log.own(topic, `group-${randomUUID()}`);
    await untilOwned(ownership);
    const partitions = ownership.partitions();
    t.ok(partitions.every((partition) => ownership.isFresh(partition)));
    t.equal(ownership.isFresh(4_711), false);
    const changes: (readonly number[])[] = [];
    ownership.onChange((owned) => changes.push(owned));
    ownership.onChange(() => t.fail('no longer listens'))();
    await ownership.release();
    t.same(ownership.partitions(), []);
    t.ok(partitions.every((partition) => !ownership.isFresh(partition)));
    t.same(changes.at(-1), []);
    await ownership.release();
  });

  scenario('ends ownership with the log', async (t, { log, topic }) => {
    const ownership = log.own(topic, `group-${randomUUID()}`);
    await untilOwned(ownership);
    await log.close();
    t.same(ownership.partitions(), []);
  });

  scenario('closes after the appends under way, and refuses new ones', async (t, { log, topic }) => {
    const collector = createCollector();
    const follower = log.follow(topic, 'start', collector.handler);
    const appends = numbers(100).map((n) => log.append(topic, [record('a', String(n))]));
    const closing = log.close();
    const late = log.append(topic, [record('a', 'late')]);
    await t.rejects(late, { code: 'log-closed', retriable: false });
    t.equal((await Promise.all(appends)).length, 100);
    await closing;
    await log.close();
    await follower.stop();
    await t.rejects(log.read(topic, { partition: 0, offset: 0 }), { code: 'log-closed' });
    t.throws(() => log.follow(topic, 'start', () => undefined), { code: 'log-closed' });
    t.same(collector.texts(), numbers(collector.records.length).map(String));
  });
}

function untilOwned(ownership: Ownership): Promise<void> {
  return new Promise((resolve) => {
    const check = () => {
      if (ownership.partitions().length > 0) {
        stopListening();
        resolve();
      }
    };
    const stopListening = ownership.onChange(check);
    check();
  });
}
