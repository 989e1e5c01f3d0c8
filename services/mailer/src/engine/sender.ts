import type { Logger } from 'pino';
import type { Failure } from '@postausgang/contracts';
import { isWaiting, openRecipients, type WaitingMail } from '@postausgang/mail';
import type { CurrentServing } from '../apply/applier.ts';
import type { Governor, Permit } from '../limits/governor.ts';
import type { MailView } from '../view/mail-view.ts';
import { runAttempt } from './attempt.ts';
import type { AttemptGuard, Completer, InFlight } from './completer.ts';
import type { Breaker, Ticket } from './pace.ts';
import type { ActiveServing, AttemptDeps, AttemptEnd } from './prepare-attempt.ts';
import type { RequestCache } from './request-cache.ts';
import type { Chores } from './sweeps.ts';

/** Ids of mails that are due, so that the view need not be asked for each. Whoever takes one looks at its row again. */
interface ReadyList {
  /** A mail that has become due. */
  offer(id: string): void;
  /** There may be due mails the list does not know. */
  invalidate(): void;
  next(): string | undefined;
}

interface DueMails {
  readonly ids: readonly string[];
  /** Whether these are all. */
  readonly complete: boolean;
}

const maxOffered = 10_000;

export function createReadyList(ask: () => DueMails): ReadyList {
  let listed: readonly string[] = [];
  let taken = 0;
  let offered: string[] = [];
  let complete = false;

  const refill = (): void => {
    taken = 0;
    listed = offered;
    offered = [];
    if (!complete) {
      ({ ids: listed, complete } = ask());
    }
  };
  return {
    offer(id) {
      if (offered.length < maxOffered) {
        offered.push(id);
      } else {
        complete = false;
      }
    },
    invalidate() {
      complete = false;
    },
    next() {
      if (taken >= listed.length) {
        refill();
      }
      const id = listed[taken];
      taken += 1;
      return id;
    },
  };
}

export interface SenderDeps extends AttemptDeps {
  readonly view: MailView;
  readonly serving: Pick<CurrentServing, 'current'>;
  readonly payloads: RequestCache;
  readonly hand: InFlight;
  readonly claims: AttemptGuard;
  readonly records: Completer;
  readonly chores: Pick<Chores, 'refuseInvalid'>;
  readonly breaker: Breaker;
  readonly governor: Governor;
  readonly logger: Pick<Logger, 'warn'>;
  readonly ready: ReadyList;
  /** Called when an attempt has ended and its place is free. */
  readonly onFree: () => void;
}

interface Sender {
  /** Starts as many attempts as the transport of this snapshot has room for. */
  sendDue(now: ActiveServing): void;
  /** How many attempts are under way. */
  sending(): number;
}

/** Events of ended attempts that may be on their way to the log while new attempts begin. */
const settlingAtOnce = 64;
const restMs = 1000;

export function createSender(deps: SenderDeps): Sender {
  const { hand, claims, breaker, governor, clock, ready } = deps;
  let sending = 0;

  async function send(mail: WaitingMail, now: ActiveServing, grant: Permit, ticket: Ticket): Promise<void> {
    hand.take(mail.id);
    sending += 1;
    const claim = claims.open(mail.id);
    const end = await runAttempt(deps, mail, now, claim, grant, () => breaker.succeeded());
    claim.end();
    sending -= 1;
    breaker.left(ticket);
    if (end.kind === 'outcome') {
      governor.ended(mail.id, clock.nowMs());
    } else {
      governor.giveBack(mail.id);
    }
    conclude(deps, mail, end, now, ticket);
    deps.onFree();
  }

  return {
    sendDue(now) {
      const { capacity } = now.transport;
      const nowMs = clock.nowMs();
      const places = Math.min(capacity, governor.places(nowMs));
      while (sending < places && hand.size < capacity + settlingAtOnce && governor.reached(nowMs) === null) {
        const ticket = breaker.enter(clock.monotonicMs());
        if (ticket === undefined) {
          return;
        }
        const mail = nextMail(deps);
        if (mail === undefined) {
          breaker.left(ticket);
          return;
        }
        const grant = takeGrant(governor, mail, nowMs);
        if (grant === null) {
          breaker.left(ticket);
          ready.invalidate();
          return;
        }
        void send(mail, now, grant, ticket);
      }
    },
    sending: () => sending,
  };
}

/** Before the first attempt there may be one more, a copy to the sender. */
function takeGrant(governor: Governor, mail: WaitingMail, nowMs: number): Permit | null {
  const wanted = openRecipients(mail.recipients).length + (mail.decisions === null ? 1 : 0);
  return governor.take(mail.id, mail.request.partition, wanted, nowMs);
}

/** The list says who was due; whether that is still so, the row says. */
function nextMail({ ready, hand, view, clock, epochOf }: SenderDeps): WaitingMail | undefined {
  for (let id = ready.next(); id !== undefined; id = ready.next()) {
    const mail = hand.has(id) ? undefined : view.get(id);
    if (
      mail !== undefined &&
      isWaiting(mail) &&
      isInTime(mail, clock.nowMs()) &&
      epochOf(mail) !== undefined
    ) {
      return mail;
    }
  }
  return undefined;
}

function isInTime({ dueAtMs, notAfterMs }: WaitingMail, nowMs: number): boolean {
  return dueAtMs <= nowMs && nowMs < notAfterMs;
}

function conclude(
  deps: SenderDeps,
  mail: WaitingMail,
  end: AttemptEnd,
  now: ActiveServing,
  ticket: Ticket,
): void {
  switch (end.kind) {
    case 'outcome':
      deps.records.outcome(mail, end.outcome, end.eventId);
      if (end.server !== undefined) {
        serverFailed(deps, end.server, now, ticket);
      }
      return;
    case 'refused':
      deps.chores.refuseInvalid(mail, end.detail);
      return;
    case 'called-off':
      calledOff(deps, mail, end.eventId);
      return;
    case 'server-failed':
      serverFailed(deps, end.failure, now, ticket);
      giveBack(deps, mail);
      return;
    case 'postponed':
      deps.logger.warn(
        { mailId: mail.id, err: end.reason },
        'an attempt could not be prepared; trying again',
      );
      deps.clock.setTimer(restMs, () => {
        giveBack(deps, mail);
        deps.onFree();
      });
      return;
    default:
      end satisfies never;
  }
}

/** What a retired transport says about its server does not concern the one that has replaced it. */
function serverFailed(
  { serving, breaker, clock, payloads, logger }: SenderDeps,
  failure: Failure,
  { transport }: ActiveServing,
  ticket: Ticket,
): void {
  const current = serving.current();
  const isCurrent = current.state === 'active' && current.transport === transport;
  if (isCurrent && breaker.failed(ticket, failure, clock.monotonicMs())) {
    payloads.clear();
    logger.warn({ code: failure.code, detail: failure.detail }, 'the mail server does not work; mail waits');
  }
}

/** The row still looks as if nothing had happened until that event is folded. */
function calledOff(deps: SenderDeps, mail: WaitingMail, eventId: string): void {
  if (deps.hand.isAwaited(eventId)) {
    deps.hand.awaitEvent(mail.id, eventId);
  } else {
    giveBack(deps, mail);
  }
}

/** As if it had not been taken. */
function giveBack({ hand, ready }: SenderDeps, { id }: WaitingMail): void {
  hand.drop(id);
  ready.invalidate();
}
