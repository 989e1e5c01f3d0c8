import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'tap';
import { events, topics, writeRecord } from '@postausgang/contracts';
import type { EventLog } from '@postausgang/event-log';
import { createLease } from '../../../services/mailer/src/engine/lease.ts';
import { deferred, sent, started } from '../../mail/mail-events.ts';
import { waitFor } from '../../peers/wait-for.ts';
import {
  active,
  createTransport,
  finished,
  mailEvents,
  openLog,
  openQueue,
  server,
  startMs,
  storyOf,
  take,
} from './harness.ts';
import { owned, scriptedOwnership } from './scripted-ownership.ts';

/** An event of m1 as another mailer writes it. */
const foreign = async (
  log: EventLog,
  event: ReturnType<typeof started> | ReturnType<typeof deferred> | ReturnType<typeof sent>,
  step: string,
): Promise<void> => {
  const { address } = { address: 'm1@x.example' };
  const recipients =
    event.type === events.mailAttemptStarted.type
      ? [address]
      : [{ address, outcome: event.type === events.mailSent.type ? 'sent' : 'deferred' }];
  const id = `m1/other/attempt-1/${step}`;
  const data = { ...event.data, mailId: 'm1', recipients };
  await log.append(topics.mailEvents.name, [writeRecord('m1', { ...event, id, data } as typeof event)]);
};

test('what was read for an ownership that has changed since does not open the partition', async (t) => {
  const ownership = scriptedOwnership([0]);
  const acting = createLease(ownership);
  const reads: PromiseWithResolvers<void>[] = [];
  const catchUp = (): Promise<void> => {
    const read = Promise.withResolvers<void>();
    reads.push(read);
    return read.promise;
  };
  let taken = 0;
  await acting.start({ caughtUp: Promise.resolve(), catchUp }, () => (taken += 1));
  const first = acting.epochOf(0);
  t.not(first, undefined);
  ownership.set([]);
  t.equal(acting.epochOf(0), undefined);
  ownership.set([0]);
  ownership.set([]);
  ownership.set([0]);
  await waitFor('four reads', () => reads[3]);
  reads.slice(0, 3).forEach(({ resolve }) => resolve());
  await new Promise((resolve) => void setImmediate(resolve));
  t.same([acting.partitions(), taken], [[], 1]);
  reads[3]?.resolve();
  await waitFor('the partition', () => acting.partitions()[0]?.toString());
  t.equal(taken, 2);
  t.not(acting.epochOf(0), first, 'another epoch');
  await acting.stop();
  t.same(acting.partitions(), []);
});

test('a lease that was lost and regained while the intent was written stops the final dot', async (t) => {
  const { log, directory } = await openLog(t);
  const ownership = scriptedOwnership();
  const recorded: boolean[] = [];
  const transport = createTransport(async (request, call) => {
    const before = request.onIntent({ accepted: request.envelope.to, server, tls: null });
    if (call === 1) {
      ownership.set([]);
      ownership.set([0]);
    }
    recorded.push(
      await before.then(
        () => true,
        () => false,
      ),
    );
    return finished(request.envelope.to, 'sent');
  });
  const serving = active(transport);
  const bench = await openQueue(t, { log: owned(log, ownership), directory, serving });
  await bench.submit('m1');
  await bench.until('m1', 'deferred');
  await bench.clock.advance(10_000);
  await bench.until('m1', 'sent');
  t.same(recorded, [false, true]);
  t.same(await storyOf(log, 'm1'), ['attempt-started', 'deferred', 'attempt-started', 'sent']);
});

test('an attempt of another mailer that was folded meanwhile stops the final dot', async (t) => {
  for (const outcome of ['none', 'deferred', 'sent'] as const) {
    const { log, directory } = await openLog(t);
    let handedOver = 0;
    const transport = createTransport(async (request) => {
      await foreign(log, started(1, []), 'started');
      await waitFor('the foreign intent', () => bench.queue.find('m1')?.attempts[0]);
      if (outcome !== 'none') {
        const at = new Date(startMs + 1000).toISOString();
        await foreign(log, outcome === 'sent' ? sent(1, []) : deferred(1, [], at), 'outcome');
        await waitFor('its outcome', () => bench.queue.find('m1')?.endedAttempts[0]);
      }
      await request.onIntent({ accepted: request.envelope.to, server, tls: null });
      handedOver += 1;
      return finished(request.envelope.to, 'sent');
    });
    const bench = await openQueue(t, { log, directory, serving: active(transport), danglingGraceMs: 30_000 });
    await bench.submit('m1');
    await waitFor('the end', () => (bench.queue.stats().sending === 0 && transport.sends[0]) || undefined);
    t.equal(handedOver, 0);
    t.equal(bench.state('m1'), outcome === 'sent' ? 'sent' : 'sending');
    await bench.clock.advance(1000);
  }
});

test('of two intents that cross in the log the first one sends, and the other gives way', async (t) => {
  for (const foreignIs of ['before', 'after'] as const) {
    const { log, directory } = await openLog(t);
    let isCrossed = false;
    const crossing: EventLog = {
      ...log,
      async append(topic, records) {
        const crosses = topic === topics.mailEvents.name && !isCrossed;
        isCrossed ||= crosses;
        if (crosses && foreignIs === 'before') await foreign(log, started(1, []), 'started');
        const positions = await log.append(topic, records);
        if (crosses && foreignIs === 'after') await foreign(log, started(1, []), 'started');
        return positions;
      },
      // What is in the log reaches a mailer later than the acknowledgment of its own append.
      follow: (topic, from, handler) =>
        log.follow(topic, from, async (records) => {
          await sleep(50);
          await handler(records);
        }),
    };
    let handedOver = 0;
    const transport = createTransport(async (request, call) => {
      const result = await take(request, call);
      handedOver += 1;
      return result;
    });
    const danglingGraceMs = 30_000;
    const bench = await openQueue(t, {
      log: crossing,
      directory,
      serving: active(transport),
      danglingGraceMs,
    });
    await bench.submit('m1');
    await waitFor('the end', () => (bench.queue.stats().inFlight === 0 && transport.sends[0]) || undefined);
    t.equal(handedOver, foreignIs === 'after' ? 1 : 0, `the foreign intent is ${foreignIs} ours`);
    t.equal(bench.state('m1'), foreignIs === 'after' ? 'sent' : 'sending');
    await bench.clock.advance(1000);
  }
});

test('two owners that both wrote attempt 1 send it once', async (t) => {
  const { log, directory } = await openLog(t);
  const ownership = scriptedOwnership();
  const stuck = Promise.withResolvers<void>();
  const slow: EventLog = {
    ...owned(log, ownership),
    async append(topic, records) {
      await (topic === topics.mailEvents.name ? stuck.promise : undefined);
      return log.append(topic, records);
    },
  };
  let handedOver = 0;
  const transport = createTransport(async (request, call) => {
    const result = await take(request, call);
    handedOver += 1;
    return result;
  });
  const serving = active(transport);
  const a = await openQueue(t, { log: slow, directory, serving, runId: 'A', viewName: 'a' });
  await a.submit('m1');
  await waitFor('the attempt of A', () => transport.sends[0]);
  ownership.set([]);
  const b = await openQueue(t, { log, directory, serving, runId: 'B', viewName: 'b' });
  await b.until('m1', 'sent');
  stuck.resolve();
  await waitFor('the word of A', async () => (await mailEvents(log))[3]);
  await waitFor('A knows', () => (a.queue.stats().inFlight === 0 ? true : undefined));
  t.equal(new Set((await mailEvents(log)).map(({ id }) => id)).size, 4, 'no id is used twice');
  t.same([a.state('m1'), b.state('m1'), handedOver], ['sent', 'sent', 1]);
});

test('an intent that nobody ends is settled once it is old enough, also without a take-over', async (t) => {
  const { log, directory } = await openLog(t);
  const danglingGraceMs = 30_000;
  const transport = createTransport(({ envelope: { to } }) => finished(to, 'deferred'));
  const bench = await openQueue(t, { log, directory, serving: active(transport), danglingGraceMs });
  await bench.submit('m1');
  await bench.until('m1', 'deferred');
  const intent = started(1, []);
  await foreign(log, { ...intent, time: new Date(startMs).toISOString() }, 'started');
  await bench.until('m1', 'sending');

  const next = await openQueue(t, {
    log,
    directory,
    serving: active(transport),
    danglingGraceMs,
    viewName: 'b',
  });
  await next.clock.advance(danglingGraceMs - 1);
  await bench.clock.advance(danglingGraceMs - 1);
  t.same([bench.state('m1'), next.state('m1')], ['sending', 'sending']);
  await bench.clock.advance(1);
  await bench.until('m1', 'unknown');
  await next.until('m1', 'unknown');
  t.match((await mailEvents(log)).at(-1)?.id, 'm1/other/attempt-1/settled');
});
