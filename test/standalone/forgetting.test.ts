import { join } from 'node:path';
import { type CloudEvent, topics, writeRecord } from '@postausgang/contracts';
import { openSqliteLog, type SqliteLog, toItem } from '@postausgang/event-log';
import { Registry } from 'prom-client';
import { test } from 'tap';
import type { MailView } from '../../services/mailer/src/view/mail-view.ts';
import { openMailView } from '../../services/mailer/src/view/view.ts';
import { readStandaloneVariables } from '../../services/standalone/src/config.ts';
import { daysUntilFull, startDiskForecast } from '../../services/standalone/src/disk-forecast.ts';
import { createClockGuard, startForgetting } from '../../services/standalone/src/forgetting.ts';
import { numbers, readAll } from '../event-log/records.ts';
import { acceptedAtMs, dayMs, eventOf, held, minuteMs, request, sent } from '../mail/mail-events.ts';

const quiet = { info: () => undefined, warn: () => undefined };
const to = 'a@x.example';

async function append(
  log: SqliteLog,
  topic: 'mailRequests' | 'mailEvents',
  mailId: string,
  event: CloudEvent,
) {
  await log.append(topics[topic].name, [writeRecord(mailId, { ...event, subject: mailId })]);
}

/** Folds what the log holds, as a mailer that has lost its view. */
async function foldedAnew(view: MailView, log: SqliteLog): Promise<MailView> {
  for (const topic of ['mailRequests', 'mailEvents'] as const) {
    view.apply(topic, (await readAll(log, topics[topic].name)).map(toItem));
  }
  return view;
}

test('what waits keeps its request and its events in the log, and what has ended does not', async (t) => {
  const directory = t.testdir({ data: {}, first: {}, second: {} });
  let nowMs = acceptedAtMs;
  const log = await openSqliteLog({
    directory: join(directory, 'data'),
    topics: Object.values(topics),
    onError: (error) => void t.fail(error.message),
    limits: { smallSegmentBytes: 0 },
    nowMs: () => nowMs,
  });
  t.teardown(() => log.close());
  for (const id of ['held', 'scheduled', 'ended']) {
    const more = id === 'scheduled' ? { sendAt: new Date(acceptedAtMs + 200 * dayMs).toISOString() } : {};
    await append(
      log,
      'mailRequests',
      id,
      eventOf('mailRequested', request([to], { id, ...more }), { id: `r-${id}` }),
    );
  }
  const about = { mailId: 'held' };
  const hold = held('h-1');
  await append(log, 'mailEvents', 'held', { ...hold, data: { ...hold.data, ...about } });
  const done = sent(1, [{ address: to, outcome: 'sent', reply: '250 OK' }]);
  await append(log, 'mailEvents', 'ended', { ...done, data: { ...done.data, mailId: 'ended' } });
  const view = await foldedAnew(openMailView({ directory: join(directory, 'first') }), log);
  t.teardown(() => view.close());
  t.equal(view.get('ended')?.state, 'sent');

  const forgetting = startForgetting({
    log: { forget: log.forget, lastRecordMs: nowMs },
    mailer: view,
    requestsMs: 14 * dayMs,
    eventsMs: 90 * dayMs,
    logger: { ...quiet, warn: (fields: object) => void t.fail(JSON.stringify(fields)) },
    nowMs: () => nowMs,
    monotonicMs: () => nowMs - acceptedAtMs,
  });
  t.teardown(() => forgetting.stop());
  for (const n of numbers(4)) {
    nowMs += 50 * dayMs;
    await append(
      log,
      'mailRequests',
      `new-${n}`,
      eventOf('mailRequested', request([to], { id: `new-${n}` })),
    );
    await append(log, 'mailEvents', `other-${n}`, held(`o-${n}`));
    await forgetting.look();
  }
  const keys = async (topic: 'mailRequests' | 'mailEvents') =>
    (await readAll(log, topics[topic].name)).map(({ key }) => key);
  t.same((await keys('mailRequests')).slice(0, 2), ['held', 'scheduled']);
  t.notOk((await keys('mailRequests')).includes('ended'));
  t.equal((await keys('mailEvents'))[0], 'held');
  t.notOk((await keys('mailEvents')).includes('ended'));

  const rebuilt = await foldedAnew(openMailView({ directory: join(directory, 'second') }), log);
  t.teardown(() => rebuilt.close());
  t.equal(rebuilt.get('held')?.state, 'held', 'a view that is made again knows what became of it');
  t.equal(rebuilt.get('scheduled')?.state, 'queued');
});

test('a clock that was set is believed when it has gone on for a day', (t) => {
  const start = { nowMs: acceptedAtMs, monotonicMs: 0 };
  const after = (elapsedMs: number, setByMs = 0) => ({
    nowMs: acceptedAtMs + elapsedMs + setByMs,
    monotonicMs: elapsedMs,
  });
  const usual = createClockGuard(acceptedAtMs - 2 * dayMs, start);
  t.ok(usual(after(minuteMs)));
  t.notOk(usual(after(2 * minuteMs, 400 * dayMs)), 'it was set forth by a year');
  t.notOk(usual(after(3 * minuteMs, 400 * dayMs)));
  t.notOk(usual(after(4 * minuteMs)), 'it was set back');
  t.ok(usual(after(dayMs + 5 * minuteMs)));
  const far = createClockGuard(acceptedAtMs - 60 * dayMs, start);
  t.notOk(far(after(minuteMs)), 'the last run was two months ago');
  t.ok(far(after(dayMs + minuteMs)));
  t.ok(createClockGuard(null, start)(after(minuteMs)), 'a new log');
  t.end();
});

test('events are kept for as long as requests, at least', (t) => {
  t.throws(() => readStandaloneVariables({ KEEP_REQUESTS_DAYS: '60', KEEP_EVENTS_DAYS: '30' }), {
    message: /KEEP_EVENTS_DAYS/,
  });
  t.throws(() => readStandaloneVariables({ KEEP_REQUESTS_DAYS: '3' }), { message: /KEEP_REQUESTS_DAYS/ });
  const variables = readStandaloneVariables({});
  t.match(variables, { KEEP_REQUESTS_DAYS: 14, KEEP_EVENTS_DAYS: 90 });
  t.end();
});

test('says in how many days the disk is full, also after a restart, and warns once a day', async (t) => {
  const directory = t.testdir();
  let nowMs = acceptedAtMs;
  let freeBytes = 100_000;
  const warnings: object[] = [];
  const start = () =>
    startDiskForecast({
      directory,
      logger: { warn: (fields: object) => void warnings.push(fields) },
      nowMs: () => nowMs,
      freeBytesNow: () => freeBytes,
    });
  const first = await start();
  t.teardown(() => first.stop());
  t.same([first.daysLeft(), first.check()], [null, {}], 'not known yet');
  for (const _ of numbers(5)) {
    nowMs += dayMs;
    freeBytes -= 10_000;
    await first.look();
  }
  t.equal(first.daysLeft(), 5);
  t.same(first.check(), { disk: 'full-in-5-days' });
  const count = warnings.length;
  await first.look();
  t.equal(warnings.length, count, 'one warning a day is enough');
  const again = await start();
  t.teardown(() => again.stop());
  t.equal(again.daysLeft(), 5);
  const registry = new Registry();
  again.addMetric(registry);
  t.match(await registry.metrics(), /^postausgang_disk_full_in_days 5$/m);
  const emptier = [
    { atMs: 0, freeBytes: 1 },
    { atMs: 3 * dayMs, freeBytes: 2 },
  ];
  t.equal(daysUntilFull(emptier), null, 'there is more space than before');
});
