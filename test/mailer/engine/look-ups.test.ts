import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Test, test } from 'tap';
import { failure, type OutgoingServerContent } from '@postausgang/contracts';
import type { Lookup, LookupResult } from '../../../packages/mail/src/transport.ts';
import { waitFor } from '../../peers/wait-for.ts';
import {
  active,
  createTestClock,
  createTransport,
  finished,
  mailEvents,
  minuteMs,
  mortal,
  openLog,
  openQueue,
  type ScriptedTransport,
  server,
  startMs,
  storyOf,
  take,
} from './harness.ts';

interface Asked extends ScriptedTransport {
  readonly lookups: Lookup[];
}

/** A transport that loses the reply of the first send, and answers look-ups one after the other. */
function forgetful(...answers: readonly LookupResult[]): Asked {
  const lookups: Lookup[] = [];
  const transport = createTransport(async (request, call) => {
    if (call > 1) return take(request, call);
    await request.onIntent({ accepted: request.envelope.to, server, tls: null });
    return finished(request.envelope.to, 'unknown');
  });
  return {
    ...transport,
    lookups,
    reconcile(lookup) {
      lookups.push(lookup);
      const answer = answers[lookups.length - 1];
      return answer === undefined ? Promise.reject(new Error('asked too often')) : Promise.resolve(answer);
    },
  };
}

const found: LookupResult = { kind: 'found', witness: 'message-id' };
const notFound: LookupResult = { kind: 'not-found' };
const noAnswer: LookupResult = { kind: 'failed', failure: failure('connection-refused') };
const reconcile: Partial<OutgoingServerContent> = { onUnknown: 'reconcile' };

async function open(t: Test, transport: ScriptedTransport) {
  const { log, directory } = await openLog(t);
  const serving = active(transport, 1, reconcile);
  const bench = await openQueue(t, { log, directory, serving });
  return { log, directory, bench, serving };
}

test('a message the server has is sent, and not sent again', async (t) => {
  const transport = forgetful(noAnswer, found);
  const { log, bench } = await open(t, transport);
  await bench.submit('m1');
  await bench.until('m1', 'unknown');
  t.match(bench.queue.status('m1')?.decisions, { onUnknown: 'reconcile' });
  t.equal(transport.lookups.length, 0, 'a server may show it only a moment later');
  await bench.clock.advance(minuteMs);
  await waitFor('the first look-up', () => transport.lookups[0]);
  t.equal(bench.state('m1'), 'unknown');
  await bench.clock.advance(2 * minuteMs);
  await bench.until('m1', 'sent');
  t.same(transport.lookups[1], {
    messageId: '<m1@test>',
    envelopeFrom: 'erp@acme.example',
    since: new Date(startMs),
    until: new Date(startMs),
    subject: null,
    recipients: ['m1@x.example'],
    alike: [],
  });
  t.equal(transport.sends.length, 1);
  t.match(bench.queue.status('m1'), {
    recipients: [{ outcome: 'sent', resolvedBy: 'reconciliation' }],
    history: [
      {
        entry: 'resolved',
        verb: null,
        detail: 'message-id',
        recipients: [{ before: 'unknown', after: 'sent' }],
      },
    ],
  });
  t.same(await storyOf(log, 'm1'), ['attempt-started', 'outcome-unknown', 'resolved']);
});

test('a message the server has not, as it says twice, goes out again with the same bytes', async (t) => {
  const transport = forgetful(notFound, notFound);
  const { bench } = await open(t, transport);
  await bench.submit('m1');
  await bench.until('m1', 'unknown');
  await bench.clock.advance(minuteMs);
  await waitFor('the first look-up', () => transport.lookups[0]);
  await bench.clock.advance(3 * minuteMs);
  t.equal(transport.lookups.length, 1, 'it may turn up late');
  await bench.clock.advance(minuteMs);
  await bench.until('m1', 'sent');
  t.equal(transport.lookups.length, 2);
  t.equal(transport.sends.length, 2);
  t.equal(transport.sends[1]?.message, transport.sends[0]?.message);
  t.match(bench.queue.status('m1'), {
    round: 2,
    history: [{ detail: 'none', recipients: [{ before: 'unknown', after: 'pending' }] }],
  });
});

test('a server that cannot be asked, or never answers, leaves the mail to a person and says so', async (t) => {
  const cannot = createTransport(async ({ envelope: { to }, onIntent }) => {
    await onIntent({ accepted: to, server, tls: null });
    return finished(to, 'unknown');
  });
  const { log, bench } = await open(t, cannot);
  await bench.submit('m1');
  await bench.until('m1', 'unknown');
  await bench.clock.advance(minuteMs);
  const entry = await waitFor('its history', () => bench.queue.status('m1')?.history[0]);
  t.match(entry, { entry: 'lookup-ended', detail: 'unsupported' });
  t.equal(bench.state('m1'), 'unknown');
  await bench.clock.advance(60 * minuteMs);
  t.same(await storyOf(log, 'm1'), ['attempt-started', 'outcome-unknown', 'lookup-ended'], 'once');

  const silent = forgetful(...Array.from({ length: 100 }, () => noAnswer));
  const other = await open(t, silent);
  await other.bench.submit('m1');
  await other.bench.until('m1', 'unknown');
  await other.bench.clock.advance(26 * 60 * minuteMs);
  const given = await waitFor('its history', () => other.bench.queue.status('m1')?.history[0]);
  t.match(given, { entry: 'lookup-ended', detail: 'no-answer' });
  t.ok(silent.lookups.length < 35, `asked ${silent.lookups.length} times in a day`);
});

test('an intent left open by a crash is looked up too, by whoever comes after', async (t) => {
  const { log, directory } = await openLog(t);
  const clock = createTestClock();
  const dies = createTransport(async ({ envelope: { to }, onIntent }) => {
    await onIntent({ accepted: to, server, tls: null });
    return finished(to, 'sent');
  });
  const doomed = mortal(log, 1);
  const first = await openQueue(t, {
    log: doomed.log,
    directory,
    clock,
    serving: active(dies, 1, reconcile),
  });
  await first.submit('m1');
  await waitFor('the lost outcome', () => (doomed.written() > 1 ? true : undefined));
  await rm(join(directory, 'view'), { recursive: true, force: true });
  const transport = forgetful(found);
  const second = await openQueue(t, {
    log,
    directory,
    clock,
    serving: active(transport, 2, reconcile),
    viewName: 'second',
  });
  await second.until('m1', 'unknown');
  await clock.advance(minuteMs);
  await second.until('m1', 'sent');
  t.equal(transport.sends.length, 0);
  t.equal((await mailEvents(log)).filter(({ type }) => type === 'io.postausgang.mail-resolved.v1').length, 1);
});
