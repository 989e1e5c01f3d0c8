import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Position } from '@postausgang/event-log';
import { createCollector, numbers, record } from './records.ts';
import type { Scenario } from './suite-scenario.ts';

/** What `follow` promises. */
export function followScenarios(scenario: Scenario): void {
  scenario('gives a follower the past and then what comes', async (t, { log, topic }) => {
    await log.append(topic, [record('a', '1'), record('a', '2')]);
    const collector = createCollector();
    const follower = log.follow(topic, 'start', collector.handler);
    t.equal(collector.records.length, 0, 'not within the call');
    await follower.caughtUp;
    t.same(collector.texts(), ['1', '2']);
    await log.append(topic, [record('a', '3', { header: 'ü"\\' })]);
    await collector.until(3);
    t.same(collector.texts(), ['1', '2', '3']);
    t.match(collector.records[2], { key: 'a', headers: { header: 'ü"\\' } });
  });

  scenario('has caught up at once in an empty topic', async (t, { log, topic }) => {
    const collector = createCollector();
    await log.follow(topic, [], collector.handler).caughtUp;
    t.equal(collector.batches.length, 0);
  });

  scenario('follows from the next offset to read', async (t, { log, topic }) => {
    const texts = numbers(10).map(String);
    const positions = await log.append(
      topic,
      texts.map((text) => record('a', text)),
    );
    const from = positions.slice(6, 7);
    const collector = createCollector();
    await log.follow(topic, from, collector.handler).caughtUp;
    t.same(collector.texts(), texts.slice(6));
    const [last] = positions.slice(-1);
    const end = { partition: last?.partition ?? 0, offset: (last?.offset ?? 0) + 1 };
    const live = createCollector();
    await log.follow(topic, [end], live.handler).caughtUp;
    await log.append(topic, [record('a', 'next')]);
    await live.until(1);
    t.same(live.texts(), ['next']);
  });

  scenario('says where new records begin', async (t, { log, topic }) => {
    await log.append(topic, [record('a', '1'), record('b', '2'), record('c', '3')]);
    const bounds = await log.bounds(topic);
    t.equal(
      bounds.reduce((sum, { start, end }) => sum + end - start, 0),
      3,
    );
    const collector = createCollector();
    const from = bounds.map(({ partition, end }) => ({ partition, offset: end }));
    await log.follow(topic, from, collector.handler).caughtUp;
    await log.append(topic, [record('a', 'new')]);
    await collector.until(1);
    t.same(collector.texts(), ['new']);
  });

  scenario('refuses to follow from where the topic has nothing yet', async (t, { log, topic, sink }) => {
    const [position = { partition: 0, offset: 0 }] = await log.append(topic, [record('a', 'one')]);
    const beyond: Position = { ...position, offset: 500 };
    await t.rejects(log.follow(topic, [beyond], () => void t.fail('never called')).caughtUp, {
      code: 'position-out-of-range',
      retriable: false,
    });
    t.match(await sink.first, { code: 'position-out-of-range' });
  });

  scenario('gives every follower everything', async (t, { log, topic }) => {
    const collectors = [createCollector(), createCollector()];
    await log.append(topic, [record('a', '1')]);
    collectors.forEach(({ handler }) => log.follow(topic, 'start', handler));
    await log.append(topic, [record('a', '2'), record('a', '3')]);
    await Promise.all(collectors.map((collector) => collector.until(3)));
    collectors.forEach((collector) => t.same(collector.texts(), ['1', '2', '3']));
  });

  scenario('waits for a slow handler before the next batch', async (t, { log, topic }) => {
    const collector = createCollector();
    let running = 0;
    let overlaps = 0;
    log.follow(topic, 'start', async (batch) => {
      running += 1;
      overlaps += running > 1 ? 1 : 0;
      await nextTurn();
      collector.handler(batch);
      running -= 1;
    });
    for (const n of numbers(50)) {
      await log.append(topic, [record('a', String(n))]);
    }
    await collector.until(50);
    t.equal(overlaps, 0);
    t.same(collector.texts(), numbers(50).map(String));
  });

  scenario('stops a follower after the batch in hand', async (t, { log, topic }) => {
    const entered = Promise.withResolvers<void>();
    const leave = Promise.withResolvers<void>();
    const collector = createCollector();
    const follower = log.follow(topic, 'start', async (batch) => {
      entered.resolve();
      await leave.promise;
      collector.handler(batch);
    });
    await log.append(topic, [record('a', '1')]);
    await entered.promise;
    await log.append(topic, [record('a', '2')]);
    const stopping = follower.stop();
    t.equal(collector.records.length, 0);
    leave.resolve();
    await stopping;
    t.same(collector.texts(), ['1']);
    const other = createCollector();
    log.follow(topic, 'start', other.handler);
    await log.append(topic, [record('a', '3')]);
    await other.until(3);
    t.same(collector.texts(), ['1'], 'nothing comes after stop');
    await follower.stop();
  });

  scenario(
    'tells who waits for a stopped follower that it never caught up',
    async (t, { log, topic, sink }) => {
      await log.append(topic, [record('a', '1')]);
      const follower = log.follow(topic, 'start', () => void t.fail('never called'));
      await follower.stop();
      await t.rejects(follower.caughtUp, { code: 'follower-stopped' });
      t.same(sink.errors, []);
    },
  );

  scenario(
    'ends and reports a follower whose handler fails, and no other',
    async (t, { log, topic, sink }) => {
      const healthy = createCollector();
      log.follow(topic, 'start', healthy.handler);
      let calls = 0;
      const failing = log.follow(topic, 'start', async () => {
        calls += 1;
        throw new Error('cannot fold this');
      });
      await failing.caughtUp;
      await log.append(topic, [record('a', '1')]);
      t.match(await sink.first, { code: 'handler-failed', retriable: false, message: /cannot fold this/ });
      await log.append(topic, [record('a', '2')]);
      await healthy.until(2);
      await failing.stop();
      t.equal(calls, 1);
      const late = log.follow(topic, 'start', () => {
        throw new Error('nor this');
      });
      await t.rejects(late.caughtUp, { code: 'handler-failed' });
    },
  );
}
