import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'tap';
import type { RecipientResult } from '@postausgang/contracts';
import { evolve } from '../../packages/mail/src/evolve.ts';
import type { MailEvent } from '../../packages/mail/src/mail-event.ts';
import { judgeRequest, type MailRow } from '../../packages/mail/src/mail.ts';
import { requestedRecipients } from '../../packages/mail/src/recipients.ts';
import { mailStatus, mailSummary } from '../../packages/mail/src/status.ts';
import {
  about,
  acceptedAt,
  acceptedAtMs,
  attempt,
  dayMs,
  deferred,
  eventOf,
  failed,
  fold,
  held,
  mailAfter,
  minuteMs,
  place,
  released,
  request,
  sent,
  started,
  unknown,
} from './mail-events.ts';

const a = 'a@x.example';
const b = 'b@x.example';
const at = (offsetMs: number) => new Date(acceptedAtMs + offsetMs).toISOString();
const one = (address: string, outcome: RecipientResult['outcome']): RecipientResult => ({ address, outcome });
const moment = { inFlight: false, waitingFor: null };

test('a request becomes a queued mail', async (t) => {
  const mail = mailAfter([a, b], [], { businessReference: 'invoice/1', metadata: { client: '100' } });
  t.match(mail, {
    state: 'queued',
    request: { partition: 0, offset: 7 },
    key: 'mail-1',
    dueAtMs: acceptedAtMs,
    notAfterMs: acceptedAtMs + 5 * dayMs,
    onUnknown: null,
    recipients: [one(a, 'pending'), one(b, 'pending')],
  });
  t.match(mailStatus(mail, moment), {
    id: 'mail-1',
    state: 'queued',
    acceptedAt,
    nextAttemptAt: acceptedAt,
    businessReference: 'invoice/1',
    metadata: { client: '100' },
    subject: 'Hi',
    decisions: null,
    waitingFor: null,
  });
});

test('a request says when it may go and when it is too late', async (t) => {
  const mail = mailAfter([a], [], {
    sendAt: at(minuteMs),
    notAfter: at(dayMs),
    orderingKey: 'k',
    onUnknown: 'resend',
  });
  t.match(mail, { dueAtMs: acceptedAtMs + minuteMs, notAfterMs: acceptedAtMs + dayMs, orderingKey: 'k' });
  t.equal(mail.onUnknown, 'resend');
  const far = mailAfter([a], [], { sendAt: at(30 * dayMs) });
  t.equal(far.notAfterMs, acceptedAtMs + 35 * dayMs, 'it may be tried for five days from then on');
  const odd = mailAfter([a], [], { sendAt: '2026-13-77T00:00:00Z', notAfter: null });
  t.match(
    odd,
    { dueAtMs: acceptedAtMs, notAfterMs: acceptedAtMs + 5 * dayMs },
    'steps over times that do not exist',
  );
});

test('recipients are To, Cc and Bcc without repeats, domains compared without case', async (t) => {
  const all = requestedRecipients({
    id: 'm',
    to: [{ address: a }, { address: 'a@X.EXAMPLE' }],
    cc: [{ address: 'A@x.example' }],
    bcc: [{ address: b }, { address: a }],
  });
  t.same(all, [a, 'A@x.example', b]);
  const raw = requestedRecipients({ id: 'm', raw: '', envelope: { from: a, to: [b, 'b@X.example'] } });
  t.same(raw, [b]);
});

test('an intent makes it sending, its outcome ends it', async (t) => {
  const sending = mailAfter([a], [started(1, [a])]);
  t.match(sending, {
    state: 'sending',
    intents: [{ number: 1, accepted: [a] }],
    messageId: '<1@acme.example>',
  });
  t.equal(sending.attempts.at(-1)?.endedAt, null);
  const done = mailAfter([a], [started(1, [a]), sent(1, [{ ...one(a, 'sent'), reply: '250 ok' }])]);
  t.match(done, { state: 'sent', recipients: [{ address: a, outcome: 'sent', reply: '250 ok' }] });
  t.equal(done.attempts.length, 1);
  t.equal(done.attempts[0]?.outcome, 'sent');
});

test('some sent and some refused is partly sent; none sent is failed or expired', async (t) => {
  t.equal(
    mailAfter([a, b], [sent(1, [one(a, 'sent'), one(b, 'rejected')], 'partly-sent')]).state,
    'partly-sent',
  );
  t.equal(mailAfter([a], [failed(1, [one(a, 'rejected')])]).state, 'failed');
  t.equal(mailAfter([a], [failed(null, [one(a, 'expired')], 'expired')]).state, 'expired');
  const unnamed = mailAfter([a, b], [failed(null, [], 'expired')]);
  t.match(
    unnamed.recipients,
    [{ outcome: 'expired' }, { outcome: 'expired' }],
    'failed leaves nobody waiting',
  );
});

test('deferred waits until the named time and grows more patient', async (t) => {
  const mail = mailAfter([a, b], [deferred(1, [one(a, 'sent'), one(b, 'deferred')], at(5 * minuteMs))]);
  t.match(mail, { state: 'deferred', dueAtMs: acceptedAtMs + 5 * minuteMs, retryCount: 1 });
  t.equal(mailStatus(mail, moment).waitingFor?.code, 'recipient-deferred');
  const atOnce = mailAfter([a, b], [deferred(1, [one(a, 'sent')], at(1000))]);
  t.match(atOnce, { state: 'deferred', retryCount: 0, dueAtMs: acceptedAtMs + 1000 });
});

test('a hold lasts until its release; repeats of either change nothing', async (t) => {
  const mail = mailAfter([a], [held('h1')]);
  t.match(mail, { state: 'held', heldFor: 'mail-disabled', holds: 1 });
  t.equal(mailSummary(mail, moment).heldFor, 'mail-disabled');
  t.equal(fold([released('r1')], mail)?.state, 'queued');
  t.equal(fold([released('r1'), held('h1')], mail)?.state, 'queued');
  t.equal(fold([released('r1'), held('h2'), released('r1')], mail)?.state, 'held');
  const tried = mailAfter([a], [deferred(1, [one(a, 'deferred')], at(minuteMs)), held('h1'), released('r1')]);
  t.match(tried, { state: 'deferred', dueAtMs: acceptedAtMs + minuteMs });
  t.equal(mailAfter([a], [sent(1, [one(a, 'sent')]), held('h1')]).state, 'sent');
});

test('an unknown outcome is superseded once by a certain one', async (t) => {
  const mail = mailAfter([a], [started(1, [a]), unknown(1, [one(a, 'unknown')])]);
  t.equal(mail.state, 'unknown');
  const certain = fold([sent(1, [one(a, 'sent')])], mail);
  t.match(certain, { state: 'sent', attempts: [{ outcome: 'sent' }] });
  t.equal(fold([failed(1, [one(a, 'rejected')])], certain)?.state, 'sent');
  t.equal(fold([deferred(1, [one(a, 'deferred')], at(0))], mail)?.state, 'unknown');
});

/** The same event as another writer's. */
const by = <E extends MailEvent>(run: string, event: E, number = 1): E => ({
  ...event,
  id: `mail-1/${run}/attempt-${number}/${event.type.includes('started') ? 'started' : 'outcome'}`,
});

test('of two writers of one attempt number, neither ends or hides what the other one does', async (t) => {
  const startedA = by('A', started(1, [a]));
  const startedB = by('B', started(1, [a]));
  const interruptedA = by('A', deferred(1, [one(a, 'deferred')], at(1000)));
  const sentB = by('B', sent(1, [one(a, 'sent')]));
  const orders = [
    [startedA, startedB, interruptedA, sentB],
    [startedB, startedA, interruptedA, sentB],
    [startedA, interruptedA, startedB, sentB],
    [startedA, startedB, sentB, interruptedA],
    [startedB, sentB, startedA, interruptedA],
    [startedA, interruptedA, sentB],
  ];
  for (const order of orders) {
    const before = mailAfter([a], order.slice(0, order.indexOf(sentB)));
    if (order.includes(startedB)) {
      t.match(before, { state: 'sending', attempts: [{ number: 1, outcome: null }] });
    }
    const after = mailAfter([a], order);
    t.match(after, { state: 'sent', attempts: [{ number: 1, outcome: 'sent' }] });
    t.same(fold(order, after), after, 'repeats change nothing');
  }
});

test('what is certain supersedes what another writer did not know; less than that does not', async (t) => {
  const unknownA = by('A', unknown(1, [one(a, 'unknown')]));
  const open = [by('A', started(1, [a])), by('B', started(1, [a]))];
  const waiting = mailAfter([a], [...open, unknownA]);
  t.match(waiting, { state: 'sending', intents: [{ attempt: 'mail-1/B/attempt-1' }] });
  const deferredB = by('B', deferred(1, [one(a, 'deferred')], at(1000)));
  t.equal(fold([deferredB], waiting)?.state, 'unknown', 'nobody sends it again');
  t.equal(fold([by('B', sent(1, [one(a, 'sent')]))], waiting)?.state, 'sent');
  t.equal(fold([by('B', failed(1, [one(a, 'rejected')]))], waiting)?.state, 'failed');
  const older = mailAfter([a], [by('B', deferred(3, [one(a, 'deferred')], at(1000)), 3)]);
  t.equal(fold([by('A', sent(1, [one(a, 'sent')]))], older)?.state, 'sent', 'whatever the number');
  const beside = mailAfter([a, b], [...open, by('A', failed(1, [one(a, 'rejected')]))]);
  t.match(beside, { state: 'sending', recipients: [one(a, 'rejected'), one(b, 'pending')] });
  const putOff = deferred(1, [one(a, 'deferred')], at(0));
  const idle = { ...putOff, data: { ...putOff.data, attempt: null } };
  t.equal(mailAfter([a], [by('A', started(1, [a])), idle]).state, 'sending');
});

test('recipients that wait beside unknown ones are tried again on the schedule', async (t) => {
  const mail = mailAfter([a, b], [unknown(1, [one(a, 'unknown'), one(b, 'deferred')])]);
  t.match(mail, { state: 'deferred', dueAtMs: acceptedAtMs + 1000 + 5 * minuteMs, retryCount: 1 });
  t.equal(fold([sent(2, [one(b, 'sent')], 'unknown')], mail)?.state, 'unknown');
});

test('copies that were decided on become recipients', async (t) => {
  const copy = 'erp@acme.example';
  const mail = mailAfter(
    [a],
    [started(1, [a, copy], { copies: [{ address: copy, rule: 'copy-to-sender' }] })],
  );
  t.same(mail.recipients, [one(a, 'pending'), one(copy, 'pending')]);
  t.equal(mail.decisions?.copies.length, 1);
  t.equal(fold([sent(1, [one(a, 'sent')])], mail)?.state, 'deferred', 'the copy is still to be sent');
});

test('the refusal of the request ends it, the refusal of another record with its id does not', async (t) => {
  const refused = (offset: number) =>
    eventOf('mailRefused', {
      mailId: 'mail-1',
      request: { partition: 0, offset },
      code: 'invalid',
      detail: '',
    });
  t.match(mailAfter([a], [refused(7)]), {
    state: 'failed',
    recipients: [{ outcome: 'rejected', failure: { code: 'message-uncomposable' } }],
  });
  t.equal(mailAfter([a], [refused(8)]).state, 'queued');
});

test('a second request with the id is a repeat or a conflict', async (t) => {
  const mail = mailAfter([a], []);
  t.equal(judgeRequest(undefined, request([a])), 'new');
  t.equal(judgeRequest(mail, request([a])), 'repeat');
  t.equal(judgeRequest(mail, request([a], { payloadDigest: 'other' })), 'conflict');
  t.equal(evolve(mail, eventOf('mailRequested', request([b])), { ...place, offset: 9 }), mail);
});

test('status shows what the dispatcher knows', async (t) => {
  const mail = mailAfter([a], []);
  const standstill = { code: 'connection-refused', en: 'x', de: 'x' } as const;
  t.equal(mailStatus(mail, { inFlight: true, waitingFor: null }).state, 'sending');
  t.same(mailStatus(mail, { inFlight: false, waitingFor: standstill }).waitingFor, standstill);
  const done = mailAfter([a], [sent(1, [one(a, 'sent')])]);
  t.match(mailStatus(done, { inFlight: true, waitingFor: standstill }), {
    state: 'sent',
    waitingFor: null,
    nextAttemptAt: null,
  });
});

/** What a mailer could have written about a mail of two recipients, in causal order. */
const anyStory = fc
  .array(fc.constantFrom('deferred', 'unknown-one', 'hold', 'sent-one'), { maxLength: 6 })
  .chain((steps) =>
    fc.constantFrom('sent', 'failed', 'expired', 'intent', 'open').map((end) => story(steps, end)),
  );

function story(steps: readonly string[], end: string): MailEvent[] {
  const number = steps.length + 1;
  const ends: Record<string, MailEvent[]> = {
    sent: [sent(number, [one(a, 'sent'), one(b, 'sent')])],
    failed: [failed(number, [])],
    intent: [started(number, [a, b])],
    expired: [failed(null, [], 'expired')],
  };
  return [...steps.flatMap((step, index) => storyStep(step, index + 1)), ...(ends[end] ?? [])];
}

function storyStep(step: string, number: number): MailEvent[] {
  switch (step) {
    case 'deferred':
      return [started(number, [a]), deferred(number, [one(a, 'deferred')], at(number * minuteMs))];
    case 'unknown-one':
      return [started(number, [a]), unknown(number, [one(a, 'unknown')])];
    case 'hold':
      return [held(`h${number}`), released(`r${number}`)];
    default:
      return [started(number, [b]), deferred(number, [one(b, 'sent')], at(number * minuteMs))];
  }
}

const requested = eventOf('mailRequested', request([a, b]));

test('a repeat of any earlier event changes nothing, wherever it comes', async (t) => {
  fc.assert(
    fc.property(anyStory, fc.array(fc.nat(), { maxLength: 5 }), (events, repeats) => {
      const all = [requested, ...events];
      const doubled = all.flatMap((event, index) => [
        event,
        ...repeats.filter((n) => n % all.length === index).map((n) => all[n % (index + 1)] ?? event),
      ]);
      assert.deepEqual(fold(doubled), fold(all));
      assert.deepEqual(fold([...all, ...all]), fold(all), 'the whole story again');
    }),
  );
  t.pass('in every story');
});

test('events that come before their request are folded after it', async (t) => {
  fc.assert(
    fc.property(anyStory, fc.nat(), (events, n) => {
      const early = n % (events.length + 1);
      const late = [...events.slice(0, early), requested, ...events.slice(early)];
      assert.deepEqual(fold(late), fold([requested, ...events]));
    }),
  );
  t.equal(fold([sent(1, [])])?.state, 'awaited');
  t.equal(fold(Array.from({ length: 150 }, () => sent(1, [])))?.state, 'awaited', 'keeps only so many');
});

test('no order of events makes the fold throw or takes back what was sent', async (t) => {
  const sentTo = (row: MailRow | undefined): readonly string[] =>
    row === undefined || row.state === 'awaited'
      ? []
      : row.recipients.filter(({ outcome }) => outcome === 'sent').map(({ address }) => address);
  fc.assert(
    fc.property(
      anyStory.chain((events) => fc.shuffledSubarray([requested, ...events, ...events])),
      (events) => {
        let row: MailRow | undefined;
        for (const event of events) {
          const before = sentTo(row);
          row = evolve(row, event, place);
          const after = sentTo(row);
          assert.ok(before.every((address) => after.includes(address)));
          assert.ok(
            row === undefined || row.state === 'awaited' || mailStatus(row, moment).state === row.state,
          );
        }
      },
    ),
  );
  t.pass('in every order');
});

test('the fold is total', async (t) => {
  const refusal = {
    mailId: null,
    request: { partition: 0, offset: 0 },
    code: 'unreadable',
    detail: '',
  } as const;
  t.equal(evolve(undefined, eventOf('mailRefused', refusal), place), undefined);
  const stranger = [one('stranger@x.example', 'sent')];
  const odd = {
    ...about,
    state: 'deferred',
    attempt: attempt(1),
    decisions: null,
    recipients: stranger,
  } as const;
  const event = eventOf('mailDeferred', { ...odd, nextAttemptAt: '2026-99-99T00:00:00Z', failure: null });
  t.equal(mailAfter([a], [{ ...event, time: 'no time' }]).state, 'deferred');
  const timeless = fold([eventOf('mailRequested', request([]), { time: 'never' })]);
  t.match(timeless, { state: 'queued', acceptedAtMs: 0 });
});

test('a mail from a backup is released by a person, and not by switching sending on', async (t) => {
  const restored = (id: string) => eventOf('mailHeld', { ...about, reason: 'restored' }, { id });
  const byPerson = eventOf('mailReleased', { ...about, reason: 'requested' }, { id: 'r2' });
  t.match(mailAfter([a], [restored('h')]), { state: 'held', heldFor: 'restored' });
  t.match(mailAfter([a], [held('h1'), restored('h2')]), { heldFor: 'restored' }, 'whatever held it before');
  t.match(mailAfter([a], [restored('h'), released('r1')]), { state: 'held', heldFor: 'restored' });
  t.match(mailAfter([a], [restored('h'), released('r1'), byPerson]), { state: 'queued' });
});
