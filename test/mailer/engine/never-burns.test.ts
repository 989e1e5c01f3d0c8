/** Refusals of this client, its account and its rate burn no mail, and one that is about a mail alone stops no other. */
import { test } from 'tap';
import type { SendResult } from '../../../packages/mail/src/transport.ts';
import { judgeReply } from '../../../services/mailer/src/judgement/smtp-judge.ts';
import {
  outcomeOf,
  type TransactionRecord,
} from '../../../services/mailer/src/transports/smtp/transaction.ts';
import { waitFor } from '../../peers/wait-for.ts';
import {
  active,
  createTransport,
  minuteMs,
  openLog,
  openQueue,
  type Script,
  server,
  storyOf,
  take,
} from './harness.ts';

/** What servers say of the client, its account, its tenant and its rate. */
const refusals = [
  '554 5.7.1 Client host rejected: Access denied',
  '554 5.7.1 Service unavailable; Client host [192.0.2.7] blocked using bl.example',
  '504 5.5.2 <vm>: Helo command rejected: need fully-qualified hostname',
  '550 Access denied - Invalid HELO name',
  '450 4.7.25 Client host rejected: cannot find your hostname, [192.0.2.7]',
  '550 5.7.25 The IP address sending this message does not have a PTR record setup',
  '550 JunkMail rejected - vm [192.0.2.7] is in an RBL',
  '550 5.7.708 Access denied, traffic not accepted from this IP',
  '550 5.1.8 Access denied, bad outbound sender AS(42004)',
  '550 5.7.501 Access denied, spam abuse detected',
  '550 5.7.503 Access denied, banned sender',
  '550 5.7.705 Access denied, tenant has exceeded threshold',
  '554 5.7.1 <kunde@example.com>: Relay access denied',
  '550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain',
  '550 5.4.5 Daily user sending limit exceeded',
  '554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException; Cannot submit message',
  '450-Requested mail action not taken: mailbox unavailable\n450 Mail send limit exceeded.',
  '550 Domain acme.example has exceeded the max emails per hour (200/200 (100%)) allowed.  Message discarded.',
  '550 5.7.0 The limit on the number of allowed outgoing messages was exceeded. Try again later.',
  '550 5.7.60 Sender rate overlimit - 120 / 1h',
  '530 5.7.57 Client not authenticated to send mail',
];
const stages = ['mail', 'rcpt', 'data', 'content'] as const;
type Stage = (typeof stages)[number];

/** A transaction in which the server says this at this stage. */
const record = (stage: Stage, reply: string): TransactionRecord => ({
  senderReply: stage === 'mail' ? reply : '250 ok',
  recipientReplies: stage === 'mail' ? [] : [stage === 'rcpt' ? reply : '250 ok'],
  dataReply: stage === 'data' ? reply : stage === 'content' ? '354 go' : null,
  intentFailed: false,
  dotSent: stage === 'content',
  contentReply: stage === 'content' ? reply : null,
  lost: null,
});

const refuse =
  (stage: Stage, reply: string): Script =>
  async ({ envelope: { to }, onIntent }): Promise<SendResult> => {
    if (stage === 'content') await onIntent({ accepted: to, server, tls: null });
    return { kind: 'finished', server, tls: null, ...outcomeOf(record(stage, reply), to) };
  };

test('no refusal of the client is final at MAIL, RCPT, DATA or the final dot', async (t) => {
  for (const stage of stages) {
    for (const reply of refusals) {
      const { code, isFinal, scope } = judgeReply(stage, reply);
      t.notOk(isFinal, `${stage} ${reply}: ${code}`);
      t.notMatch(scope, /recipient|message|sender/, `${stage} ${reply}: ${scope}`);
    }
  }
});

test('500 mails wait through 84 kinds of refusal, none fails, and all go out afterwards', async (t) => {
  const { log, directory } = await openLog(t);
  const transport = createTransport(take, 1);
  const bench = await openQueue(t, { log, directory, serving: active(transport) });
  const cells = stages.flatMap((stage) => refusals.map((reply) => refuse(stage, reply)));
  transport.script = (request, call) => (cells[call - 1] ?? take)(request, call);
  await Promise.all(Array.from({ length: 500 }, (_, n) => bench.submit(`m${n}`)));
  await waitFor('a standstill', () => bench.queue.stats().standstill ?? undefined);
  for (let calls = 1; calls < cells.length; calls += 1) {
    await bench.clock.advance(16 * minuteMs);
    await waitFor('the end of a probe', () =>
      transport.sends.length > calls && bench.queue.stats().sending === 0 ? true : undefined,
    );
    if (transport.sends.length >= cells.length) break;
  }
  t.equal(bench.queue.stats().states.failed, 0);
  t.ok(
    new Set(transport.sends.map(({ to }) => to[0])).size > 20,
    'one probe after the other is another mail',
  );
  await bench.clock.advance(3 * 60 * minuteMs);
  await waitFor('all out', () => (bench.queue.stats().states.sent === 500 ? true : undefined));
  t.equal(bench.queue.stats().states.failed, 0);
  t.equal(bench.queue.stats().standstill, null);
});

test('a refusal that is about one mail alone stops the others for one probe, not for ever', async (t) => {
  const { log, directory } = await openLog(t);
  const transport = createTransport(take, 1);
  const bench = await openQueue(t, { log, directory, serving: active(transport) });
  const relayDenied = refuse('rcpt', '554 5.7.1 Relay access denied');
  transport.script = (request, call) =>
    request.envelope.to[0]?.startsWith('outside') ? relayDenied(request, call) : take(request, call);
  await bench.submit('outside');
  await waitFor('a standstill', () => bench.queue.stats().standstill ?? undefined);
  t.match(bench.queue.status('outside'), { state: 'queued', waitingFor: { code: 'relay-denied' } });
  await Promise.all(['m1', 'm2', 'm3'].map((id) => bench.submit(id)));
  await bench.clock.advance(2000);
  for (const id of ['m1', 'm2', 'm3']) await bench.until(id, 'sent');
  await bench.until('outside', 'deferred');
  t.equal(bench.queue.stats().standstill, null);
  t.match(bench.queue.status('outside')?.recipients, [{ failure: { code: 'relay-denied' } }]);
});

test('the same words to one recipient after the other are about us; users that do not exist are not', async (t) => {
  const { log, directory } = await openLog(t);
  const transport = createTransport(refuse('rcpt', '550 5.7.1 Policy 17 forbids this'), 1);
  const bench = await openQueue(t, { log, directory, serving: active(transport) });
  await Promise.all(Array.from({ length: 50 }, (_, n) => bench.submit(`m${n}`)));
  await waitFor('a standstill', () => bench.queue.stats().standstill ?? undefined);
  await waitFor('the first ones', () => (bench.queue.stats().states.failed === 2 ? true : undefined));
  t.match(bench.queue.stats().standstill, { code: 'refused-alike' });
  await bench.clock.advance(minuteMs);
  t.equal(bench.queue.stats().states.failed, 2, 'probes come back');
  transport.script = refuse('rcpt', '550 5.1.1 User unknown');
  bench.queue.resume();
  await waitFor('all refused', () => (bench.queue.stats().states.failed === 50 ? true : undefined));
  t.equal(bench.queue.stats().standstill, null);
});

test('whoever says that the server works ends the standstill at once', async (t) => {
  const { log, directory } = await openLog(t);
  const transport = createTransport(refuse('mail', '550 5.4.5 Daily user sending limit exceeded'), 1);
  const bench = await openQueue(t, { log, directory, serving: active(transport) });
  await bench.submit('m1');
  await waitFor('a standstill', () => bench.queue.stats().standstill ?? undefined);
  transport.script = take;
  bench.queue.resume();
  t.equal(bench.queue.stats().standstill, null);
  await bench.until('m1', 'sent');
  t.same(await storyOf(log, 'm1'), ['attempt-started', 'sent']);
});

test('whoever has a mail released or sent again ends the standstill, however many mails it is', async (t) => {
  const { log, directory } = await openLog(t);
  const transport = createTransport(take, 1);
  const bench = await openQueue(t, { log, directory, serving: active(transport) });
  const ask = async (
    name: 'mailHoldRequested' | 'mailReleaseRequested' | 'mailResendRequested',
    mailId: string,
  ) => {
    const { answer } = await bench.ask(name, { mailId });
    t.match(await answer, { code: null });
  };
  transport.script = refuse('rcpt', '550 5.1.1 User unknown');
  for (const id of ['gone', 'second', 'third']) {
    await bench.submit(id);
    await bench.until(id, 'failed');
  }
  for (const [name, about] of [
    ['mailReleaseRequested', 'kept'],
    ['mailResendRequested', 'gone'],
  ] as const) {
    transport.script = refuse('mail', '550 5.4.5 Daily user sending limit exceeded');
    await bench.submit(`m-${name}`);
    await waitFor('a standstill', () => bench.queue.stats().standstill ?? undefined);
    if (about === 'kept') {
      await bench.submit(about);
      await ask('mailHoldRequested', about);
    }
    t.ok(bench.queue.stats().standstill, 'a hold says nothing about the server');
    transport.script = take;
    await ask(name, about);
    await bench.until(`m-${name}`, 'sent');
    await bench.until(about, 'sent');
    t.equal(bench.queue.stats().standstill, null);
    await bench.clock.advance(minuteMs);
  }

  transport.script = refuse('mail', '550 5.4.5 Daily user sending limit exceeded');
  await bench.submit('last');
  await waitFor('a standstill', () => bench.queue.stats().standstill ?? undefined);
  const before = transport.sends.length;
  await ask('mailResendRequested', 'second');
  await waitFor('another try', () => (transport.sends.length > before ? true : undefined));
  await waitFor('a standstill again', () => {
    const { standstill, sending } = bench.queue.stats();
    return standstill !== null && sending === 0 ? true : undefined;
  });
  const tried = transport.sends.length;
  await ask('mailResendRequested', 'third');
  t.equal(transport.sends.length, tried, 'a program that asks again at once is not followed');
});
