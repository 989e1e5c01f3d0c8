/**
 * One pass of the engine, decided purely: facts in, steps out. The scheduler looks once (rows, time, lease, pace), `plan`
 * says what is to be done about whom, and the executor does it. Nothing here reads a clock, a row or a lease.
 *
 * - A mail gets at most one step in a pass, and none while it is in flight: until the event about it is folded its row
 *   looks as if nothing had happened. The first duty that wants it wins, in the order of `plan`.
 * - Every step but `send` and `look-up` is one event that ends it, so a step that was lost with the process is planned
 *   again from the same row, with the same event id.
 * - Where the lease of a partition does not surely hold, nothing is sent, looked up or answered: somebody else may have
 *   begun to send. What only time decides (expiry, holding) is told all the same; told twice, it is folded once.
 */
import type { Failure, HeldReason } from '@postausgang/contracts';
import {
  type CommandPolicy,
  decisionFields,
  heldByMode,
  homeOf,
  isWaiting,
  liveMode,
  type Mail,
  type SendingMail,
  type WaitingMail,
} from '@postausgang/mail';
import type { SendingModeNow } from '@postausgang/settings';
import type { Serving } from '../apply/applier.ts';
import type { DueRefusal } from '../view/mail-view.ts';
import { answers, type OpenCommand } from './commands.ts';
import type { Completion } from './completer.ts';
import { eventIds } from './event-ids.ts';
import { expiry, refusalEvent, reschedule } from './expiry.ts';
import { rescue } from './rescuer.ts';

export type ActiveServing = Extract<Serving, { state: 'active' }>;

/** What a sweep found. */
export interface Sweep {
  /** Mails whose due time lies where no pause leads: a clock that was wrong has planned it. */
  readonly misdated: readonly Mail[];
  /** Mails whose `notAfter` has passed. */
  readonly overdue: readonly Mail[];
  /** What keeps all mail from moving, or null: what expires meanwhile has waited for that. */
  readonly waitingFor: Failure | null;
  /** Mails with an intent and no outcome. */
  readonly unfinished: readonly SendingMail[];
}

/** What the scheduler saw when it looked, none of it in flight. */
export interface Facts {
  readonly nowMs: number;
  /** 0 to 1, drawn for this pass. */
  readonly jitter: number;
  /** Names this run of the mailer in the ids of its events; another run has another one. */
  readonly runId: string;
  /** Transport and settings of this moment. */
  readonly serving: Serving;
  /** The sending mode of this moment. Default `live`. */
  readonly sendingMode?: SendingModeNow;
  /** The partitions whose lease surely holds. */
  readonly leased: ReadonlySet<number>;
  /** How old an intent gets before it is taken for one whose writer died; 0: nobody else can be alive. */
  readonly danglingGraceMs: number;
  /** When a run of a mailer was heard of last; absent: nobody listens. See `living-runs.ts`. */
  readonly lastHeardMs?: ((runId: string) => number | undefined) | undefined;
  /** How many more events of the engine's own accord may be under way. */
  readonly room: number;
  /** The rows whose time has come; null in a pass between two sweeps. */
  readonly swept: Sweep | null;
  /** Records that are no mail request and have to be refused. */
  readonly refusals: readonly DueRefusal[];
  readonly commands: readonly OpenCommand[];
  /** What commands of other modules may act on. */
  readonly commandPolicy?: CommandPolicy | undefined;
  /** While sending is on: mails that were held only because it was off. */
  readonly held: readonly Mail[];
  /** While sending is off, or the sending mode is `hold`: mails that are due. */
  readonly holdable: readonly Mail[];
  /** Mails whose server is to be asked what became of them. */
  readonly lookUps: readonly Mail[];
  /** Due mails, as many as there are places for an attempt, longest due first. */
  readonly sendable: readonly WaitingMail[];
}

export type Step =
  | { readonly kind: 'send'; readonly mail: WaitingMail; readonly serving: ActiveServing }
  | { readonly kind: 'look-up'; readonly mail: Mail; readonly serving: ActiveServing }
  | {
      readonly kind: 'reschedule' | 'rescue' | 'expire' | 'refuse' | 'hold' | 'release' | 'answer';
      readonly event: Completion;
      /** The attempt about this mail that the event calls off; the step is void where it has just committed. */
      readonly callsOff?: string;
    };

export type Told = Exclude<Step, { kind: 'send' | 'look-up' }>;

export function plan(facts: Facts): readonly Step[] {
  const { serving, swept, room } = facts;
  const timed = swept === null ? [] : [...reschedule(facts, swept), ...expiry(facts, swept)].slice(0, room);
  const switched = [...release(facts), ...hold(facts)].slice(0, room - timed.length);
  const steps: readonly Step[] = [
    ...(swept === null ? [] : rescue(facts, swept)),
    ...timed,
    ...refuse(facts),
    ...answers(facts),
    ...switched,
    ...(serving.state === 'active' ? attempts(facts, serving) : []),
  ];
  return onePerMail(steps);
}

/** What the server is needed for, where the lease surely holds. */
function attempts(
  { lookUps, sendable, leased, sendingMode = liveMode, runId }: Facts,
  serving: ActiveServing,
): readonly Step[] {
  const isLeased = (mail: Mail): boolean => leased.has(homeOf(mail));
  return [
    ...lookUps.filter(isLeased).map((mail) => ({ kind: 'look-up', mail, serving }) as const),
    ...sendable.filter(isLeased).map((mail): Step => {
      const reason = heldByMode(sendingMode, mail);
      return reason === null
        ? { kind: 'send', mail, serving }
        : { kind: 'hold', event: holdEvent(mail, reason, runId) };
    }),
  ];
}

function onePerMail(steps: readonly Step[]): readonly Step[] {
  const planned = new Set<string>();
  return steps.filter((step) => {
    const names = step.kind === 'send' || step.kind === 'look-up' ? [step.mail.id] : step.event.inFlightAs;
    const isFree = names.every((name) => !planned.has(name));
    names.forEach((name) => planned.add(name));
    return isFree;
  });
}

/** Due mail while sending is off, or while the sending mode keeps it. */
function hold({ holdable, runId, serving, sendingMode = liveMode }: Facts): readonly Told[] {
  return holdable.flatMap((mail): readonly Told[] => {
    const byMode = isWaiting(mail) ? heldByMode(sendingMode, mail) : null;
    const reason = byMode ?? (serving.state === 'disabled' ? 'mail-disabled' : null);
    return reason === null ? [] : [{ kind: 'hold', event: holdEvent(mail, reason, runId) }];
  });
}

/** The event that holds a mail. */
export function holdEvent(mail: Mail, reason: HeldReason, runId: string): Completion {
  const data = { ...decisionFields(mail), reason };
  return {
    name: 'mailHeld',
    id: eventIds.held(runId, mail),
    key: mail.key,
    data,
    inFlightAs: [mail.id],
  };
}

/** Mail that was held only because sending was off. */
function release({ held, runId }: Facts): readonly Told[] {
  return held.map((mail) => {
    const data = { ...decisionFields(mail), reason: 'mail-enabled' as const };
    const id = eventIds.released(runId, mail);
    return {
      kind: 'release',
      event: { name: 'mailReleased', id, key: mail.key, data, inFlightAs: [mail.id] },
    };
  });
}

/** Requests that cannot be taken. */
function refuse({ refusals }: Facts): readonly Told[] {
  return refusals.map((refusal) => ({
    kind: 'refuse',
    event: refusalEvent(refusal, eventIds.refused(refusal.request)),
  }));
}
