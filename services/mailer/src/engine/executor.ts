/**
 * Does the steps of a plan. An event is given to the completer; a look-up to the reconciler; an attempt is run here, and
 * how it ended is turned into an event, or into a standstill of the server.
 *
 * - What stops an attempt from beginning (the pace, a limit) concerns all that follow: `start` says so, and the mail is as
 *   it was.
 * - What a server as a whole did wrong concerns no mail: the breaker makes all mail wait.
 * - A mail is in flight from `start` until the event of its end is folded, or until it is given back.
 */
import { classOf, type Failure } from '@postausgang/contracts';
import type { Logger } from 'pino';
import { homeOf, openRecipients, type WaitingMail } from '@postausgang/mail';
import type { CurrentServing } from '../apply/applier.ts';
import type { ConnectionPace } from '../limits/connections.ts';
import type { Governor, Permit } from '../limits/governor.ts';
import type { Agenda } from './agenda.ts';
import { type AttemptDeps, runAttempt } from './attempt.ts';
import type { AttemptEnd } from './attempt-end.ts';
import type { AttemptGuard, Completer, InFlight } from './completer.ts';
import { outcomeEvent, refusalOf } from './expiry.ts';
import type { Breaker, Ticket } from './pace.ts';
import { type ActiveServing, holdEvent, type Step } from './plan.ts';
import type { Reconciler } from './reconciler.ts';
import type { Suspicion } from './suspicion.ts';

interface ExecutorDeps {
  readonly attempt: AttemptDeps;
  readonly serving: Pick<CurrentServing, 'current'>;
  readonly inFlight: InFlight;
  readonly guard: AttemptGuard;
  readonly completer: Completer;
  readonly reconciler: Reconciler;
  readonly breaker: Breaker;
  readonly suspicion: Pick<Suspicion, 'passOver'>;
  readonly governor: Governor;
  readonly connections: Pick<ConnectionPace, 'delivered' | 'objected' | 'failed'>;
  readonly agenda: Agenda;
  readonly logger: Pick<Logger, 'warn'>;
  /** How often a mail was postponed in a row. */
  readonly postponed: Map<string, number>;
}

export interface Executor {
  execute(step: Step): void;
  /** How many attempts are under way. */
  sending(): number;
}

const firstRestMs = 1000;
const longestRestMs = 60_000;

export function createExecutor(wanted: Omit<ExecutorDeps, 'postponed'>): Executor {
  const deps: ExecutorDeps = { ...wanted, postponed: new Map() };
  const { inFlight, guard, completer, reconciler, breaker, governor, agenda } = deps;
  const { clock } = deps.attempt;
  let sending = 0;

  async function send(
    mail: WaitingMail,
    serving: ActiveServing,
    permit: Permit,
    ticket: Ticket,
  ): Promise<void> {
    inFlight.take(mail.id);
    sending += 1;
    const attempt = guard.open(mail.id);
    const end = await runAttempt(deps.attempt, mail, serving, attempt, permit, () => breaker.succeeded());
    attempt.end();
    const underWay = sending;
    sending -= 1;
    breaker.left(ticket);
    if (end.kind === 'outcome') {
      governor.ended(mail.id, clock.nowMs());
    } else {
      governor.giveBack(mail.id);
    }
    conclude(deps, mail, end, { serving, ticket, underWay });
    agenda.ring();
  }

  /** Where the pace or a limit does not let it begin, it is the next one again. */
  function start(mail: WaitingMail, serving: ActiveServing): void {
    const ticket = breaker.enter(clock.monotonicMs());
    if (ticket === undefined) {
      agenda.giveBack(mail);
      return;
    }
    const permit = governor.take(mail.id, homeOf(mail), recipientsWanted(mail), clock.nowMs());
    if (permit === null) {
      breaker.left(ticket);
      agenda.giveBack(mail);
      return;
    }
    void send(mail, serving, permit, ticket);
  }

  return {
    sending: () => sending,
    execute(step) {
      switch (step.kind) {
        case 'send':
          start(step.mail, step.serving);
          return;
        case 'look-up':
          reconciler.start(step.mail, step.serving.transport);
          return;
        default:
          if (step.callsOff === undefined || guard.callOff(step.callsOff, step.event.id)) {
            completer.complete(step.event);
          }
      }
    },
  };
}

/** Before the first attempt there may be one more, a copy to the sender. */
function recipientsWanted({ recipients, decisions }: WaitingMail): number {
  return openRecipients(recipients).length + (decisions === null ? 1 : 0);
}

/** What an attempt that has ended ran with. */
interface Ended {
  readonly serving: ActiveServing;
  readonly ticket: Ticket;
  /** How many attempts there were, this one too. */
  readonly underWay: number;
}

function conclude(deps: ExecutorDeps, mail: WaitingMail, end: AttemptEnd, ended: Ended): void {
  if (end.kind !== 'postponed') {
    deps.postponed.delete(mail.id);
  }
  switch (end.kind) {
    case 'outcome':
      deps.completer.complete(outcomeEvent(mail, end.outcome, end.eventId));
      if (end.outcome.name === 'mailSent') {
        deps.connections.delivered(ended.serving, deps.attempt.clock.monotonicMs());
      }
      if (end.server !== undefined) {
        serverFailed(deps, end.server, ended);
      }
      return;
    case 'refused':
      deps.completer.complete(refusalOf(mail, end));
      return;
    case 'held':
      deps.completer.complete(holdEvent(mail, end.reason, deps.attempt.runId));
      return;
    case 'called-off':
      calledOff(deps, mail, end.eventId);
      return;
    case 'server-failed':
      serverFailed(deps, end.failure, ended);
      if (end.ofTransaction) {
        deps.suspicion.passOver(mail.id);
      }
      giveBack(deps, mail);
      return;
    case 'postponed':
      postpone(deps, mail, end.reason);
      return;
    default:
      end satisfies never;
  }
}

/** Something of ours was not ready: the mail rests longer each time, and each time is in the log. */
function postpone(deps: ExecutorDeps, mail: WaitingMail, reason: unknown): void {
  const tries = deps.postponed.get(mail.id) ?? 0;
  deps.postponed.set(mail.id, tries + 1);
  const restMs = Math.min(firstRestMs * 2 ** tries, longestRestMs);
  deps.logger.warn(
    { mailId: mail.id, err: reason, restMs },
    'an attempt could not be prepared; trying again',
  );
  deps.attempt.clock.setTimer(restMs, () => {
    giveBack(deps, mail);
    deps.agenda.ring();
  });
}

/** What a retired transport says about its server does not concern the one that has replaced it. */
function serverFailed(
  { serving, breaker, connections, attempt, logger }: ExecutorDeps,
  failure: Failure,
  { serving: served, ticket, underWay }: Ended,
): void {
  const current = serving.current();
  const isCurrent = current.state === 'active' && current.transport === served.transport;
  const nowMs = attempt.clock.monotonicMs();
  if (isCurrent && breaker.failed(ticket, failure, nowMs)) {
    if (classOf(failure.code) === 'throttled') {
      connections.objected(served, underWay, nowMs);
    } else {
      connections.failed(served, nowMs);
    }
    attempt.requests.clear();
    logger.warn({ code: failure.code, detail: failure.detail }, 'the mail server does not work; mail waits');
  }
}

/** The row still looks as if nothing had happened until that event is folded. */
function calledOff(deps: ExecutorDeps, mail: WaitingMail, eventId: string): void {
  if (deps.inFlight.isAwaited(eventId)) {
    deps.inFlight.awaitEvent(mail.id, eventId);
  } else {
    giveBack(deps, mail);
  }
}

/** As if it had not been taken. */
function giveBack({ inFlight, agenda }: ExecutorDeps, mail: WaitingMail): void {
  inFlight.drop(mail.id);
  agenda.giveBack(mail);
}
