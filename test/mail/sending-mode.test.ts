import assert from 'node:assert/strict';
import type { Decisions, RecipientResult } from '@postausgang/contracts';
import { decideEnvelope, liveMode } from '@postausgang/mail';
import { defaultContent, isKept, type SendingModeNow } from '@postausgang/settings';
import fc from 'fast-check';
import { test } from 'tap';
import { decideCommand } from '../../packages/mail/src/commands.ts';
import { planEnvelope } from '../../packages/mail/src/envelope.ts';
import type { MailCommand, MailEvent } from '../../packages/mail/src/mail-event.ts';
import { isWaiting, type Mail, toInstant, type WaitingMail } from '../../packages/mail/src/mail.ts';
import { afterAttempt, interrupted, type MailOutcome } from '../../packages/mail/src/outcome.ts';
import {
  deliveryOf,
  heldByMode,
  intentFor,
  resultFor,
  returnPathOf,
} from '../../packages/mail/src/sending-mode.ts';
import type { FinishedSend } from '../../packages/mail/src/transport.ts';
import { expire, rescueUnfinished } from '../../packages/mail/src/without-attempt.ts';
import { about, acceptedAtMs, eventOf, fold, mailAfter, minuteMs, request, started } from './mail-events.ts';

const recipients = ['a@x.example', 'b@x.example', 'A@Y.example', 'c@keep.example'];
const fresh = ['d@z.example', 'e@keep.example', 'f@sub.keep.example'];
const target = fc.constantFrom('test@qa.example', 'other@qa.example', 'a@x.example');
const keep = fc.subarray(['keep.example', '*.keep.example', 'a@Y.EXAMPLE', 'x.example']);

type Change = Pick<SendingModeNow, 'mode' | 'to' | 'keep'>;

const live: Change = { mode: 'live', to: [], keep: [] };
const hold: Change = { mode: 'hold', to: [], keep: [] };

const change: fc.Arbitrary<Change> = fc.oneof(
  fc.constant(live),
  fc.constant(hold),
  fc.record({
    mode: fc.constant('redirect' as const),
    to: fc.uniqueArray(target, { minLength: 0, maxLength: 3 }),
    keep,
  }),
);

const outcome = fc.constantFrom('sent', 'rejected', 'deferred', 'unknown');
type Outcome = FinishedSend['recipients'][number]['outcome'];

const commands: fc.Arbitrary<MailCommand> = fc.oneof(
  fc.constant(eventOf('mailHoldRequested', about)),
  fc.constant(eventOf('mailReleaseRequested', about)),
  fc
    .record({
      force: fc.boolean(),
      confirmRedirected: fc.boolean(),
      named: fc.option(fc.constantFrom(...recipients)),
      correctedAddress: fc.option(fc.constantFrom(...fresh)),
    })
    .map(({ force, confirmRedirected, named, correctedAddress }) =>
      eventOf('mailResendRequested', {
        ...about,
        force,
        confirmRedirected,
        ...(named === null ? {} : { recipients: [{ address: named, correctedAddress }] }),
      }),
    ),
  fc
    .record({ isSent: fc.boolean(), resend: fc.boolean() })
    .map(({ isSent, resend }) =>
      eventOf('mailResolveRequested', { ...about, outcome: isSent ? 'sent' : 'not-sent', resend }),
    ),
);

/** What may happen: another mode, a command, an attempt in several ways, the writer dies, or time runs out. */
type Step =
  | { readonly kind: 'mode'; readonly change: Change }
  | { readonly kind: 'command'; readonly command: MailCommand }
  | { readonly kind: 'attempt' | 'dies' | 'breaks-off'; readonly outcomes: readonly Outcome[] }
  | { readonly kind: 'expires' };

const outcomes: fc.Arbitrary<readonly Outcome[]> = fc.array(outcome as fc.Arbitrary<Outcome>, {
  minLength: 3,
  maxLength: 3,
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: change.map((to) => ({ kind: 'mode', change: to }) as const) },
  { weight: 3, arbitrary: commands.map((command) => ({ kind: 'command', command }) as const) },
  {
    weight: 4,
    arbitrary: fc
      .tuple(fc.constantFrom('attempt' as const, 'dies' as const, 'breaks-off' as const), outcomes)
      .map(([kind, list]) => ({ kind, outcomes: list })),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'expires' } as const) },
);

interface World {
  mail: Mail;
  mode: SendingModeNow;
  nowMs: number;
  readonly decisions: Decisions;
  /** How many attempts have begun. */
  attempts: number;
}

const jitter = 0.5;

function apply(world: World, name: string, event: MailOutcome): void {
  const time = toInstant(world.nowMs);
  world.mail = fold([eventOf(event.name, event.data, { id: name, time }) as MailEvent], world.mail) as Mail;
}

function switchTo(world: World, { mode, to, keep: kept }: Change): void {
  const { mode: before } = world;
  const isSame = before.mode === mode;
  const wasRedirecting = before.mode === 'redirect' && mode !== 'redirect';
  world.mode = {
    mode,
    to,
    keep: kept,
    version: before.version + 1,
    sinceMs: isSame ? before.sinceMs : world.nowMs,
    redirectedUntilMs: mode === 'redirect' ? null : wasRedirecting ? world.nowMs : before.redirectedUntilMs,
  };
}

/** Whoever is in an envelope while mail is redirected is a target or kept. */
function assertInside({ mode }: World, addresses: readonly string[]): void {
  if (mode.mode !== 'redirect') return;
  for (const address of addresses) {
    assert.ok(mode.to.includes(address) || isKept(mode, address), `${address} is asked for`);
  }
}

function attempt(
  world: World,
  mail: WaitingMail,
  { kind, outcomes: list }: Extract<Step, { outcomes: unknown }>,
) {
  if (heldByMode(world.mode, mail) !== null) return;
  const { decisions, mode } = world;
  const next = planEnvelope(mail, decisions);
  if (next.length === 0) return;
  const delivery = deliveryOf(mode, next);
  assertInside(world, delivery.to);
  assertInside(world, [
    returnPathOf(mode, { envelopeFrom: 'bounces@out.example', author: decisions.from.address }),
  ]);
  world.attempts += 1;
  const number = (mail.attempts.at(-1)?.number ?? 0) + 1;
  const accepted = intentFor(delivery, { accepted: delivery.to, server: 's', tls: null }).accepted;
  const redirection = delivery.isRedirected
    ? { redirection: { kind: 'message' as const, to: delivery.to } }
    : {};
  const inFlight = {
    number,
    startedAt: toInstant(world.nowMs),
    settingsVersion: 1,
    decisions,
    messageId: '<1@acme.example>',
    to: delivery.for,
    ...redirection,
  };
  const context = { nowMs: world.nowMs, jitter };
  const id = `mail-1/run/${mail.version}/attempt-${number}`;
  if (kind === 'breaks-off') {
    apply(world, `${id}/outcome`, interrupted(mail, inFlight, { server: 's', tls: null }, context));
    return;
  }
  const intent = started(number, [...accepted], decisions);
  const data = delivery.isRedirected ? { ...intent.data, deliveredTo: [...delivery.to] } : intent.data;
  world.mail = fold([{ ...intent, id: `${id}/started`, data }], world.mail) as Mail;
  if (kind === 'dies' && world.mail.state === 'sending') {
    apply(world, `${id}/settled`, rescueUnfinished(world.mail, context));
    return;
  }
  const told = delivery.to.map((address, index) => ({ address, outcome: list[index % 3] ?? 'sent' }));
  const result = {
    kind: 'finished',
    recipients: told,
    server: 's',
    tls: null,
    reply: null,
    failure: null,
  } as const;
  const judged = resultFor(delivery, result);
  if (judged.kind === 'finished')
    apply(world, `${id}/outcome`, afterAttempt(mail, inFlight, judged, context));
}

function command(world: World, asked: MailCommand, id: number): void {
  const { mail, nowMs, mode: sendingMode } = world;
  const decision = decideCommand(
    { ...asked, id: `command-${id}` },
    { mail, key: mail.key, nowMs, sendingMode },
  );
  if (decision.kind !== 'fact') return;
  const { name, data } = decision.fact;
  const event = eventOf(name, data, { id: `answer-${id}`, time: toInstant(nowMs) }) as MailEvent;
  world.mail = fold([event], mail) as Mail;
}

/** Recipients that other addresses have, or may have, the mail of. */
const isRedirected = ({ deliveredTo }: RecipientResult): boolean => deliveredTo !== undefined;

function take(world: World, one: Step, index: number): void {
  world.nowMs += minuteMs;
  switch (one.kind) {
    case 'mode':
      switchTo(world, one.change);
      return;
    case 'command':
      command(world, one.command, index);
      return;
    case 'expires':
      if (isWaiting(world.mail)) {
        apply(world, `expired-${index}`, expire(world.mail, null, { nowMs: world.nowMs, jitter }));
      }
      return;
    default:
      if (isWaiting(world.mail)) attempt(world, world.mail, one);
  }
}

/** The mail as a module asks for it, and what an old attempt has decided about it. */
function begin(first: Change): World {
  const asked = request(recipients.slice(0, 2), {
    cc: [{ address: 'A@Y.example' }],
    bcc: [{ address: 'c@keep.example' }],
  });
  const settings = {
    ...defaultContent,
    senderAddress: { address: 'erp@acme.example' },
    copyToSender: 'bcc' as const,
  };
  const decision = decideEnvelope(asked, settings, 'default');
  assert.equal(decision.kind, 'decided');
  const decisions = (decision as Extract<typeof decision, { kind: 'decided' }>).decisions;
  const mail = mailAfter(recipients.slice(0, 2), [], {
    cc: [{ address: 'A@Y.example' }],
    bcc: [{ address: 'c@keep.example' }],
  });
  const world: World = { mail, mode: liveMode, nowMs: acceptedAtMs, decisions, attempts: 0 };
  switchTo(world, first);
  return world;
}

test('while mail is redirected, no history asks the server for anybody else', (t) => {
  let attempts = 0;
  fc.assert(
    fc.property(change, fc.array(step, { maxLength: 30 }), (first, steps) => {
      const world = begin(first);
      steps.forEach((one, index) => take(world, one, index));
      attempts += world.attempts;
    }),
    { numRuns: 3000 },
  );
  t.ok(attempts > 0, 'attempts were made');
  t.end();
});

test('back to live, nothing that was redirected reaches its recipient unless somebody says so', (t) => {
  let waited = 0;
  const redirect: Change = { mode: 'redirect', to: ['test@qa.example'], keep: [] };
  const quiet = step.filter((one) => one.kind !== 'mode' && one.kind !== 'command');
  fc.assert(
    fc.property(fc.array(quiet, { maxLength: 6 }), fc.array(quiet, { maxLength: 6 }), (before, after) => {
      const world = begin(redirect);
      before.forEach((one, index) => take(world, one, index));
      world.nowMs += minuteMs;
      switchTo(world, live);
      const { attempts } = world;
      after.forEach((one, index) => take(world, one, before.length + index));
      assert.equal(world.attempts, attempts, 'no attempt is made');
      if (isWaiting(world.mail)) {
        waited += 1;
        assert.equal(heldByMode(world.mode, world.mail), 'redirected');
      }
    }),
    { numRuns: 2000 },
  );
  t.ok(waited > 0);
  t.end();
});

test('a resend of what was redirected needs a confirmation where it would reach the recipient', (t) => {
  const redirect: Change = { mode: 'redirect', to: ['test@qa.example'], keep: ['keep.example'] };
  const world = begin(redirect);
  const all = { kind: 'attempt', outcomes: ['sent', 'sent', 'sent'] } as const;
  for (let index = 0; index < 3; index += 1) take(world, all, index);
  t.equal(world.mail.state, 'sent');
  t.equal(world.mail.recipients.filter(isRedirected).length, 4);
  const resend = (sendingMode: SendingModeNow, more: object) =>
    decideCommand(eventOf('mailResendRequested', { ...about, ...more }), {
      mail: world.mail,
      key: world.mail.key,
      nowMs: world.nowMs,
      sendingMode,
    });
  t.match(resend(world.mode, { force: true }), { kind: 'fact' }, 'it is redirected again');
  t.match(resend(liveMode, { force: true }), { code: 'mail-redirected' });
  const confirmed = resend(liveMode, { confirmRedirected: true });
  t.match(confirmed, { kind: 'fact', fact: { name: 'mailRequeued' } });
  t.equal(
    confirmed.kind === 'fact' && 'recipients' in confirmed.fact.data
      ? confirmed.fact.data.recipients.length
      : 0,
    4,
    'whoever was kept has it already',
  );
  t.end();
});

test('what came of several targets counts by the best of them', (t) => {
  const mode: SendingModeNow = { ...liveMode, mode: 'redirect', to: ['one@qa.example', 'two@qa.example'] };
  const delivery = deliveryOf(mode, ['a@x.example', 'b@x.example']);
  const of = (first: Outcome, second: Outcome) => {
    const told = [
      { address: 'one@qa.example', outcome: first },
      { address: 'two@qa.example', outcome: second },
    ];
    const result = resultFor(delivery, {
      kind: 'finished',
      recipients: told,
      server: 's',
      tls: null,
      reply: null,
      failure: null,
    });
    return result.kind === 'finished' ? result.recipients.map((one) => `${one.address} ${one.outcome}`) : [];
  };
  t.same(of('rejected', 'sent'), ['a@x.example sent', 'b@x.example sent']);
  t.same(of('sent', 'unknown'), ['a@x.example unknown', 'b@x.example unknown']);
  t.same(of('rejected', 'deferred'), ['a@x.example deferred', 'b@x.example deferred']);
  t.same(of('rejected', 'rejected'), ['a@x.example rejected', 'b@x.example rejected']);
  t.end();
});
