/** The engine's decisions, with nothing running: given facts, when a pass is planned, then steps. */
import { failure } from '@postausgang/contracts';
import fc from 'fast-check';
import { test } from 'tap';
import { evolve } from '../../../packages/mail/src/evolve.ts';
import type { MailCommand } from '../../../packages/mail/src/mail-event.ts';
import type { Mail, SendingMail, WaitingMail } from '../../../packages/mail/src/mail.ts';
import type { Serving } from '../../../services/mailer/src/apply/applier.ts';
import type { OpenCommand } from '../../../services/mailer/src/engine/commands.ts';
import { type Facts, plan, type Step, type Sweep } from '../../../services/mailer/src/engine/plan.ts';
import {
  about,
  acceptedAtMs,
  attempt,
  decisions,
  eventOf,
  minuteMs,
  place,
  request,
} from '../../mail/mail-events.ts';
import { active, createTransport, disabled } from './harness.ts';

const serving: Serving = active(createTransport());
const nothing: Facts = {
  nowMs: acceptedAtMs,
  jitter: 0.5,
  runId: 'run-1',
  serving,
  leased: new Set([0]),
  danglingGraceMs: 0,
  room: 500,
  swept: null,
  refusals: [],
  commands: [],
  held: [],
  holdable: [],
  lookUps: [],
  sendable: [],
};

function queued(id = 'mail-1', partition = 0): WaitingMail {
  const data = request(['a@x.example'], { id });
  return evolve(undefined, eventOf('mailRequested', data), { ...place, partition, key: id }) as WaitingMail;
}

function sendingSince(recordedAtMs: number): SendingMail {
  const open = attempt(1, { endedAt: null, outcome: null });
  const data = { ...about, attempt: open, decisions, recipients: ['a@x.example'] };
  const started = eventOf('mailAttemptStarted', data, { time: new Date(recordedAtMs).toISOString() });
  return evolve(queued(), started, place) as SendingMail;
}

function cancelOf(mail: Mail, isMailInFlight = false): OpenCommand {
  const command = {
    ...eventOf('mailCancelRequested', { mailId: mail.id }),
    id: `cancel-${mail.id}`,
  } as MailCommand;
  return { command, key: mail.key, position: { partition: 0, offset: 9 }, mail, isMailInFlight };
}

const namesOf = (step: Step): readonly string[] =>
  step.kind === 'send' || step.kind === 'look-up' ? [step.mail.id] : step.event.inFlightAs;
const swept = (found: Partial<Sweep>): Sweep => ({
  misdated: [],
  overdue: [],
  waitingFor: null,
  unfinished: [],
  ...found,
});
const kinds = (facts: Partial<Facts>): readonly string[] =>
  plan({ ...nothing, ...facts }).map(({ kind }) => kind);

test('with nothing to do there is nothing to plan', async (t) => {
  t.strictSame(plan(nothing), []);
});

test('due mail is sent while sending is on, and held while it is off', async (t) => {
  t.strictSame(kinds({ sendable: [queued()] }), ['send']);
  t.strictSame(kinds({ serving: disabled, sendable: [queued()], holdable: [queued()] }), ['hold']);
  t.strictSame(kinds({ held: [queued()] }), ['release']);
});

test('without a lease that surely holds nothing is sent, looked up or answered, but time still decides', async (t) => {
  const mail = queued();
  const leased = new Set<number>();
  t.strictSame(kinds({ leased, sendable: [mail], lookUps: [mail], commands: [cancelOf(mail)] }), []);
  t.strictSame(kinds({ leased, swept: swept({ overdue: [mail] }) }), ['expire']);
});

test('an intent is given up for lost only when its writer cannot be alive any more', async (t) => {
  const mail = sendingSince(acceptedAtMs);
  const graceful = { swept: swept({ unfinished: [mail] }), danglingGraceMs: 10 * minuteMs };
  t.strictSame(kinds({ ...graceful, nowMs: acceptedAtMs + 10 * minuteMs - 1 }), []);
  t.strictSame(kinds({ ...graceful, nowMs: acceptedAtMs + 10 * minuteMs }), ['rescue']);
  t.strictSame(kinds({ swept: swept({ unfinished: [mail] }) }), ['rescue'], 'nobody else can be alive');
  const [nowMs, lastHeardMs] = [acceptedAtMs + 30 * minuteMs, () => acceptedAtMs + 25 * minuteMs];
  t.strictSame(kinds({ ...graceful, nowMs, lastHeardMs }), [], 'its writer was heard of');
  t.strictSame(
    kinds({ ...graceful, nowMs: nowMs + 5 * minuteMs, lastHeardMs }),
    ['rescue'],
    'and then no more',
  );
  t.strictSame(kinds({ ...graceful, nowMs, lastHeardMs: () => undefined }), ['rescue'], 'it has stopped');
  const muchLater = acceptedAtMs + 70 * minuteMs;
  t.strictSame(
    kinds({ ...graceful, nowMs: muchLater, lastHeardMs: () => muchLater }),
    ['rescue'],
    'no reply takes so long',
  );
  const ofWrongClock = sendingSince(acceptedAtMs + 365 * 24 * 60 * minuteMs);
  t.strictSame(
    kinds({ ...graceful, swept: swept({ unfinished: [ofWrongClock] }) }),
    ['rescue'],
    'it would never become old',
  );
});

test('a command goes before the attempt it forbids, and calls off one that has begun', async (t) => {
  const mail = queued();
  t.match(plan({ ...nothing, sendable: [mail], commands: [cancelOf(mail)] }), [
    { kind: 'answer', event: { name: 'mailCancelled', inFlightAs: ['command 0 9', mail.id] } },
  ]);
  t.match(plan({ ...nothing, commands: [cancelOf(mail, true)] }), [
    { kind: 'answer', callsOff: mail.id, event: { inFlightAs: ['command 0 9'] } },
  ]);
});

test('what expires has waited for what keeps all mail from moving', async (t) => {
  const waitingFor = failure('connection-refused');
  t.match(plan({ ...nothing, swept: swept({ waitingFor, overdue: [queued()] }) }), [
    { kind: 'expire', event: { data: { recipients: [{ failure: { code: 'expired' } }] } } },
  ]);
});

test('the events of one pass are bounded, but no abandoned intent waits for room', async (t) => {
  const many = Array.from({ length: 20 }, (_, index) => queued(`mail-${index}`));
  t.equal(plan({ ...nothing, room: 7, swept: swept({ overdue: many }) }).length, 7);
  t.strictSame(
    kinds({ room: 0, swept: swept({ overdue: many, unfinished: [sendingSince(acceptedAtMs)] }) }),
    ['rescue'],
  );
});

test('whatever the facts: one step for a mail, the same facts the same steps, nothing for a mail outside of them', async (t) => {
  const ids = fc.subarray(['m1', 'm2', 'm3', 'm4'], { minLength: 0 });
  const some = fc.record({
    misdated: ids,
    overdue: ids,
    held: ids,
    holdable: ids,
    lookUps: ids,
    sendable: ids,
    commands: ids,
  });
  const property = fc.property(some, fc.boolean(), fc.nat({ max: 5 }), (chosen, isOn, room) => {
    const mails = (names: readonly string[]): readonly WaitingMail[] => names.map((id) => queued(id));
    const facts: Facts = {
      ...nothing,
      serving: isOn ? serving : disabled,
      room,
      swept: swept({ misdated: mails(chosen.misdated), overdue: mails(chosen.overdue) }),
      held: mails(chosen.held),
      holdable: mails(chosen.holdable),
      lookUps: mails(chosen.lookUps),
      sendable: mails(chosen.sendable),
      commands: chosen.commands.map((id) => cancelOf(queued(id))),
    };
    const steps = plan(facts);
    const names = steps.flatMap(namesOf).filter((name) => name.startsWith('m'));
    const isOnce = new Set(names).size === names.length;
    const isRepeatable = JSON.stringify(plan(facts)) === JSON.stringify(steps);
    const isQuiet = isOn || steps.every(({ kind }) => kind !== 'send' && kind !== 'look-up');
    return isOnce && isRepeatable && isQuiet && names.every((name) => /^m[1-4]$/.test(name));
  });
  t.doesNotThrow(() => fc.assert(property, { numRuns: 300 }));
});
