/**
 * `reconcile`: the server is asked whether it has the message whose reply was lost. Found: it is sent. Not found is
 * believed when it is said twice, some minutes apart, for a message may turn up late; then the mail goes out again. Where
 * the server cannot be asked, or never answers, the mail stays unknown and a person decides, as under `hold`.
 */
import { type EventData, failure } from '@postausgang/contracts';
import {
  lookUpAtMs,
  type LookupResult,
  type Mail,
  mailFields,
  stateAfter,
  type Transport,
} from '@postausgang/mail';
import type { MailView } from '../view/mail-view.ts';
import type { Clock } from './clock.ts';
import type { Completer, InFlight } from './completer.ts';
import { eventIds } from './event-ids.ts';
import type { ActiveServing } from './prepare-attempt.ts';

interface LookUpsDeps {
  readonly view: Pick<MailView, 'get' | 'toLookUp' | 'nextLookUpAt'>;
  readonly hand: InFlight;
  readonly records: Completer;
  readonly clock: Clock;
  /** See `AttemptDeps`. */
  readonly runId: string;
  readonly epochOf: (mail: Mail) => number | undefined;
  /** The partitions this process may act on. */
  readonly partitions: () => readonly number[];
  /** Called when a look-up has ended and another may begin. */
  readonly onFree: () => void;
}

export interface LookUps {
  /** Asks about the mails whose time has come; says when to look again. */
  start(now: ActiveServing): number;
  /** The clock was set: every time that was planned may be wrong. */
  forgetTimes(): void;
}

/** How often a mail was looked up in vain, and when it is to be looked up again. */
interface Tries {
  readonly notFound: number;
  readonly failed: number;
  readonly againAtMs: number;
}

const atOnce = 4;
const minuteMs = 60_000;
const notFoundAgainMs = 4 * minuteMs;
const longestPauseMs = 60 * minuteMs;
/** Then whoever waits for the mail wants to decide. */
const givenUpAfterMs = 24 * 60 * minuteMs;

export function createLookUps(deps: LookUpsDeps): LookUps {
  const { view, hand, clock, partitions, epochOf } = deps;
  const tries = new Map<string, Tries>();
  const underWay = new Set<string>();

  const isDue = (mail: Mail): boolean =>
    !underWay.has(mail.id) &&
    !hand.has(mail.id) &&
    (tries.get(mail.id)?.againAtMs ?? 0) <= clock.nowMs() &&
    epochOf(mail) !== undefined;

  async function lookUp(mail: Mail, transport: Transport): Promise<void> {
    underWay.add(mail.id);
    const result = await ask(mail, transport);
    underWay.delete(mail.id);
    const row = view.get(mail.id);
    const stillAsked = row !== undefined && row.generation === mail.generation && lookUpAtMs(row) !== null;
    if (stillAsked && !hand.has(row.id) && epochOf(row) !== undefined) {
      conclude(row, result);
    }
    deps.onFree();
  }

  function conclude(mail: Mail, result: LookupResult): void {
    const { notFound = 0, failed = 0 } = tries.get(mail.id) ?? {};
    const nowMs = clock.nowMs();
    tries.delete(mail.id);
    if (result.kind === 'found' || (result.kind === 'not-found' && notFound > 0)) {
      resolve(deps, mail, result.kind === 'found' ? 'sent' : 'not-sent');
    } else if (result.kind === 'not-found') {
      tries.set(mail.id, { notFound: 1, failed, againAtMs: nowMs + notFoundAgainMs });
    } else if (result.kind === 'failed' && nowMs < (lookUpAtMs(mail) ?? 0) + givenUpAfterMs) {
      const pauseMs = Math.min(minuteMs * 2 ** failed, longestPauseMs);
      tries.set(mail.id, { notFound, failed: failed + 1, againAtMs: nowMs + pauseMs });
    } else {
      end(deps, mail, result.kind === 'unsupported' ? 'unsupported' : 'no-answer');
    }
  }

  return {
    forgetTimes: () => tries.clear(),
    start({ transport }) {
      const due = view.toLookUp({ nowMs: clock.nowMs(), partitions: partitions(), limit: 1000 });
      const mails = due.map((id) => view.get(id)).filter((mail) => mail !== undefined);
      for (const mail of mails.filter(isDue).slice(0, atOnce - underWay.size)) {
        void lookUp(mail, transport);
      }
      [...tries.keys()].filter((id) => !due.includes(id)).forEach((id) => tries.delete(id));
      const nowMs = clock.nowMs();
      const next = view.nextLookUpAt(nowMs) ?? Number.POSITIVE_INFINITY;
      const again = mails.map(({ id }) => Math.max(tries.get(id)?.againAtMs ?? 0, nowMs + minuteMs));
      return Math.min(next, ...again);
    },
  };
}

/** A transport does not reject; if one does, it has not answered. */
async function ask(mail: Mail, { reconcile }: Transport): Promise<LookupResult> {
  const { messageId, decisions } = mail;
  if (reconcile === undefined || messageId === null || decisions === null) {
    return { kind: 'unsupported' };
  }
  const last = mail.attempts.findLast(({ outcome }) => outcome === 'unknown') ?? mail.attempts.at(-1);
  const since = new Date(last?.startedAt ?? mail.acceptedAtMs);
  return reconcile({ messageId, envelopeFrom: decisions.envelopeFrom, since }).catch((error: unknown) => ({
    kind: 'failed',
    failure: failure('connection-lost', error instanceof Error ? error.message : 'unknown'),
  }));
}

function resolve({ records, runId }: LookUpsDeps, mail: Mail, outcome: 'sent' | 'not-sent'): void {
  const unknown = mail.recipients.filter((one) => one.outcome === 'unknown');
  const resend = outcome === 'not-sent';
  const data: EventData<'mailResolved'> = {
    ...mailFields(mail),
    state: stateAfter(mail, unknown, outcome, resend),
    by: 'reconciliation',
    outcome,
    recipients: unknown.map(({ address }) => address),
    resend,
    notAfter: null,
  };
  const id = eventIds.lookedUp(runId, mail);
  records.event({ name: 'mailResolved', id, key: mail.key, data, inFlightAs: [mail.id] });
}

function end({ records, runId }: LookUpsDeps, mail: Mail, reason: 'unsupported' | 'no-answer'): void {
  const data = { ...mailFields(mail), reason };
  const id = eventIds.lookedUp(runId, mail);
  records.event({ name: 'mailLookupEnded', id, key: mail.key, data, inFlightAs: [mail.id] });
}
