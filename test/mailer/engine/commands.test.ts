import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'tap';
import { events, topics, writeRecord } from '@postausgang/contracts';
import type { EventLog } from '@postausgang/event-log';
import type { SendResult } from '../../../packages/mail/src/transport.ts';
import { composeMail } from '../../../packages/message/src/compose.ts';
import {
  active,
  createTransport,
  disabled,
  finished,
  mailEvents,
  minuteMs,
  openLog,
  openQueue,
  server,
  startMs,
  storyOf,
  take,
} from './harness.ts';

const done = { code: null, detail: null };

test('a mail is held, released, cancelled and sent again by commands in the log', async (t) => {
  const { log, directory } = await openLog(t);
  const transport = createTransport(({ envelope: { to } }) => finished(to, 'deferred'));
  const bench = await openQueue(t, { log, directory, serving: active(transport) });
  const about = { mailId: 'm1', actor: 'A. Admin', reason: 'Betrag wird geprüft' };
  await bench.submit('m1');
  await bench.until('m1', 'deferred');
  t.same(await (await bench.ask('mailHoldRequested', about)).answer, done);
  t.match(bench.queue.status('m1'), { state: 'held', heldFor: 'requested' });
  bench.serving.set(disabled);
  bench.serving.set(active(transport, 2));
  await bench.clock.advance(60 * minuteMs);
  t.equal(transport.sends.length, 1, 'neither time nor the settings release it');
  t.match(await (await bench.ask('mailHoldRequested', about)).answer, { code: null, detail: /already/ });
  t.same(await (await bench.ask('mailReleaseRequested', about)).answer, done);
  await bench.until('m1', 'deferred');
  t.same(await (await bench.ask('mailCancelRequested', about)).answer, done);
  await bench.until('m1', 'cancelled');
  t.match(await (await bench.ask('mailHoldRequested', about)).answer, { code: 'mail-finished' });
  transport.script = take;
  t.same(await (await bench.ask('mailResendRequested', { mailId: 'm1' })).answer, done);
  await bench.until('m1', 'sent');
  t.match(bench.queue.status('m1'), {
    round: 2,
    history: [
      { entry: 'held', verb: 'hold', actor: 'A. Admin', reason: 'Betrag wird geprüft', detail: 'requested' },
      { entry: 'released', verb: 'release' },
      { entry: 'cancelled', recipients: [{ before: 'deferred', after: 'cancelled' }] },
      { entry: 'declined', verb: 'hold', detail: 'mail-finished' },
      { entry: 'requeued', actor: null, recipients: [{ before: 'cancelled', after: 'pending' }] },
    ],
  });
});

test('a cancel wins against an attempt until its intent is on the way to the log, and loses after', async (t) => {
  const { log, directory } = await openLog(t);
  const { promise: mayGoOn, resolve: goOn } = Promise.withResolvers<void>();
  const { promise: atTheServer, resolve: reached } = Promise.withResolvers<void>();
  const transport = createTransport(async ({ envelope: { to }, onIntent }): Promise<SendResult> => {
    reached();
    await mayGoOn;
    const refused = await onIntent({ accepted: to, server, tls: null }).then(
      () => false,
      () => true,
    );
    return refused ? finished(to, 'deferred') : finished(to, 'sent');
  });
  const bench = await openQueue(t, { log, directory, serving: active(transport) });
  await bench.submit('early');
  await atTheServer;
  t.same(await (await bench.ask('mailCancelRequested', { mailId: 'early' })).answer, done);
  goOn();
  await bench.until('early', 'cancelled');
  t.same(await storyOf(log, 'early'), ['cancelled'], 'no intent, and no outcome of an attempt');

  const { promise: mayAnswer, resolve: answers } = Promise.withResolvers<void>();
  transport.script = async ({ envelope: { to }, onIntent }) => {
    await onIntent({ accepted: to, server, tls: null });
    await mayAnswer;
    return finished(to, 'sent');
  };
  await bench.submit('late');
  await bench.until('late', 'sending');
  const { answer } = await bench.ask('mailCancelRequested', { mailId: 'late' });
  t.match(await answer, { code: 'mail-sending' });
  t.match(await (await bench.ask('mailHoldRequested', { mailId: 'late' })).answer, { code: 'mail-sending' });
  answers();
  await bench.until('late', 'sent');
  t.match(await (await bench.ask('mailCancelRequested', { mailId: 'late' })).answer, {
    code: 'mail-finished',
  });
});

test('a mail whose attempt was called off is not taken again before that is folded', async (t) => {
  const { log, directory } = await openLog(t);
  const transport = createTransport(async ({ envelope: { to }, onIntent }): Promise<SendResult> => {
    await new Promise((resolve) => void setImmediate(resolve));
    return onIntent({ accepted: to, server, tls: null }).then(
      () => finished(to, 'sent'),
      () => finished(to, 'deferred'),
    );
  });
  const bench = await openQueue(t, { log, directory, serving: active(transport) });
  const ids = Array.from({ length: 40 }, (_, n) => `m${n}`);
  await Promise.all(
    ids.map(async (id, n) => {
      await bench.submit(id);
      const wish = n % 2 === 0 ? 'mailCancelRequested' : 'mailHoldRequested';
      await (
        await bench.ask(wish, { mailId: id })
      ).answer;
      await (
        await bench.ask('mailReleaseRequested', { mailId: id })
      ).answer;
      await bench.until(id, 'sent', 'cancelled');
    }),
  );
  for (const id of ids) {
    const intents = (await storyOf(log, id)).filter((one) => one === 'attempt-started').length;
    t.equal(intents, bench.state(id) === 'sent' ? 1 : 0, `${id} ${bench.state(id)}`);
  }
});

test('a command has one answer: a second record of it and a view built anew change nothing', async (t) => {
  const { log, directory } = await openLog(t);
  const transport = createTransport(({ envelope: { to } }) => finished(to, 'rejected'));
  const first = await openQueue(t, { log, directory, serving: active(transport) });
  await first.submit('m1');
  await first.until('m1', 'failed');
  const { id, answer } = await first.ask('mailResendRequested', { mailId: 'm1' });
  t.same(await answer, done);
  const unknown = await first.ask('mailCancelRequested', { mailId: 'nobody' });
  t.match(await unknown.answer, { code: 'mail-unknown' });
  const misplaced = await first.ask('mailCancelRequested', { mailId: 'm1' }, { key: 'other' });
  t.match(await misplaced.answer, { code: 'wrong-key' });
  await first.until('m1', 'failed');
  await first.ask('mailResendRequested', { mailId: 'm1' }, { id });
  await (
    await first.ask('mailHoldRequested', { mailId: 'm1' })
  ).answer;
  t.equal(transport.sends.length, 2, 'the repeat is no other resend');
  const before = first.queue.status('m1');
  await first.queue.stop(1000);

  await rm(join(directory, 'view'), { recursive: true, force: true });
  const again = await openQueue(t, { log, directory, serving: active(transport), viewName: 'anew' });
  t.same(again.queue.status('m1'), before);
  t.match(await again.queue.answerTo('nobody', unknown.id), { code: 'mail-unknown' });
  t.same(await again.queue.answerTo('m1', id), done);
  await again.submit('last');
  await again.until('last', 'failed');
  t.equal(transport.sends.length, 3, 'and nothing is sent again');
  const answers = (await mailEvents(log)).filter(({ data }) => 'command' in data);
  t.equal(answers.length, 4, 'nor answered again');
});

test('resends are byte-identical where recipients are the same; corrected ones are named in their header', async (t) => {
  const { log, directory } = await openLog(t);
  const wrong = 'kunde@exmaple.com';
  const transport = createTransport(async ({ envelope: { to }, onIntent }) => {
    await onIntent({ accepted: to, server, tls: null });
    return finished(to, (address) =>
      address === wrong ? 'rejected' : address.startsWith('b@') ? 'rejected' : 'sent',
    );
  });
  const bench = await openQueue(t, { log, directory, serving: active(transport), compose: composeMail });
  const to = ['a@x.example', 'b@x.example', wrong].map((address) => ({ address }));
  await bench.submit('m1', { to, subject: 'Rechnung', text: 'Text', html: '<p>Text</p>' });
  await bench.until('m1', 'partly-sent');
  transport.script = take;
  const recipients = [{ address: 'b@x.example' }, { address: wrong, correctedAddress: 'kunde@example.com' }];
  await (
    await bench.ask('mailResendRequested', { mailId: 'm1', recipients })
  ).answer;
  await bench.until('m1', 'sent');
  const [original, same, corrected] = transport.sends;
  t.same(
    transport.sends.map((one) => one.to),
    [['a@x.example', 'b@x.example', wrong], ['b@x.example'], ['kunde@example.com']],
  );
  t.equal(same?.message, original?.message);
  t.equal(corrected?.message, original?.message.replaceAll(wrong, 'kunde@example.com'));
  t.match(bench.queue.status('m1')?.recipients[2], {
    address: 'kunde@example.com',
    correctedFrom: wrong,
    outcome: 'sent',
  });
});

test('an unknown outcome is resolved by a person, and goes out again if that is wanted', async (t) => {
  const { log, directory } = await openLog(t);
  const transport = createTransport(async ({ envelope: { to }, onIntent }) => {
    await onIntent({ accepted: to, server, tls: null });
    return finished(to, 'unknown');
  });
  const bench = await openQueue(t, { log, directory, serving: active(transport) });
  await bench.submit('m1');
  await bench.submit('m2');
  await bench.until('m1', 'unknown');
  await bench.until('m2', 'unknown');
  t.same(await (await bench.ask('mailResolveRequested', { mailId: 'm1', outcome: 'sent' })).answer, done);
  t.match(bench.queue.status('m1'), { state: 'sent', recipients: [{ resolvedBy: 'person' }] });
  transport.script = take;
  const resend = { mailId: 'm2', outcome: 'not-sent' as const, resend: true };
  t.same(await (await bench.ask('mailResolveRequested', resend)).answer, done);
  await bench.until('m2', 'sent');
  t.equal(transport.sends.length, 3);
  t.equal(transport.sends[2]?.message, transport.sends[1]?.message);
});

test('a mail that was held while no mailer ran is not sent when one comes', async (t) => {
  const { log, directory } = await openLog(t);
  const transport = createTransport();
  const time = new Date(startMs).toISOString();
  const write = (id: string, name: 'mailRequested' | 'mailHoldRequested', data: object) =>
    writeRecord('m1', { id, type: events[name].type, source: '/erp', time, data });
  await log.append(topics.mailRequests.name, [
    write('r', 'mailRequested', { id: 'm1', to: [{ address: 'a@x.example' }] }),
    write('h', 'mailHoldRequested', { mailId: 'm1' }),
  ]);
  const bench = await openQueue(t, { log, directory, serving: active(transport) });
  await bench.until('m1', 'held');
  await bench.submit('m2');
  await bench.until('m2', 'sent');
  t.equal(transport.sends.length, 1);
});

test('nothing is decided about a mail while the lease does not surely hold', async (t) => {
  const { log: whole, directory } = await openLog(t);
  let isFresh = true;
  const log: EventLog = {
    ...whole,
    own: (...names) => ({ ...whole.own(...names), isFresh: () => isFresh }),
  };
  const bench = await openQueue(t, { log, directory, serving: active(createTransport()) });
  await bench.submit('m1', { sendAt: new Date(startMs + minuteMs).toISOString() });
  isFresh = false;
  const { answer } = await bench.ask('mailCancelRequested', { mailId: 'm1' });
  await bench.submit('m2');
  t.same(await mailEvents(log), []);
  t.equal(bench.state('m1'), 'queued');
  isFresh = true;
  await bench.submit('m3');
  t.same(await answer, done);
  t.equal(bench.state('m1'), 'cancelled');
});
