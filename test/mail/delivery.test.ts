import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'tap';
import {
  failure,
  type FailureCode,
  type MailRequested,
  type OutgoingServerContent,
  type SenderContent,
} from '@postausgang/contracts';
import { decideEnvelope, planEnvelope } from '../../packages/mail/src/envelope.ts';
import { isFinished, type Mail } from '../../packages/mail/src/mail.ts';
import {
  afterAttempt,
  type AttemptInFlight,
  interrupted,
  type MailOutcome,
  serverConcern,
} from '../../packages/mail/src/outcome.ts';
import { requestedRecipients } from '../../packages/mail/src/recipients.ts';
import { retryDelayMs } from '../../packages/mail/src/retry.ts';
import type { FinishedSend, SendRecipient } from '../../packages/mail/src/transport.ts';
import { expire, giveUp, rescueUnfinished } from '../../packages/mail/src/without-attempt.ts';
import { serverContent } from '../mailer/server-content.ts';
import { senderBook, senderContent } from '../settings/sender-content.ts';
import {
  acceptedAt,
  acceptedAtMs,
  dayMs,
  decisions,
  eventOf,
  fold,
  mailAfter,
  minuteMs,
  request,
  started,
} from './mail-events.ts';

const a = 'a@x.example';
const b = 'b@x.example';
const nowMs = acceptedAtMs + 1000;
const context = { nowMs, jitter: 0.5 };

const inHand = (to: readonly string[], number = 1): AttemptInFlight => ({
  number,
  startedAt: acceptedAt,
  settingsVersion: 3,
  decisions,
  messageId: '<1@acme.example>',
  to,
});
const result = (recipients: readonly SendRecipient[]): FinishedSend => ({
  kind: 'finished',
  recipients,
  server: 'mail.test:25',
  tls: null,
  reply: null,
  failure: null,
});
const told = (address: string, outcome: SendRecipient['outcome'], reply = ''): SendRecipient => ({
  address,
  outcome,
  reply,
});
const judge = (mail: Mail, recipients: readonly SendRecipient[], at = context): MailOutcome => {
  const to = recipients.map(({ address }) => address);
  return afterAttempt(mail, inHand(to, mail.attempts.length + 1), result(recipients), at);
};
/** The mail as the fold has it after an outcome. */
const foldOutcome = (mail: Mail, { name, data }: MailOutcome, time: string): Mail => {
  const row = fold([eventOf(name, data, { id: `${mail.attempts.length}/${name}`, time }) as never], mail);
  assert.ok(row !== undefined && row.state !== 'awaited');
  return row;
};
test('a recipient in two spellings of its domain is one recipient', async (t) => {
  const to = ['a@müller.example', 'a@xn--mller-kva.example', 'a@MÜLLER.example', 'A@müller.example'];
  const twice = { id: 'm1', to: to.map((address) => ({ address })) };
  t.strictSame(requestedRecipients(twice), ['a@müller.example', 'A@müller.example']);
});

test('pauses start at 5 minutes and double to 67, a tenth earlier or later', async (t) => {
  t.same(
    [0, 1, 2, 3, 4, 50].map((retryCount) => retryDelayMs(retryCount, 0.5) / minuteMs),
    [5, 10, 20, 40, 67, 67],
  );
  t.equal(retryDelayMs(0, 0), 4.5 * minuteMs);
  t.equal(retryDelayMs(0, 1), 5.5 * minuteMs);
});

test('2yz for all is sent, for some partly sent, 5yz for all failed', async (t) => {
  const mail = mailAfter([a, b], []);
  t.match(judge(mail, [told(a, 'sent', '250 ok'), told(b, 'sent')]), {
    name: 'mailSent',
    data: {
      mailId: 'mail-1',
      state: 'sent',
      messageId: '<1@acme.example>',
      attempt: { number: 1, outcome: 'sent', settingsVersion: 3, endedAt: new Date(nowMs).toISOString() },
      decisions,
      recipients: [{ address: a, reply: '250 ok' }, {}],
    },
  });
  t.match(judge(mail, [told(a, 'sent'), told(b, 'rejected')]), {
    name: 'mailSent',
    data: { state: 'partly-sent' },
  });
  const refused = { ...told(b, 'rejected'), failure: failure('recipient-refused') };
  t.match(judge(mail, [refused, told(a, 'rejected')]), {
    name: 'mailFailed',
    data: { state: 'failed', failure: { code: 'recipient-refused' }, attempt: { outcome: 'failed' } },
  });
});

test('4yz is tried again on the schedule, without those who have it', async (t) => {
  const mail = mailAfter([a, b], []);
  const outcome = judge(mail, [told(a, 'sent'), told(b, 'deferred')]);
  const nextAttemptAt = new Date(nowMs + 5 * minuteMs).toISOString();
  t.match(outcome, { name: 'mailDeferred', data: { nextAttemptAt, attempt: { outcome: 'partly-sent' } } });
  const waiting = foldOutcome(mail, outcome, nextAttemptAt);
  t.same(planEnvelope(waiting, decisions), [b]);
  t.match(judge(waiting, [told(b, 'sent')]), {
    name: 'mailSent',
    data: { state: 'sent', attempt: { number: 2 } },
  });
  t.match(judge(waiting, [told(b, 'rejected')]), { name: 'mailSent', data: { state: 'partly-sent' } });
});

test('nothing expires early: those who would be tried too late wait until their time is over', async (t) => {
  const notAfterMs = nowMs + 4 * minuteMs;
  const notAfter = new Date(notAfterMs).toISOString();
  const mail = mailAfter([a, b], [], { notAfter });
  t.match(judge(mail, [told(a, 'deferred', '451 later'), told(b, 'deferred')]), {
    name: 'mailDeferred',
    data: { nextAttemptAt: notAfter },
  });
  const late = { nowMs: notAfterMs, jitter: 0.5 };
  const why = { ...told(a, 'deferred', '451 later'), failure: failure('server-busy', '451 later') };
  t.match(judge(mail, [why, told(b, 'deferred')], late), {
    name: 'mailFailed',
    data: {
      state: 'expired',
      recipients: [
        {
          outcome: 'expired',
          reply: '451 later',
          failure: { code: 'expired', detail: 'server-busy: 451 later' },
        },
        { outcome: 'expired', failure: { code: 'expired' } },
      ],
    },
  });
  t.match(judge(mail, [told(a, 'sent'), told(b, 'deferred')], late), {
    name: 'mailSent',
    data: { state: 'partly-sent', recipients: [{ outcome: 'sent' }, { address: b, outcome: 'expired' }] },
  });
});

test('an unknown outcome is held or tried again, as the mail wants it', async (t) => {
  const hold = judge(mailAfter([a, b], []), [told(a, 'unknown'), told(b, 'rejected')]);
  t.match(hold, {
    name: 'mailOutcomeUnknown',
    data: { state: 'unknown', failure: { code: 'outcome-unknown' } },
  });
  const resend = judge(mailAfter([a], [], { onUnknown: 'resend' }), [told(a, 'unknown')]);
  t.match(resend, { name: 'mailDeferred', data: { attempt: { outcome: 'unknown' } } });
  const mixed = judge(mailAfter([a, b], []), [told(a, 'unknown'), told(b, 'deferred')]);
  t.match(mixed, { name: 'mailOutcomeUnknown', data: { state: 'deferred' } });
  const rest = foldOutcome(mailAfter([a, b], []), mixed, new Date(nowMs).toISOString());
  t.match(rest, { state: 'deferred', dueAtMs: nowMs + 5 * minuteMs });
  t.match(judge(rest, [told(b, 'sent')]), { name: 'mailOutcomeUnknown', data: { state: 'unknown' } });
});

test('the mail says what becomes of an unknown outcome, else the server does, and the first attempt fixes it', (t) => {
  const policies = ['hold', 'resend', 'reconcile'] as const;
  const decided = (asked: MailRequested, settings: Partial<OutgoingServerContent>) => {
    const decision = decideEnvelope(asked, serverContent(settings), 'default');
    return decision.kind === 'decided' ? decision.decisions.onUnknown : undefined;
  };
  for (const onUnknown of policies) {
    t.equal(decided(request([a], { onUnknown }), { onUnknown: 'hold' }), onUnknown);
    t.equal(decided(request([a]), { onUnknown }), onUnknown);
    t.equal(decided(request([a], { onUnknown: null }), { onUnknown }), onUnknown);
    const retried = afterAttempt(
      mailAfter([a], []),
      { ...inHand([a]), decisions: { ...decisions, onUnknown } },
      result([told(a, 'unknown')]),
      context,
    );
    t.equal(retried.name, onUnknown === 'resend' ? 'mailDeferred' : 'mailOutcomeUnknown');
  }
  t.equal(decided(request([a]), {}), 'hold', 'SMTP cannot be asked');
  t.equal(decided(request([a]), { serverType: 'exchange' }), 'reconcile');
  t.end();
});

test('a recipient the result does not name may have the mail', async (t) => {
  const outcome = afterAttempt(mailAfter([a, b], []), inHand([a, b]), result([told(a, 'sent')]), context);
  t.match(outcome, {
    name: 'mailOutcomeUnknown',
    data: { recipients: [{ outcome: 'sent' }, { outcome: 'unknown' }] },
  });
});

test('at most 100 recipients go at once, the rest follows without a pause', async (t) => {
  const everyone = Array.from({ length: 250 }, (_, n) => `r${n}@x.example`);
  let mail = mailAfter(everyone, []);
  const sizes: number[] = [];
  while (!isFinished(mail)) {
    const to = planEnvelope(mail, decisions);
    sizes.push(to.length);
    const outcome = judge(
      mail,
      to.map((address) => told(address, 'sent')),
    );
    mail = foldOutcome(mail, outcome, new Date(nowMs).toISOString());
    t.ok(isFinished(mail) || mail.dueAtMs === nowMs);
  }
  t.same(sizes, [100, 100, 50]);
  const down = judge(
    mailAfter(everyone, []),
    everyone.slice(0, 100).map((address) => told(address, 'deferred')),
  );
  t.match(
    down,
    { data: { nextAttemptAt: new Date(nowMs + 5 * minuteMs).toISOString() } },
    'not while it takes nobody',
  );
  const some = judge(mailAfter([a, b], []), [
    told(a, 'sent'),
    told(b, 'deferred', '452 4.5.3 too many recipients'),
  ]);
  t.match(some, {
    data: { nextAttemptAt: new Date(nowMs).toISOString(), recipients: [{}, { outcome: 'pending' }] },
  });
});

test('a server that is sent too much names the time, and the schedule of the mail stays where it was', async (t) => {
  const mail = mailAfter([a], []);
  const throttled = (seconds?: number): SendRecipient => ({
    ...told(a, 'deferred', '432 4.3.2 STOREDRV'),
    failure: {
      ...failure('server-throttled'),
      ...(seconds === undefined ? {} : { retryAfterSeconds: seconds }),
    },
  });
  const at = (ms: number) => ({ data: { nextAttemptAt: new Date(nowMs + ms).toISOString() } });
  t.match(judge(mail, [throttled(600)], { nowMs, jitter: 0 }), at(10 * minuteMs));
  t.match(judge(mail, [throttled()], { nowMs, jitter: 1 }), at(5.5 * minuteMs));
  const waiting = foldOutcome(mail, judge(mail, [throttled(600)]), new Date(nowMs).toISOString());
  t.match(waiting, { state: 'deferred', retryCount: 0 });
  const busy = judge(waiting, [{ ...told(a, 'deferred'), failure: failure('server-busy') }]);
  t.match(foldOutcome(waiting, busy, new Date(nowMs).toISOString()), { retryCount: 1 });
});

test('what concerns the server is told apart from what concerns the mail', async (t) => {
  const waits = (code: FailureCode): SendRecipient => ({ ...told(a, 'deferred'), failure: failure(code) });
  const concern = (...recipients: SendRecipient[]) => {
    const found = serverConcern(result(recipients));
    return found === null ? null : `${found.extent} ${found.failure.code}`;
  };
  t.equal(concern(waits('server-throttled'), waits('server-throttled')), 'only server-throttled');
  t.equal(concern(waits('authentication-required')), 'only authentication-required');
  t.equal(concern(waits('server-throttled'), told(b, 'sent')), 'also server-throttled');
  t.equal(concern({ ...waits('server-throttled'), outcome: 'rejected' }), 'also server-throttled');
  t.equal(concern(waits('server-busy')), null);
  t.equal(concern(waits('too-many-recipients')), null);
  t.equal(concern(), null);
});

test('untried recipients go before deferred ones', async (t) => {
  const everyone = Array.from({ length: 101 }, (_, n) => `r${n}@x.example`);
  const mail = mailAfter(everyone, []);
  const results = everyone.slice(0, 100).map((address, n) => told(address, n === 0 ? 'deferred' : 'sent'));
  const next = foldOutcome(mail, judge(mail, results), new Date(nowMs).toISOString());
  t.same(planEnvelope(next, decisions), ['r100@x.example']);
});

test('a dangling intent becomes unknown, or is tried again', async (t) => {
  const sending = (onUnknown: 'hold' | 'resend') => {
    const mail = mailAfter([a, b], [started(1, [a])], { onUnknown });
    assert.ok(mail.state === 'sending');
    return mail;
  };
  const held = rescueUnfinished(sending('hold'), context);
  t.match(held, {
    name: 'mailOutcomeUnknown',
    data: { recipients: [{ address: a, outcome: 'unknown' }], attempt: { number: 1, outcome: 'unknown' } },
  });
  t.equal(held.data.recipients.length, 1, 'b was not accepted, so it still waits');
  t.match(rescueUnfinished(sending('resend'), context), {
    name: 'mailDeferred',
    data: { state: 'deferred' },
  });
});

test('a mail whose time is over expires, one that cannot be sent fails', async (t) => {
  t.match(expire(mailAfter([a], []), null, context), {
    name: 'mailFailed',
    data: { state: 'expired', attempt: null },
  });
  t.match(expire(mailAfter([a], []), failure('connection-refused'), context), {
    data: { recipients: [{ failure: { code: 'expired', detail: 'connection-refused' } }] },
  });
  const why = failure('settings-invalid');
  const partly = mailAfter([a, b], []);
  const waiting = foldOutcome(
    partly,
    judge(partly, [told(a, 'sent'), told(b, 'deferred')]),
    '2026-11-23T08:00:00Z',
  );
  t.match(expire(waiting, null, context), { name: 'mailSent', data: { state: 'partly-sent' } });
  t.match(giveUp(mailAfter([a], []), why, context), {
    name: 'mailFailed',
    data: { failure: why, state: 'failed' },
  });
  t.match(giveUp(mailAfter([], []), why, context), { name: 'mailFailed', data: { recipients: [] } });
});

test('an interrupted intent hands nothing over and is tried again soon', async (t) => {
  const outcome = interrupted(
    mailAfter([a], []),
    inHand([a]),
    { server: 'mail.test:25', tls: null },
    context,
  );
  const nextAttemptAt = new Date(nowMs + 10_000).toISOString();
  t.match(outcome, {
    name: 'mailDeferred',
    data: { nextAttemptAt, attempt: { number: 1, outcome: 'deferred' } },
  });
});

test('the sender is the mail’s own, else the default, and a finished message keeps its own', async (t) => {
  const decide = (asked: MailRequested, settings = serverContent()) =>
    decideEnvelope(asked, settings, 'default');
  const from = { address: 'me@acme.example' };
  t.match(decide(request([a])), {
    decisions: { sender: 'default', envelopeFrom: 'erp@acme.example', copies: [] },
  });
  t.match(decide(request([a], { from } as never)), { decisions: { sender: 'explicit', from } });
  t.match(decide({ id: 'm', raw: '', envelope: { from: b, to: [a] } }), {
    decisions: { sender: 'message', envelopeFrom: b, serverId: 'default' },
  });
  t.same(decide(request([a]), serverContent({ senderAddress: null })), { kind: 'no-sender' });
});

test('a sender of the settings brings its name, copies, mailbox and certificate', async (t) => {
  const asked = request([a], { sender: { employee: '9', department: 'accounting' } } as never);
  const decide = (sender: Partial<SenderContent>, settings = serverContent()) =>
    decideEnvelope(asked, settings, 'default', { senders: senderBook({ one: senderContent(sender) }) });
  const replyTo = [{ address: 'team@acme.example' }];
  t.match(decide({ replyTo, mailbox: 'box@acme.example', smimeCertificateId: 'c1' }), {
    decisions: {
      from: { name: 'Accounting', address: 'accounting@acme.example' },
      envelopeFrom: 'accounting@acme.example',
      sender: {
        rule: 'department',
        senderId: 'one',
        senderVersion: 1,
        tried: [
          { rule: 'employee', key: '9', result: 'unknown' },
          { rule: 'department', key: 'accounting', result: 'found' },
        ],
        replyTo,
        mailbox: 'box@acme.example',
        certificateId: 'c1',
      },
      copies: [],
    },
  });
  t.match(decide({}), { decisions: { sender: { mailbox: 'accounting@acme.example' } } });
  const archive = { address: 'archive@acme.example' };
  const alwaysCopyTo = [archive, { address: a }, archive];
  const always = { address: archive.address, rule: 'always-copy' };
  const own = { address: 'accounting@acme.example', rule: 'copy-to-sender' };
  const copies = (...input: Parameters<typeof decide>) => {
    const decided = decide(...input);
    return decided.kind === 'decided' ? decided.decisions.copies : undefined;
  };
  t.same(copies({ alwaysCopyTo }), [always], 'each once, and not for recipients');
  t.same(copies({ alwaysCopyTo }, serverContent({ copyToSender: 'bcc' })), [own, always]);
  t.same(copies({ copyToSender: 'off' }, serverContent({ copyToSender: 'bcc' })), []);
  t.same(copies({ copyToSender: 'bcc' }), [own]);
  t.match(decide({ active: false }), {
    decisions: { envelopeFrom: 'erp@acme.example', sender: { rule: 'default', senderId: null } },
  });
  const strict = request([a], { sender: { employee: '9', strict: true } } as never);
  t.match(decideEnvelope(strict, serverContent(), 'default'), {
    kind: 'refused',
    tried: [{ rule: 'employee', key: '9', result: 'unknown' }],
  });
});

test('the copy to the sender goes out once, and not where the server files it itself', async (t) => {
  const copies = (settings: Partial<OutgoingServerContent>, to = [a]) => {
    const decided = decideEnvelope(request(to), serverContent(settings), 'default');
    return decided.kind === 'decided' ? decided.decisions.copies : undefined;
  };
  const copy = [{ address: 'erp@acme.example', rule: 'copy-to-sender' }];
  const host = (hostname: string) => ({
    copyToSender: 'auto' as const,
    smtp: { ...serverContent().smtp, hostname },
  });
  t.same(copies({ copyToSender: 'off' }), []);
  t.same(copies({ copyToSender: 'bcc' }), copy);
  t.same(copies({ copyToSender: 'bcc' }, ['erp@ACME.example', a]), [], 'is a recipient already');
  t.same(copies({ copyToSender: 'auto' }), copy);
  t.same(copies(host('smtp.office365.com')), []);
  t.same(copies(host('smtp-mail.Outlook.com')), []);
  t.same(copies(host('office365.com.example')), copy);
  t.same(copies({ copyToSender: 'auto', serverType: 'exchange' }), []);
});

const anyOutcome = fc.constantFrom<SendRecipient['outcome'][]>(
  'sent',
  'rejected',
  'deferred',
  'deferred',
  'unknown',
);

test('every recipient ends in exactly one outcome and nobody is sent to after one', async (t) => {
  const copied = { ...decisions, copies: [{ address: 'erp@acme.example', rule: 'copy-to-sender' as const }] };
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 120 }),
      fc.constantFrom('hold' as const, 'resend' as const),
      fc.infiniteStream(anyOutcome),
      fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
      fc.boolean(),
      (count, onUnknown, outcomes, lots, withCopy) => {
        const chosen = withCopy ? copied : decisions;
        let mail = mailAfter(
          Array.from({ length: count }, (_, n) => `r${n}@x.example`),
          [],
          { onUnknown },
        );
        let clockMs = acceptedAtMs;
        const final = new Map<string, string>();
        for (let number = 1; !isFinished(mail); number += 1) {
          const to = planEnvelope(mail, chosen);
          assert.ok(to.length > 0 && to.length <= 100);
          assert.ok(
            to.every((address) => !final.has(address)),
            'sent to again',
          );
          const results = to.map((address) => told(address, outcomes.next().value));
          const at = { nowMs: clockMs, jitter: lots.next().value };
          const next = afterAttempt(mail, { ...inHand(to, number), decisions: chosen }, result(results), at);
          for (const { address, outcome } of next.data.recipients) {
            if (outcome !== 'pending' && outcome !== 'deferred') {
              assert.ok(!final.has(address), 'a second outcome');
              final.set(address, outcome);
            }
          }
          mail = foldOutcome(mail, next, new Date(clockMs).toISOString());
          assert.equal(mail.state, next.data.state);
          clockMs = isFinished(mail) ? clockMs : Math.max(clockMs, mail.dueAtMs);
        }
        assert.equal(final.size, count + (withCopy ? 1 : 0));
        assert.deepEqual(
          Object.fromEntries(final),
          Object.fromEntries(mail.recipients.map(({ address, outcome }) => [address, outcome])),
        );
        assert.ok(clockMs <= acceptedAtMs + 5 * dayMs + 80 * minuteMs);
      },
    ),
    { numRuns: 60 },
  );
  t.pass('in every story');
});
