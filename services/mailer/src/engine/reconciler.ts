/**
 * `reconcile`: the server is asked whether it has the message whose reply was lost, by its Message-ID, and where that does
 * not find it by date, subject and recipients. Found: it is sent. Not found is believed when it is said twice, some minutes
 * apart, for a message may turn up late; then the mail goes out again. Where the server cannot be asked, never answers, or
 * has what may be another mail, this one stays unknown and a person decides, as under `hold`.
 */
import { type EventData, failure, type LookupEnd } from '@postausgang/contracts';
import {
  lookUpAtMs,
  type LookupResult,
  type Mail,
  decisionFields,
  homeOf,
  mailboxOf,
  stateAfter,
  type Transport,
} from '@postausgang/mail';
import { addressMatchKey } from '@postausgang/settings';
import type { DueQuery, MailView } from '../view/mail-view.ts';
import type { Agenda } from './agenda.ts';
import type { Clock } from './clock.ts';
import type { Completer, Completion, InFlight } from './completer.ts';
import { eventIds } from './event-ids.ts';
import type { Lease } from './lease.ts';

interface ReconcilerDeps {
  readonly view: Pick<MailView, 'get' | 'toLookUp' | 'nextLookUpAt' | 'withSubject'>;
  readonly inFlight: InFlight;
  readonly completer: Completer;
  readonly clock: Clock;
  /** See `Facts`. */
  readonly runId: string;
  readonly lease: Pick<Lease, 'epochOf'>;
  readonly agenda: Pick<Agenda, 'lookUpBy' | 'ring'>;
}

export interface Reconciler {
  /** The mails whose time has come, as many as may be asked about now, and when to look again. */
  due(query: Pick<DueQuery, 'nowMs' | 'partitions'>): {
    readonly mails: readonly Mail[];
    readonly nextAtMs: number;
  };
  /** Asks the server about a mail, and tells what it says. */
  start(mail: Mail, transport: Transport): void;
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
const lookedAtAtOnce = 1000;
const minuteMs = 60_000;
const notFoundAgainMs = 4 * minuteMs;
const longestPauseMs = 60 * minuteMs;
/** Then whoever waits for the mail wants to decide. */
const givenUpAfterMs = 24 * 60 * minuteMs;

export function createReconciler(deps: ReconcilerDeps): Reconciler {
  const { view, inFlight, completer, clock, lease, agenda, runId } = deps;
  const tries = new Map<string, Tries>();
  const underWay = new Set<string>();

  async function lookUp(mail: Mail, transport: Transport): Promise<void> {
    underWay.add(mail.id);
    const result = await ask(mail, transport, view);
    underWay.delete(mail.id);
    const row = view.get(mail.id);
    const isStillAsked = row !== undefined && row.generation === mail.generation && lookUpAtMs(row) !== null;
    if (isStillAsked && !inFlight.has(row.id) && lease.epochOf(homeOf(row)) !== undefined) {
      conclude(row, result);
    }
    agenda.lookUpBy(0);
    agenda.ring();
  }

  function conclude(mail: Mail, result: LookupResult): void {
    const { notFound = 0, failed = 0 } = tries.get(mail.id) ?? {};
    const nowMs = clock.nowMs();
    tries.delete(mail.id);
    if (result.kind === 'found' || (result.kind === 'not-found' && notFound > 0)) {
      completer.complete(resolution(mail, result, runId));
    } else if (result.kind === 'not-found') {
      tries.set(mail.id, { notFound: 1, failed, againAtMs: nowMs + notFoundAgainMs });
    } else if (result.kind === 'failed' && nowMs < (lookUpAtMs(mail) ?? 0) + givenUpAfterMs) {
      const pauseMs = Math.min(minuteMs * 2 ** failed, longestPauseMs);
      tries.set(mail.id, { notFound, failed: failed + 1, againAtMs: nowMs + pauseMs });
    } else {
      completer.complete(end(mail, result.kind === 'failed' ? 'no-answer' : result.kind, runId));
    }
  }

  return {
    forgetTimes: () => tries.clear(),
    due({ nowMs, partitions }) {
      const ids = view.toLookUp({ nowMs, partitions, limit: lookedAtAtOnce });
      const mails = ids.flatMap((id) => view.get(id) ?? []);
      [...tries.keys()].filter((id) => !ids.includes(id)).forEach((id) => tries.delete(id));
      const isDue = ({ id }: Mail): boolean =>
        !underWay.has(id) && !inFlight.has(id) && (tries.get(id)?.againAtMs ?? 0) <= nowMs;
      const again = mails.map(({ id }) => Math.max(tries.get(id)?.againAtMs ?? 0, nowMs + minuteMs));
      return {
        mails: mails.filter(isDue).slice(0, atOnce - underWay.size),
        nextAtMs: Math.min(view.nextLookUpAt(nowMs) ?? Number.POSITIVE_INFINITY, ...again),
      };
    },
    start: (mail, transport) => void lookUp(mail, transport),
  };
}

/** A transport does not reject; if one does, it has not answered. */
async function ask(
  mail: Mail,
  { reconcile }: Transport,
  view: Pick<MailView, 'withSubject'>,
): Promise<LookupResult> {
  const { messageId, decisions } = mail;
  // What went to other addresses, or may have, has the same Message-ID: finding it says nothing about this recipient.
  const wasRedirected = mail.attempts.some(({ redirected }) => redirected !== undefined);
  if (reconcile === undefined || messageId === null || decisions === null || wasRedirected) {
    return { kind: 'unsupported' };
  }
  const last = mail.attempts.findLast(({ outcome }) => outcome === 'unknown') ?? mail.attempts.at(-1);
  const since = new Date(last?.startedAt ?? mail.acceptedAtMs);
  const until = new Date(last?.endedAt ?? since);
  const { subject } = mail;
  const recipients = unknownOf(mail).map(({ address }) => address);
  const alike = mailsAlike(mail, view, since.getTime(), until.getTime());
  const { envelopeFrom } = decisions;
  const lookup = {
    messageId,
    envelopeFrom,
    since,
    until,
    subject,
    recipients,
    alike,
    ...mailboxOf(decisions),
  };
  return reconcile(lookup).catch((error: unknown) => ({
    kind: 'failed',
    failure: failure('connection-lost', error instanceof Error ? error.message : 'unknown'),
  }));
}

const unknownOf = ({ recipients }: Mail): Mail['recipients'] =>
  recipients.filter(({ outcome }) => outcome === 'unknown');

/** Mails of the last hours are looked through; whoever waited longer is seldom of the same subject and recipient. */
const aroundMs = 6 * 60 * minuteMs;
const mostAlike = 200;

/** What the server may have in the place of this mail. */
function mailsAlike(
  mail: Mail,
  view: Pick<MailView, 'withSubject'>,
  sinceMs: number,
  untilMs: number,
): readonly (string | null)[] {
  if (mail.subject === null) return [];
  const around = { sinceMs: sinceMs - aroundMs, untilMs: untilMs + aroundMs, limit: mostAlike };
  const keys = new Set(unknownOf(mail).map(({ address }) => addressMatchKey(address)));
  return view
    .withSubject(mail.subject, around)
    .filter(({ id }) => id !== mail.id)
    .filter(({ attempts }) => attempts.some(({ outcome }) => outcome !== 'deferred' && outcome !== 'failed'))
    .filter(({ recipients }) => recipients.some(({ address }) => keys.has(addressMatchKey(address))))
    .map(({ messageId }) => messageId);
}

function resolution(mail: Mail, result: LookupResult, runId: string): Completion {
  const unknown = unknownOf(mail);
  const isFound = result.kind === 'found';
  const outcome = isFound ? 'sent' : 'not-sent';
  const witness = 'witness' in result ? result.witness : isFound ? undefined : 'none';
  const resend = !isFound;
  const data: EventData<'mailResolved'> = {
    ...decisionFields(mail),
    state: stateAfter(mail, unknown, outcome, resend),
    by: 'reconciliation',
    ...(witness === undefined ? {} : { witness }),
    outcome,
    recipients: unknown.map(({ address }) => address),
    resend,
    notAfter: null,
  };
  const id = eventIds.lookedUp(runId, mail);
  return { name: 'mailResolved', id, key: mail.key, data, inFlightAs: [mail.id] };
}

function end(mail: Mail, reason: LookupEnd, runId: string): Completion {
  const data = { ...decisionFields(mail), reason };
  const id = eventIds.lookedUp(runId, mail);
  return { name: 'mailLookupEnded', id, key: mail.key, data, inFlightAs: [mail.id] };
}
