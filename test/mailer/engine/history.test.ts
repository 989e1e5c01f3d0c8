import { join } from 'node:path';
import { type Test, test } from 'tap';
import type { EventLog } from '@postausgang/event-log';
import type { Mail } from '@postausgang/mail';
import { openMailView } from '../../../services/mailer/src/view/view.ts';
import { followHistory, createViewInUse } from '../../../services/mailer/src/engine/history.ts';
import { waitFor } from '../../peers/wait-for.ts';
import {
  active,
  type Bench,
  createTransport,
  down,
  finished,
  mailEvents,
  minuteMs,
  openLog,
  openQueue,
  take,
} from './harness.ts';

/**
 * A log that gives record by record. Its second reading, that of the whole view, comes to `passed` records of each topic and
 * waits there until it is let go, or ends for good.
 */
function heldBack(log: EventLog, passed = 0) {
  const { promise, resolve } = Promise.withResolvers<'goes on' | 'ends'>();
  let readings = 0;
  const held: EventLog = {
    ...log,
    follow(topic, from, handler) {
      readings += 1;
      let left = readings === 3 || readings === 4 ? passed : Number.POSITIVE_INFINITY;
      return log.follow(topic, from, async (records) => {
        for (const record of records) {
          left -= 1;
          if (left < 0 && (await promise) === 'ends') return;
          await handler([record]);
        }
      });
    },
  };
  return { log: held, letGo: () => resolve('goes on'), end: () => resolve('ends') };
}

/** Mails of every kind: ended, put off, held, refused, sent again, in an order, with commands. Leaves the queue. */
async function makeHistory(t: Test, log: EventLog, directory: string): Promise<void> {
  const transport = createTransport();
  const bench = await openQueue(t, { log, directory, serving: active(transport), viewName: 'first' });
  for (let index = 0; index < 20; index += 1) await bench.submit(`sent-${index}`);
  for (const id of ['a1', 'a2']) await bench.submit(id, { orderingKey: 'a' });
  await waitFor('all sent', () => (bench.queue.stats().states.sent === 22 ? true : undefined));
  transport.script = ({ envelope: { to } }) => finished(to, 'rejected');
  for (const id of ['b1', 'again']) await bench.submit(id, { orderingKey: 'b' });
  await bench.until('again', 'failed');
  transport.script = ({ envelope: { to } }) => finished(to, 'deferred');
  await bench.submit('put-off');
  await bench.until('put-off', 'deferred');
  await bench.submit('called-off');
  await bench.until('called-off', 'deferred');
  await (
    await bench.ask('mailCancelRequested', { mailId: 'called-off', actor: 'erp' })
  ).answer;
  await bench.submit('kept');
  await bench.until('kept', 'deferred');
  await (
    await bench.ask('mailHoldRequested', { mailId: 'kept', actor: 'erp' })
  ).answer;
  const resend = { mailId: 'again', actor: 'erp', force: true };
  const { answer } = await bench.ask('mailResendRequested', resend, { key: 'b' });
  t.same(await answer, { code: null, detail: null });
  await bench.until('again', 'deferred');
  await bench.submit('behind', { orderingKey: 'b' });
  await bench.submit('sent-1');
  await bench.submit('sent-2', { subject: 'other content' });
  await waitFor('a refusal', () => bench.queue.refusals({ limit: 1 }).items[0]);
  await bench.queue.stop(1000);
}

/** Everything a view says about all mails. */
function contentOf(view: { list(query: { limit: number }): { mails: readonly Mail[] } }) {
  return view.list({ limit: 200 }).mails;
}

/** The log as one that reads it in the plain way knows it. */
async function foldedPlainly(t: Test, log: EventLog, directory: string) {
  const view = openMailView({ directory: join(directory, 'plain') });
  t.teardown(() => view.close());
  const nothing = { info: () => undefined };
  const plain = followHistory({
    log,
    view,
    inUse: createViewInUse(view),
    onFolded: () => undefined,
    onComplete: () => undefined,
    onFailure: (error) => t.fail(String(error)),
    logger: nothing,
  });
  await plain.complete;
  await plain.follower.stop();
  return contentOf(view);
}

async function reopened(
  t: Test,
  options: {
    readonly log: EventLog;
    readonly directory: string;
    readonly transport?: ReturnType<typeof createTransport>;
  },
): Promise<Bench> {
  const { transport = createTransport(), ...where } = options;
  return openQueue(t, {
    ...where,
    serving: active(transport),
    viewName: 'second',
    hasInterim: true,
    fewEvents: 0,
  });
}

test('what waits is sent, and what is new, before the history is there', async (t) => {
  const { log, directory } = await openLog(t);
  await makeHistory(t, log, directory);
  const held = heldBack(log);
  const transport = createTransport();
  const bench = await reopened(t, { log: held.log, directory, transport });
  t.match(bench.queue.history(), { state: 'filling', readEvents: 0 });
  await bench.clock.advance(60 * minuteMs);
  await bench.until('put-off', 'sent');
  await bench.submit('new');
  await bench.until('new', 'sent');
  t.equal(bench.state('kept'), 'held', 'what is held stays so');
  t.equal(bench.state('sent-3'), undefined);
  t.notOk(bench.queue.isKnown('sent-3'), 'it may be there');
  t.ok(bench.queue.isKnown('kept'));
  t.ok(bench.queue.isKnown('no-such-mail'));
  t.notOk(bench.queue.isKnown('behind'), 'it has to wait for one that was sent again');

  held.letGo();
  await bench.queue.complete;
  t.match(bench.queue.history(), { state: 'complete' });
  t.equal(bench.state('sent-3'), 'sent');
  t.ok(bench.queue.isKnown('sent-3'));
  await bench.until('behind', 'sent', 'failed', 'deferred');
  await bench.submit('later');
  await bench.until('later', 'sent');
  const sentTo = transport.sends.map(({ to }) => to[0]);
  t.equal(new Set(sentTo).size, sentTo.length, 'nothing is sent twice');
  t.notOk(
    sentTo.some((to) => to?.startsWith('sent-') === true),
    'what was sent is not sent again',
  );
});

test('asked for again while the history is read, a mail stays one, and a command waits for it', async (t) => {
  const { log, directory } = await openLog(t);
  await makeHistory(t, log, directory);
  const held = heldBack(log);
  const transport = createTransport();
  const bench = await reopened(t, { log: held.log, directory, transport });
  await bench.submit('sent-4');
  await bench.submit('sent-5', { subject: 'other content' });
  const { answer } = await bench.ask('mailResendRequested', { mailId: 'sent-6', actor: 'erp', force: true });
  const cancelled = await bench.ask('mailCancelRequested', { mailId: 'kept', actor: 'erp' });
  t.same(await cancelled.answer, { code: null, detail: null }, 'what is known is decided at once');
  await bench.submit('witness');
  await bench.until('witness', 'sent');
  t.equal(bench.state('sent-4'), undefined);
  t.same(
    transport.sends.map(({ to }) => to[0]).filter((to) => to?.startsWith('sent-')),
    [],
  );

  held.letGo();
  await bench.queue.complete;
  t.same(await answer, { code: null, detail: null });
  await waitFor('it went out again', () => transport.sends.find(({ to }) => to[0] === 'sent-6@x.example'));
  await waitFor('a refusal', () =>
    bench.queue.refusals({ limit: 9 }).items.find(({ mailId }) => mailId === 'sent-5'),
  );
  t.equal(bench.state('sent-4'), 'sent');
  t.same(
    transport.sends.map(({ to }) => to[0]).filter((to) => to?.startsWith('sent-')),
    ['sent-6@x.example'],
  );
});

test('stopped while the history is read, it goes on with it at the next start, and nothing differs', async (t) => {
  const { log, directory } = await openLog(t);
  await makeHistory(t, log, directory);
  for (let start = 0; start < 3; start += 1) {
    const held = heldBack(log, 6);
    const bench = await reopened(t, { log: held.log, directory, transport: createTransport(() => down()) });
    await bench.submit(`during-${start}`);
    t.match(bench.queue.history(), { state: 'filling' });
    const stopped = bench.queue.stop(0);
    held.end();
    await stopped;
  }
  const bench = await reopened(t, { log, directory, transport: createTransport(() => down()) });
  await bench.queue.complete;
  await bench.queue.stop(0);
  const view = openMailView({ directory: join(directory, 'second') });
  t.teardown(() => view.close());
  t.same(contentOf(view), await foldedPlainly(t, log, directory));
  t.ok(contentOf(view).some(({ id }) => id === 'during-2'));
});

test('under load the whole view takes over, and every mail is sent once', async (t) => {
  const { log, directory } = await openLog(t);
  await makeHistory(t, log, directory);
  const held = heldBack(log);
  const transport = createTransport(take, 20);
  const bench = await reopened(t, { log: held.log, directory, transport });
  const ids = Array.from({ length: 300 }, (_, index) => `load-${index}`);
  const submitted = Promise.all(ids.map((id) => bench.submit(id)));
  held.letGo();
  await submitted;
  await bench.queue.complete;
  await waitFor('all sent', () => (ids.every((id) => bench.state(id) === 'sent') ? true : undefined));
  const sent = (await mailEvents(log)).filter(({ type }) => type === 'io.postausgang.mail-sent.v1');
  const told = sent.map((event) => (event.data as { mailId: string }).mailId);
  t.equal(told.filter((id) => id.startsWith('load-')).length, ids.length);
});

test('a view that is little behind is caught up with as it is', async (t) => {
  const { log, directory } = await openLog(t);
  await makeHistory(t, log, directory);
  const bench = await openQueue(t, {
    log,
    directory,
    serving: active(createTransport()),
    viewName: 'second',
    hasInterim: true,
  });
  t.match(bench.queue.history(), { state: 'complete' });
  t.equal(bench.state('sent-3'), 'sent');
});
