/** One command for many mails: whom it is about, and that it is carried out to the end, once, whatever dies meanwhile. */
import { type Test, test } from 'tap';
import { type EventData, events, topics, writeRecord } from '@postausgang/contracts';
import type { EventLog } from '@postausgang/event-log';
import { waitFor } from '../../peers/wait-for.ts';
import {
  active,
  type Bench,
  createTransport,
  disabled,
  finished,
  mailEvents,
  openLog,
  openQueue,
  startMs,
} from './harness.ts';

type Asked = EventData<'mailBulkRequested'>;

/** Records as an ERP module writes them. */
async function append(
  log: EventLog,
  name: 'mailRequested' | 'mailBulkRequested',
  id: string,
  data: object,
): Promise<void> {
  const time = new Date(startMs).toISOString();
  const record = writeRecord(id, { id, type: events[name].type, source: '/erp', time, data });
  await log.append(topics.mailRequests.name, [record]);
}
const mail = (log: EventLog, id: string, more: object = {}): Promise<void> =>
  append(log, 'mailRequested', id, { id, to: [{ address: `${id}@x.example` }], ...more });
const ask = (log: EventLog, id: string, data: Asked): Promise<void> =>
  append(log, 'mailBulkRequested', id, data);

const ended = (bench: Bench, id: string) =>
  waitFor(`the end of ${id}`, () => {
    const action = bench.queue.action(id);
    return action === undefined || action.finishedAtMs === null ? undefined : action;
  });

/** A queue whose server defers everything: all mail waits. */
const waitingQueue = (t: Test, options: { log: EventLog; directory: string; viewName?: string }) =>
  openQueue(t, {
    serving: active(createTransport(({ envelope: { to } }) => finished(to, 'deferred'))),
    ...options,
  });

test('a command is about the mails that lie before it, however late it is read', async (t) => {
  const { log, directory } = await openLog(t);
  await mail(log, 'before', { subject: 'Rechnung 1' });
  await mail(log, 'other', { subject: 'Angebot' });
  await ask(log, 'a1', { verb: 'cancel', filter: { subject: 'rechnung' }, reason: 'Dublette' });
  await mail(log, 'after', { subject: 'Rechnung 2' });
  const bench = await waitingQueue(t, { log, directory });
  const action = await ended(bench, 'a1');
  t.match(action, { matched: 1, asked: 1, done: 1, skipped: {} });
  t.equal(bench.state('before'), 'cancelled');
  await bench.until('after', 'deferred');
  await bench.until('other', 'deferred');
  const [cancelled] = (await mailEvents(log)).filter(({ type }) => type === events.mailCancelled.type);
  t.match(cancelled, { data: { mailId: 'before', command: { id: 'bulk.a1.before', reason: 'Dublette' } } });
});

test('mails are held and resolved by a command, and why others are left as they were is counted', async (t) => {
  const { log, directory } = await openLog(t);
  const bench = await openQueue(t, { log, directory, serving: disabled });
  for (const id of ['m1', 'm2', 'm3']) await bench.submit(id, { businessReference: `order/${id}` });
  await bench.until('m3', 'held');
  await ask(log, 'hold', { verb: 'hold', filter: { businessReferencePrefix: 'order/', state: 'held' } });
  t.match(await ended(bench, 'hold'), { matched: 3, done: 3 });
  await ask(log, 'again', { verb: 'hold', filter: { states: ['held'] } });
  t.match(await ended(bench, 'again'), { matched: 3, done: 0, skipped: { 'nothing-to-do': 3 } });
  await ask(log, 'wrong', { verb: 'resend', filter: { recipient: '@x.example', state: 'held' } });
  t.match(await ended(bench, 'wrong'), { matched: 3, done: 0, skipped: { 'mail-not-finished': 3 } });
  await ask(log, 'none', { verb: 'release', filter: { state: 'held', states: ['failed'] } });
  t.match(await ended(bench, 'none'), { matched: 0, done: 0 });
});

test('an unknown outcome is resolved for many mails at once', async (t) => {
  const { log, directory } = await openLog(t);
  const transport = createTransport(async ({ envelope: { to }, onIntent }) => {
    await onIntent({ accepted: to, server: 'mail.test:25', tls: null });
    return finished(to, 'unknown');
  });
  const bench = await openQueue(t, { log, directory, serving: active(transport) });
  for (const id of ['m1', 'm2']) await bench.submit(id, { onUnknown: 'hold' });
  for (const id of ['m1', 'm2']) await bench.until(id, 'unknown');
  await ask(log, 'a1', { verb: 'resolve', outcome: 'sent', filter: { q: 'x.example' } });
  t.match(await ended(bench, 'a1'), { matched: 2, done: 2 });
  t.same([bench.state('m1'), bench.state('m2')], ['sent', 'sent']);
});

test('a command that says too little is set aside, and touches no mail', async (t) => {
  const { log, directory } = await openLog(t);
  const bench = await waitingQueue(t, { log, directory });
  await bench.submit('m1');
  await bench.until('m1', 'deferred');
  const wrong: readonly (readonly [string, Asked])[] = [
    ['no-word', { verb: 'cancel', filter: { q: '*' } }],
    ['no-day', { verb: 'cancel', filter: { since: '2026-02-30T00:00:00Z' } }],
    ['no-outcome', { verb: 'resolve', filter: {} }],
  ];
  for (const [id, data] of wrong) await ask(log, id, data);
  const details = await waitFor('all set aside', () => {
    const { items } = bench.queue.refusals({ limit: 10 });
    return items.length === wrong.length ? items.map(({ code, detail }) => `${code} ${detail}`) : undefined;
  });
  t.match(details.toSorted(), [
    /^invalid \/filter\/q: /,
    /^invalid \/filter\/since: /,
    /^invalid \/outcome: /,
  ]);
  t.equal(bench.queue.action('no-word'), undefined);
  t.equal(bench.state('m1'), 'deferred');
});

/** A log that takes so many records about single mails from the command on, and then nothing any more. */
function dyingLog(log: EventLog, takes: number): { readonly log: EventLog; readonly isDead: () => boolean } {
  let left = takes;
  const isDead = (): boolean => left < 0;
  return {
    isDead,
    log: {
      ...log,
      append(topic, records) {
        const isCommand = records.some(({ headers }) => headers['ce_id']?.startsWith('bulk.') === true);
        if (topic === topics.mailRequests.name && isCommand) left -= 1;
        return isDead() ? new Promise<never>(() => undefined) : log.append(topic, records);
      },
      follow: (topic, from, handler) =>
        log.follow(topic, from, (records) => (isDead() ? undefined : handler(records))),
    },
  };
}

for (const takes of [0, 7, 199, 200]) {
  test(`a command is carried on where the mailer died after ${takes} of 230 mails`, async (t) => {
    const { log, directory } = await openLog(t);
    const ids = Array.from({ length: 230 }, (_, n) => `m${n}`);
    const dying = dyingLog(log, takes);
    const first = await waitingQueue(t, { log: dying.log, directory });
    await Promise.all(ids.map((id) => first.submit(id, { subject: 'Rechnung' })));
    await waitFor('all deferred', () =>
      first.queue.stats().states.deferred === ids.length ? true : undefined,
    );
    await ask(log, 'a1', { verb: 'cancel', filter: { q: 'rechnung' } });
    await waitFor('the death', () => (dying.isDead() ? true : undefined));
    const second = await waitingQueue(t, { log, directory, viewName: 'other' });
    await second.submit('later', { subject: 'Rechnung' });
    const action = await ended(second, 'a1');
    t.match(action, { matched: 230, asked: 230, done: 230, skipped: {} });
    t.equal(second.queue.stats().states.cancelled, 230);
    t.equal(second.state('later') === 'cancelled', false, 'accepted after the command');
    const told = await mailEvents(log);
    const cancelled = told.filter(({ type }) => type === events.mailCancelled.type);
    t.equal(new Set(cancelled.map(({ data }) => ('mailId' in data ? data.mailId : ''))).size, 230);
    t.equal(cancelled.length, 230, 'each once');
    const [expanded] = told.filter(({ type }) => type === events.mailBulkExpanded.type);
    t.match(expanded, { data: { matched: 230 } });
  });
}
