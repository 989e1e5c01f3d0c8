import { type Test, test } from 'tap';
import type { EventData, EventOf, MailRequested } from '@postausgang/contracts';
import { type CommandFact, decideCommand } from '../../packages/mail/src/commands.ts';
import { planEnvelope, withCorrections } from '../../packages/mail/src/envelope.ts';
import type { MailCommand, MailEvent } from '../../packages/mail/src/mail-event.ts';
import type { Mail } from '../../packages/mail/src/mail.ts';
import {
  acceptedAt,
  acceptedAtMs,
  dayMs,
  decisions,
  deferred,
  eventOf,
  failed,
  fold,
  held,
  mailAfter,
  minuteMs,
  released,
  request,
  sent,
  started,
  unknown,
} from './mail-events.ts';

const a = 'a@x.example';
const b = 'b@x.example';
const c = 'c@x.example';
const nowMs = acceptedAtMs + 10 * minuteMs;
const now = new Date(nowMs).toISOString();
const about = { mailId: 'mail-1', actor: 'A. Admin', reason: 'because' };

const wishes = {
  hold: () => eventOf('mailHoldRequested', about, { id: 'command-1' }),
  release: (more: Partial<EventData<'mailReleaseRequested'>> = {}) =>
    eventOf('mailReleaseRequested', { ...about, ...more }, { id: 'command-1' }),
  cancel: () => eventOf('mailCancelRequested', about, { id: 'command-1' }),
  resend: (more: Partial<EventData<'mailResendRequested'>> = {}) =>
    eventOf('mailResendRequested', { ...about, ...more }, { id: 'command-1' }),
  resolve: (more: Partial<EventData<'mailResolveRequested'>> = {}) =>
    eventOf('mailResolveRequested', { ...about, outcome: 'sent', ...more }, { id: 'command-1' }),
};

/** The event of a decision. */
const eventOfFact = ({ name, data }: CommandFact): MailEvent =>
  eventOf(name, data as never, { id: `answer-${(answers += 1)}`, time: now }) as never;
let answers = 0;

/** Given a mail, when somebody asks something of it, then there is a fact, a refusal, or nothing to do. */
function given(t: Test, mail: Mail | undefined) {
  return {
    when(command: MailCommand, { key = 'mail-1', atMs = nowMs } = {}) {
      const decision = decideCommand(command, { mail, key, nowMs: atMs });
      return {
        thenDeclined(code: string | null) {
          t.match(decision, { kind: 'declined', code }, `${command.type} of a ${mail?.state} mail`);
        },
        thenFact(name: CommandFact['name'], expected: object): Mail {
          t.match(decision, { kind: 'fact', fact: { name } }, `${command.type} of a ${mail?.state} mail`);
          if (decision.kind !== 'fact' || mail === undefined) throw new Error('no fact');
          const event = eventOfFact(decision.fact);
          const after = fold([event], mail) as Mail;
          t.match(after, expected);
          t.equal(fold([event], after), after, 'a repeat changes nothing');
          t.match(after.history.at(-1), { verb: verbOf(command), actor: 'A. Admin', reason: 'because' });
          return after;
        },
      };
    },
  };
}

const verbOf = ({ type }: MailCommand) => /mail-(\w+)-requested/.exec(type)?.[1];

const mail = (...events: readonly MailEvent[]): Mail => mailAfter([a, b], events);
const later = (n: number) => new Date(nowMs + n * minuteMs).toISOString();
const waits = mail(deferred(1, [{ address: a, outcome: 'deferred' }], later(5)));
const isSending = mail(started(1, [a, b]));
const isSent = mail(
  sent(
    1,
    [a, b].map((address) => ({ address, outcome: 'sent' as const })),
  ),
);
const partly = mail(
  sent(
    1,
    [
      { address: a, outcome: 'sent' },
      { address: b, outcome: 'rejected', reply: '550 no' },
    ],
    'partly-sent',
  ),
);
const isUnknown = mail(
  started(1, [a, b]),
  unknown(1, [
    { address: a, outcome: 'unknown' },
    { address: b, outcome: 'unknown' },
  ]),
);
const hasFailed = mail(
  failed(1, [
    { address: a, outcome: 'rejected' },
    { address: b, outcome: 'rejected' },
  ]),
);
const isDisabled = mail(held('h1'));

test('a waiting mail is held until it is released, whatever the settings do', (t) => {
  for (const one of [mail(), waits]) {
    const isHeld = given(t, one)
      .when(wishes.hold())
      .thenFact('mailHeld', { state: 'held', heldFor: 'requested' });
    given(t, isHeld).when(wishes.hold()).thenDeclined(null);
    t.equal(fold([released('r1')], isHeld), isHeld, 'switching sending on does not release it');
    const goesOn = given(t, isHeld).when(wishes.release()).thenFact('mailReleased', { state: one.state });
    given(t, goesOn).when(wishes.release()).thenDeclined(null);
    t.equal(
      goesOn.state === 'queued' || goesOn.state === 'deferred' ? goesOn.dueAtMs : 0,
      Reflect.get(one, 'dueAtMs'),
    );
  }
  given(t, isDisabled).when(wishes.hold()).thenFact('mailHeld', { state: 'held', heldFor: 'requested' });
  given(t, isDisabled).when(wishes.release()).thenDeclined('mail-disabled');
  given(t, isSending).when(wishes.hold()).thenDeclined('mail-sending');
  given(t, isSending).when(wishes.release()).thenDeclined(null);
  given(t, isSent).when(wishes.hold()).thenDeclined('mail-finished');
  given(t, isSent).when(wishes.release()).thenDeclined('mail-finished');
  t.end();
});

test('a mail whose notAfter has passed is not released into its end', (t) => {
  const isHeld = given(t, mail()).when(wishes.hold()).thenFact('mailHeld', { state: 'held' });
  const tooLate = { atMs: acceptedAtMs + 6 * dayMs };
  given(t, isHeld).when(wishes.release(), tooLate).thenDeclined('not-after-passed');
  given(t, isHeld)
    .when(wishes.release({ notAfter: acceptedAt }), tooLate)
    .thenDeclined('not-after-passed');
  given(t, isHeld)
    .when(wishes.release({ notAfter: '2026-02-30T00:00:00Z' }), tooLate)
    .thenDeclined('not-after-passed');
  const notAfter = '2026-12-24T00:00:00.000Z';
  given(t, isHeld)
    .when(wishes.release({ notAfter }), tooLate)
    .thenFact('mailReleased', { state: 'queued', notAfterMs: Date.parse(notAfter) });
  t.end();
});

test('cancelling ends those that wait, and nobody else', (t) => {
  const cancelled = given(t, mail())
    .when(wishes.cancel())
    .thenFact('mailCancelled', {
      state: 'cancelled',
      recipients: [{ outcome: 'cancelled' }, { outcome: 'cancelled' }],
    });
  given(t, cancelled).when(wishes.cancel()).thenDeclined(null);
  const someSent = mail(
    deferred(
      1,
      [
        { address: a, outcome: 'sent' },
        { address: b, outcome: 'deferred' },
      ],
      later(5),
    ),
  );
  given(t, someSent)
    .when(wishes.cancel())
    .thenFact('mailCancelled', {
      state: 'partly-sent',
      recipients: [{ outcome: 'sent' }, { outcome: 'cancelled' }],
    });
  given(t, isDisabled).when(wishes.cancel()).thenFact('mailCancelled', { state: 'cancelled' });
  given(t, isSending).when(wishes.cancel()).thenDeclined('mail-sending');
  given(t, isUnknown).when(wishes.cancel()).thenDeclined('mail-finished');
  t.match(
    fold([started(1, [a])], cancelled),
    { state: 'cancelled' },
    'an intent that comes too late begins nothing',
  );
  t.end();
});

test('a resend opens a generation for those that have not got the mail, and for nobody who has', (t) => {
  const again = given(t, partly)
    .when(wishes.resend())
    .thenFact('mailRequeued', {
      state: 'deferred',
      generation: 2,
      dueAtMs: nowMs,
      notAfterMs: nowMs + 5 * dayMs,
      retryCount: 0,
      recipients: [
        { address: a, outcome: 'sent' },
        { address: b, outcome: 'pending' },
      ],
      history: [
        {
          entry: 'requeued',
          recipients: [{ address: b, before: 'rejected', after: 'pending', reply: '550 no' }],
        },
      ],
    });
  t.same(planEnvelope(again, decisions), [b]);
  given(t, again).when(wishes.resend()).thenDeclined(null);
  given(t, isSent).when(wishes.resend()).thenDeclined('recipient-sent');
  given(t, partly)
    .when(wishes.resend({ recipients: [{ address: a }] }))
    .thenDeclined('recipient-sent');
  given(t, partly)
    .when(wishes.resend({ recipients: [{ address: c }] }))
    .thenDeclined('recipient-unknown');
  given(t, partly)
    .when(wishes.resend({ notAfter: acceptedAt }))
    .thenDeclined('not-after-passed');
  given(t, waits).when(wishes.resend()).thenDeclined('mail-not-finished');
  given(t, isUnknown).when(wishes.resend()).thenFact('mailRequeued', { state: 'deferred', generation: 2 });
  given(t, isSent)
    .when(wishes.resend({ recipients: [{ address: a }], force: true }))
    .thenFact('mailRequeued', {
      recipients: [
        { address: a, outcome: 'pending' },
        { address: b, outcome: 'sent' },
      ],
    });
  const never = given(t, mail()).when(wishes.cancel()).thenFact('mailCancelled', { state: 'cancelled' });
  given(t, never).when(wishes.resend()).thenFact('mailRequeued', { state: 'queued', generation: 2 });
  t.end();
});

test('a corrected recipient takes the place of the wrong one, in a message of its own', (t) => {
  const correction = { address: 'B@X.example'.replace('B', 'b'), correctedAddress: c };
  const again = given(t, hasFailed)
    .when(wishes.resend({ recipients: [{ address: a }, correction] }))
    .thenFact('mailRequeued', {
      recipients: [
        { address: a, outcome: 'pending' },
        { address: c, outcome: 'pending', correctedFrom: b },
      ],
    });
  t.same(planEnvelope(again, decisions), [a], 'those whose bytes stay the same go first');
  const asked = request([a, b]);
  t.equal(withCorrections(asked, again, [a]), asked);
  t.match(withCorrections(asked, again, [c]), { to: [{ address: a }, { address: c }] });
  const raw: MailRequested = { id: 'm', raw: 'x', envelope: { from: a, to: [b] } };
  t.equal(withCorrections(raw, again, [c]), raw, 'a finished message stays as it is');
  const rest = fold([sent(2, [{ address: a, outcome: 'sent' }])], again) as Mail;
  t.same(planEnvelope(rest, decisions), [c]);
  const done = fold([sent(3, [{ address: c, outcome: 'rejected' }])], rest) as Mail;
  t.match(done, { state: 'partly-sent', recipients: [{}, { address: c, correctedFrom: b }] });
  given(t, done)
    .when(wishes.resend({ recipients: [{ address: c, correctedAddress: 'd@x.example' }] }))
    .thenFact('mailRequeued', {
      generation: 3,
      recipients: [{}, { address: 'd@x.example', correctedFrom: b }],
    });
  for (const correctedAddress of [a, 'not an address', 'b@x>\r\nRCPT TO:<evil@x']) {
    given(t, hasFailed)
      .when(wishes.resend({ recipients: [{ address: b, correctedAddress }] }))
      .thenDeclined('correction-invalid');
  }
  const copies = [{ address: 'erp@acme.example', rule: 'copy-to-sender' as const }];
  const withCopy = mailAfter(
    [a],
    [
      started(1, [a], { copies }),
      failed(
        1,
        [a, 'erp@acme.example'].map((address) => ({ address, outcome: 'rejected' as const })),
      ),
    ],
  );
  given(t, withCopy)
    .when(wishes.resend({ recipients: [{ address: 'erp@acme.example', correctedAddress: c }] }))
    .thenDeclined('correction-invalid');
  t.end();
});

test('an unknown outcome is resolved once, by mail or by recipient', (t) => {
  given(t, isUnknown)
    .when(wishes.resolve())
    .thenFact('mailResolved', {
      state: 'sent',
      recipients: [{ outcome: 'sent', resolvedBy: 'person' }, { outcome: 'sent' }],
    });
  const one = given(t, isUnknown)
    .when(wishes.resolve({ outcome: 'not-sent', recipients: [b] }))
    .thenFact('mailResolved', {
      state: 'unknown',
      recipients: [{ outcome: 'unknown' }, { outcome: 'rejected' }],
    });
  given(t, one)
    .when(wishes.resolve({ recipients: [b] }))
    .thenDeclined('outcome-not-unknown');
  given(t, one)
    .when(wishes.resolve({ outcome: 'not-sent', recipients: [b] }))
    .thenDeclined(null);
  const both = given(t, one).when(wishes.resolve()).thenFact('mailResolved', { state: 'partly-sent' });
  given(t, both).when(wishes.resolve()).thenDeclined(null);
  t.equal(
    (fold([sent(1, [{ address: b, outcome: 'sent' }])], both) as Mail).recipients[1]?.outcome,
    'rejected',
    'superseded once',
  );
  given(t, isUnknown)
    .when(wishes.resolve({ outcome: 'not-sent', resend: true }))
    .thenFact('mailResolved', {
      state: 'deferred',
      generation: 2,
      recipients: [{ outcome: 'pending' }, { outcome: 'pending' }],
    });
  given(t, isUnknown)
    .when(wishes.resolve({ recipients: [c] }))
    .thenDeclined('recipient-unknown');
  given(t, hasFailed).when(wishes.resolve()).thenDeclined('outcome-not-unknown');
  given(t, isUnknown)
    .when(wishes.resolve({ outcome: 'not-sent', resend: true, notAfter: acceptedAt }))
    .thenDeclined('not-after-passed');
  const mixed = mail(
    started(1, [a]),
    unknown(1, [
      { address: a, outcome: 'unknown' },
      { address: b, outcome: 'deferred' },
    ]),
  );
  t.equal(mixed.state, 'deferred');
  given(t, mixed)
    .when(wishes.resolve())
    .thenFact('mailResolved', {
      state: 'deferred',
      recipients: [{ outcome: 'sent' }, { outcome: 'deferred' }],
    });
  t.end();
});

test('what is told of an earlier generation does not end the new one, but whoever is sent gets nothing more', (t) => {
  const requeue = { name: 'mailRequeued', data: { ...requeued([a, b]), round: 2 } } as const;
  const again = fold([eventOfFact(requeue)], isUnknown) as Mail;
  t.equal(fold([unknown(1, [{ address: a, outcome: 'unknown' }])], again), again, 'a repeat');
  const lateElsewhere = (outcome: 'sent' | 'rejected') => {
    const event = sent(1, [{ address: a, outcome }]);
    return fold([{ ...event, id: 'mail-1/other/attempt-1/outcome' }], again) as Mail;
  };
  t.equal(lateElsewhere('rejected').recipients[0]?.outcome, 'pending');
  t.match(lateElsewhere('sent'), {
    state: 'deferred',
    recipients: [{ outcome: 'sent' }, { outcome: 'pending' }],
  });
  const expired = failed(null, [], 'expired');
  const ended = fold([expired], again) as Mail;
  t.equal(ended.state, 'expired');
  const third = fold([eventOfFact({ name: 'mailRequeued', data: requeued([a, b]) })], ended) as Mail;
  t.equal(fold([expired], third), third, 'the end of an earlier generation');
  t.end();
});

function requeued(addresses: readonly string[]): EventData<'mailRequeued'> {
  const command = {
    id: 'c',
    source: '/test',
    verb: 'resend' as const,
    actor: null,
    requestedBy: null,
    reason: null,
  };
  return {
    mailId: 'mail-1',
    messageId: null,
    businessReference: null,
    metadata: {},
    round: 3,
    recipients: addresses.map((address) => ({ address, correctedAddress: null })),
    notAfter: later(60),
    command,
  };
}

test('a command for no mail, or that does not lie behind its mail, is refused', (t) => {
  given(t, undefined).when(wishes.hold()).thenDeclined('mail-unknown');
  given(t, mail()).when(wishes.hold(), { key: 'other' }).thenDeclined('wrong-key');
  t.end();
});

test('a refusal stands in the history, and the history is bounded', (t) => {
  const command = {
    id: 'x',
    source: '/test',
    verb: 'cancel' as const,
    actor: 'B',
    requestedBy: 'key-1',
    reason: 'r',
  };
  const declined = (n: number, code: 'mail-sending' | null): EventOf<'mailCommandDeclined'> =>
    eventOf('mailCommandDeclined', { mailId: 'mail-1', command, code, detail: 'd' }, { id: `d${n}` });
  const after = fold(
    Array.from({ length: 60 }, (_, n) => declined(n, 'mail-sending')),
    mail(),
  ) as Mail;
  t.equal(after.history.length, 50);
  t.match(after.history[0], {
    entry: 'declined',
    verb: 'cancel',
    actor: 'B',
    requestedBy: 'key-1',
    detail: 'mail-sending',
  });
  const same = mail();
  t.equal(fold([declined(1, null)], same), same, 'that there was nothing to do is no news');
  t.match(
    fold(
      [
        eventOf('mailLookupEnded', {
          ...about,
          messageId: null,
          businessReference: null,
          metadata: {},
          reason: 'unsupported',
        } as never),
      ],
      isUnknown,
    ),
    {
      lookupEnded: true,
      history: [{ entry: 'lookup-ended', verb: null, detail: 'unsupported' }],
    },
  );
  t.end();
});
