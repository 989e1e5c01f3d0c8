import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'tap';
import type { RecipientOutcome } from '@postausgang/contracts';
import { decideCommand } from '../../packages/mail/src/commands.ts';
import { planEnvelope } from '../../packages/mail/src/envelope.ts';
import type { MailCommand, MailEvent } from '../../packages/mail/src/mail-event.ts';
import {
  isFinished,
  isWaiting,
  type Mail,
  toInstant,
  type WaitingMail,
} from '../../packages/mail/src/mail.ts';
import { afterAttempt, type MailOutcome } from '../../packages/mail/src/outcome.ts';
import { openRecipients } from '../../packages/mail/src/recipients.ts';
import { expire, rescueUnfinished } from '../../packages/mail/src/without-attempt.ts';
import { acceptedAtMs, decisions, eventOf, fold, mailAfter, minuteMs, started } from './mail-events.ts';

/** What may happen to a mail: a command, an attempt, an attempt whose writer dies after the intent, or time passes. */
type Step =
  | { readonly kind: 'command'; readonly command: MailCommand }
  | {
      readonly kind: 'attempt' | 'dies';
      readonly outcomes: readonly ('sent' | 'rejected' | 'deferred' | 'unknown')[];
    }
  | { readonly kind: 'expires' };

const addresses = ['a@x.example', 'b@x.example', 'c@x.example'];
const wrong = fc.constantFrom(...addresses, 'd@x.example', 'nobody@x.example');
const named = fc.option(fc.uniqueArray(wrong, { minLength: 1, maxLength: 2 }), { nil: undefined });
const about = { mailId: 'mail-1' };
const resends = fc.record({
  recipients: fc.option(
    fc.array(fc.record({ address: wrong, correctedAddress: fc.option(wrong) }), {
      minLength: 1,
      maxLength: 2,
    }),
    { nil: undefined },
  ),
  force: fc.boolean(),
});
const commands: fc.Arbitrary<MailCommand> = fc.oneof(
  fc.constant(eventOf('mailHoldRequested', about)),
  fc.constant(eventOf('mailReleaseRequested', about)),
  fc.constant(eventOf('mailCancelRequested', about)),
  resends.map(({ recipients, force }) =>
    eventOf('mailResendRequested', { ...about, force, ...(recipients === undefined ? {} : { recipients }) }),
  ),
  fc
    .tuple(fc.constantFrom('sent' as const, 'not-sent' as const), fc.boolean(), named)
    .map(([outcome, resend, recipients]) =>
      eventOf('mailResolveRequested', {
        ...about,
        outcome,
        resend,
        ...(recipients === undefined ? {} : { recipients }),
      }),
    ),
);
const outcomes = fc.array(
  fc.constantFrom('sent' as const, 'rejected' as const, 'deferred' as const, 'unknown' as const),
  {
    minLength: 4,
    maxLength: 4,
  },
);
const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: commands.map((command) => ({ kind: 'command', command }) as const) },
  { weight: 3, arbitrary: outcomes.map((list) => ({ kind: 'attempt', outcomes: list }) as const) },
  { weight: 1, arbitrary: outcomes.map((list) => ({ kind: 'dies', outcomes: list }) as const) },
  { weight: 1, arbitrary: fc.constant({ kind: 'expires' } as const) },
);

interface World {
  mail: Mail;
  nowMs: number;
  /** Every event so far, for a repeat at any time. */
  events: MailEvent[];
  sentTo: Map<string, number>;
  forced: Set<string>;
}

function apply(world: World, event: MailEvent): void {
  world.events.push(event);
  world.mail = fold([event], world.mail) as Mail;
}

function outcomeEvent(world: World, { name, data }: MailOutcome, id: string): MailEvent {
  return eventOf(name, data, { id, time: new Date(world.nowMs).toISOString() }) as MailEvent;
}

function attempt(world: World, mail: WaitingMail, step: Extract<Step, { outcomes: unknown }>): void {
  const to = planEnvelope(mail, decisions);
  for (const address of to) {
    const had = world.sentTo.get(address) ?? 0;
    assert.ok(had === 0 || world.forced.has(address), `${address} has the mail already`);
  }
  const number = (mail.attempts.at(-1)?.number ?? 0) + 1;
  apply(world, { ...started(number, [...to]), id: `mail-1/run/attempt-${number}/started` });
  if (step.kind === 'dies' && world.mail.state === 'sending') {
    apply(
      world,
      outcomeEvent(
        world,
        rescueUnfinished(world.mail, context(world)),
        `mail-1/run/attempt-${number}/settled`,
      ),
    );
    return;
  }
  const recipients = to.map((address, index) => ({ address, outcome: step.outcomes[index] ?? 'sent' }));
  recipients
    .filter(({ outcome }) => outcome === 'sent')
    .forEach(({ address }) => {
      world.sentTo.set(address, (world.sentTo.get(address) ?? 0) + 1);
      world.forced.delete(address);
    });
  const inHand = {
    number,
    startedAt: toInstant(world.nowMs),
    settingsVersion: 1,
    decisions,
    messageId: '<1@x>',
    to,
  };
  const result = {
    kind: 'finished' as const,
    recipients,
    server: 's',
    tls: null,
    reply: null,
    failure: null,
  };
  const outcome = afterAttempt(mail, inHand, result, context(world));
  apply(world, outcomeEvent(world, outcome, `mail-1/run/attempt-${number}/outcome`));
}

const context = ({ nowMs }: World) => ({ nowMs, jitter: 0.5 });

function command(world: World, wish: MailCommand, n: number): void {
  const asked = { ...wish, id: `command-${n}` };
  const { mail } = world;
  const decision = decideCommand(asked, { mail, key: mail.key, nowMs: world.nowMs });
  if (decision.kind === 'declined') {
    return;
  }
  const { name, data } = decision.fact;
  const time = new Date(world.nowMs).toISOString();
  if (
    name === 'mailRequeued' &&
    asked.type === 'io.postausgang.mail-resend-requested.v1' &&
    asked.data.force === true
  ) {
    data.recipients.forEach(({ address }) => world.forced.add(address));
  }
  apply(world, eventOf(name, data, { id: `mail-1/answer/command-${n}`, time }) as MailEvent);
  assert.notDeepEqual(world.mail, mail, `${name} has an effect`);
  assert.equal(world.mail.history.length, Math.min(mail.history.length + 1, 50));
  if ('state' in data) {
    assert.equal(world.mail.state, world.mail.state === 'queued' ? 'queued' : data.state, name);
  }
  const repeated = decideCommand(asked, { mail: world.mail, key: mail.key, nowMs: world.nowMs });
  if (name === 'mailHeld' || name === 'mailReleased' || name === 'mailCancelled') {
    assert.deepEqual(
      [repeated.kind, 'code' in repeated ? repeated.code : ''],
      ['declined', null],
      `${name} again`,
    );
  }
}

function check({ mail }: World): void {
  const open = openRecipients(mail.recipients).length;
  assert.equal(isFinished(mail), open === 0, `${mail.state} with ${open} open recipients`);
  const outcomesLeft = mail.recipients.map(({ outcome }): RecipientOutcome => outcome);
  assert.ok(mail.state !== 'sent' || outcomesLeft.every((outcome) => outcome === 'sent'));
  assert.equal(new Set(mail.recipients.map(({ address }) => address)).size, mail.recipients.length);
}

test('whatever is asked and whatever happens, nobody gets a mail twice unless forced, and every mail ends', async (t) => {
  const seen = { generations: 0, forced: 0, corrected: 0, resolved: 0 };
  const property = fc.property(
    fc.array(steps, { minLength: 1, maxLength: 25 }),
    fc.constantFrom('hold' as const, 'resend' as const),
    fc.nat(),
    (history, onUnknown, pick) => {
      const mail = mailAfter(addresses, [], { onUnknown });
      const world: World = { mail, nowMs: acceptedAtMs, events: [], sentTo: new Map(), forced: new Set() };
      history.forEach((step, n) => {
        world.nowMs += minuteMs;
        if (step.kind === 'command') {
          command(world, step.command, n);
        } else if (step.kind === 'expires') {
          if (isWaiting(world.mail)) {
            const id = `mail-1/run/expired-${world.mail.generation}`;
            apply(world, outcomeEvent(world, expire(world.mail, null, context(world)), id));
          }
        } else if (isWaiting(world.mail)) {
          attempt(world, world.mail, step);
        }
        check(world);
        // What is published twice may come again at any later time, and must not change anything.
        const repeat = world.events.at(-1 - (pick % 6));
        if (repeat !== undefined) {
          assert.deepEqual(fold([repeat], world.mail), world.mail, `${repeat.type} again`);
        }
      });
      seen.generations += world.mail.generation - 1;
      seen.forced += world.forced.size;
      seen.corrected += world.mail.recipients.filter(
        ({ correctedFrom }) => correctedFrom !== undefined,
      ).length;
      seen.resolved += world.mail.recipients.filter(({ resolvedBy }) => resolvedBy !== undefined).length;
    },
  );
  fc.assert(property, { numRuns: 2000 });
  t.ok(
    Math.min(seen.generations, seen.forced, seen.corrected, seen.resolved) > 10,
    'the histories are worth it',
  );
  t.comment(seen);
});
