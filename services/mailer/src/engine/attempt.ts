/**
 * The window of the delivery contract. All content is with the server, then the intent is made durable, and only then
 * does the transport send the final dot. What breaks before the intent may be tried again. After it, whatever is not a
 * reply of the server is an unknown outcome.
 */
import { ContentStoreError } from '@postausgang/content-store';
import { type Decisions, failure, type Failure, type Finding, findingsLine } from '@postausgang/contracts';
import type { Position, Publisher } from '@postausgang/event-log';
import {
  type AttemptInFlight,
  defer,
  giveUp,
  heldByMode,
  homeOf,
  type Intent,
  intentFor,
  mailboxOf,
  type PolicyContext,
  resultFor,
  type SendResult,
  serverConcern,
  toInstant,
  type Transport,
  type WaitingMail,
} from '@postausgang/mail';
import type { InlineMailRequested } from '@postausgang/message';
import { untrustedText } from '@postausgang/net';
import type { Logger } from 'pino';
import type { Permit } from '../limits/governor.ts';
import type { MailView } from '../view/mail-view.ts';
import type { Clock } from './clock.ts';
import { type AttemptEnd, type IntentRecord, judge } from './attempt-end.ts';
import type { GuardedAttempt } from './completer.ts';
import { eventIds } from './event-ids.ts';
import { type Lease, watchOwnership } from './lease.ts';
import type { ActiveServing } from './plan.ts';
import {
  type MessageMaking,
  prepareAttempt,
  type PreparedAttempt,
  type SendingSettings,
} from './prepare-attempt.ts';
import { recordIntent, type Rights } from './record-intent.ts';
import type { RequestCache } from './request-cache.ts';
import { alwaysLive, type ModeOfAttempt, type SendingModes } from './sending-mode.ts';
import type { Suspicion } from './suspicion.ts';
import { activeTrace, traced, traceOf } from './tracing.ts';

export interface AttemptDeps extends MessageMaking {
  readonly publisher: Publisher;
  readonly requests: Pick<RequestCache, 'load' | 'clear'>;
  readonly clock: Clock;
  readonly random: () => number;
  /** What is wrong with a request that nobody has checked yet, or null. */
  readonly checkRequest: (request: InlineMailRequested) => readonly Finding[];
  readonly lease: Pick<Lease, 'epochOf'>;
  readonly logger: Pick<Logger, 'error'>;
  readonly view: Pick<MailView, 'get'>;
  /** Whom refusals are about. */
  readonly suspicion: Pick<Suspicion, 'review'>;
  /**
   * Resolves when the intent at this position, and so every intent before it, is folded: then the row tells whether
   * somebody else was earlier. Rejects when that takes too long for the final dot to be sent at all.
   */
  readonly intentFolded: (intent: Position) => Promise<void>;
  /** Hears of each mail whose sender the server has refused. */
  readonly onSenderRefused?: (refusal: SenderRefusal) => void;
  /** Names this run of the mailer in the ids of its events; another run has another one. */
  readonly runId: string;
  /** Default: mail goes to its recipients. */
  readonly sendingModes?: SendingModes;
}

/** The server has refused the sender of a mail. */
export interface SenderRefusal {
  readonly mailId: string;
  readonly decisions: Decisions;
  /** The version of the server that the attempt was made with. */
  readonly settingsVersion: number;
  readonly failure: Failure;
  readonly reply: string | null;
}

/** Sends the message to the recipients in flight and judges what came of it. Rejects only by mistakes of ours. */
async function sendOnce(
  deps: AttemptDeps,
  mail: WaitingMail,
  transport: Transport,
  { message, dsn, delivery, returnPath }: PreparedAttempt,
  inFlight: AttemptInFlight,
  rights: Rights,
  onAnswer: () => void,
): Promise<AttemptEnd> {
  const { runId } = deps;
  let record: IntentRecord = { state: 'none' };
  const onIntent = (told: Intent): Promise<void> =>
    recordIntent(deps, mail, inFlight, rights, intentFor(delivery, told), (now) => (record = now));
  const { decisions } = inFlight;
  const request = {
    envelope: { from: returnPath, to: delivery.to },
    hasBounceAddress: returnPath !== decisions.from.address,
    namesRecipientsAnew: delivery.isRedirected,
    dsn,
    message,
    onIntent,
    ...mailboxOf(decisions),
  };
  const client = { parent: activeTrace(mail.traceparent), kind: 'client', attributes: {} } as const;
  const heard = await traced('mail dialogue', client, () => transport.send(request)).catch(
    (error: unknown) => {
      // Without an intent nothing was handed over, and the error is this mail's own.
      if (record.state === 'none') throw error;
      return asServerFailure(error);
    },
  );
  const told = resultFor(delivery, heard);
  tellRefusal(deps, mail, inFlight, told);
  const { result, alone } =
    told.kind === 'finished' ? deps.suspicion.review(mail.id, told) : { result: told, alone: false };
  if (result.kind === 'finished' && (isTaken(result) || serverConcern(result) === null)) {
    onAnswer();
  }
  if (isTaken(result)) {
    message.release();
  }
  const calledOffBy = rights.claim.calledOffBy();
  if (record.state === 'none' && calledOffBy !== null) {
    return { kind: 'called-off', eventId: calledOffBy };
  }
  const context = { nowMs: deps.clock.nowMs(), jitter: deps.random() };
  const eventId = eventIds.outcome(runId, mail, inFlight.number);
  return judge(mail, inFlight, record, { result, alone }, context, eventId);
}

function tellRefusal(
  { onSenderRefused }: AttemptDeps,
  { id: mailId }: WaitingMail,
  { decisions, settingsVersion }: AttemptInFlight,
  told: SendResult,
): void {
  if (told.kind !== 'finished') return;
  const found = told.recipients.find(({ failure: why }) => why?.code === 'sender-refused');
  const why = found?.failure ?? told.failure;
  if (why?.code !== 'sender-refused') return;
  const reply = found?.reply ?? told.reply;
  onSenderRefused?.({ mailId, decisions, settingsVersion, failure: why, reply });
}

/** The server has answered to the whole message, so all of it has left. */
function isTaken(result: SendResult): boolean {
  return result.kind === 'finished' && result.recipients.some(({ outcome }) => outcome === 'sent');
}

/** A transport that rejects after the intent has lost its connection at least. */
function asServerFailure(error: unknown): SendResult {
  const detail = error instanceof Error ? error.message : 'unknown';
  return { kind: 'server-failed', server: '', failure: failure('connection-lost', detail) };
}

/**
 * One attempt to hand a mail over, all of it from one snapshot of transport and settings. `onAnswer` is called when the
 * server had something to say about the mail. Never rejects.
 */
export function runAttempt(...[deps, mail, ...rest]: Parameters<typeof handOver>): Promise<AttemptEnd> {
  const span = {
    parent: traceOf(mail.traceparent),
    kind: 'internal',
    attributes: { 'postausgang.mail.id': mail.id },
  } as const;
  return traced('mail attempt', span, () => handOver(deps, mail, ...rest));
}

async function handOver(
  deps: AttemptDeps,
  mail: WaitingMail,
  serving: ActiveServing,
  claim: GuardedAttempt,
  permit: Permit,
  onAnswer: () => void,
): Promise<AttemptEnd> {
  const mode = (deps.sendingModes ?? alwaysLive).enter();
  try {
    const reason = heldByMode(mode.mode, mail);
    if (reason !== null) {
      return { kind: 'held', reason };
    }
    return await attemptIn(
      deps,
      mail,
      { ...serving, sendingMode: mode.mode },
      { claim, permit, mode },
      onAnswer,
    );
  } finally {
    mode.leave();
  }
}

interface Under {
  readonly claim: GuardedAttempt;
  readonly permit: Permit;
  readonly mode: ModeOfAttempt;
}

async function attemptIn(
  deps: AttemptDeps,
  mail: WaitingMail,
  serving: ActiveServing & SendingSettings,
  { claim, permit, mode }: Under,
  onAnswer: () => void,
): Promise<AttemptEnd> {
  const startedAt = toInstant(deps.clock.nowMs());
  const watch = watchOwnership(deps, mail);
  const isOurs = (identity: string): boolean => watch(identity) && permit.isHeld(deps.clock.nowMs());
  let loaded;
  try {
    loaded = await deps.requests.load(mail);
  } catch (error) {
    return error instanceof ContentStoreError
      ? withoutContent(deps, mail, error)
      : { kind: 'postponed', reason: error };
  }
  let place = 'checking the request';
  try {
    if (loaded === undefined) {
      // What was accepted is kept longer than it may wait, so this passes; if not, the mail expires.
      return later(
        deps,
        mail,
        failure('content-unavailable', 'The log does not give the request at the moment'),
      );
    }
    const { request, isChecked } = loaded;
    const findings = isChecked || mail.decisions !== null ? [] : deps.checkRequest(request);
    if (findings.length > 0) {
      return { kind: 'refused', detail: findingsLine(findings), findings };
    }
    place = 'composing the message';
    const prepared = await prepareAttempt(deps, mail, serving, request, permit.recipients);
    if (prepared.kind === 'refused') {
      return { ...prepared, code: 'sender-not-allowed' };
    }
    if (prepared.kind === 'held') {
      return prepared;
    }
    if (prepared.kind !== 'prepared') {
      const end = prepared.kind === 'later' ? later : abandon;
      return end(deps, mail, prepared.failure);
    }
    place = 'handing the message over';
    const { settingsVersion } = serving;
    const { chargedTo } = permit;
    const charge = chargedTo === homeOf(mail) ? {} : { chargedTo };
    const inFlight = { ...inFlightOf(mail, prepared.attempt), startedAt, settingsVersion, ...charge };
    const rights = { isOurs, claim, mode };
    return await sendOnce(deps, mail, serving.transport, prepared.attempt, inFlight, rights, onAnswer);
  } catch (error) {
    return error instanceof ContentStoreError
      ? withoutContent(deps, mail, error)
      : broken(deps, mail, place, error);
  }
}

/** What the attempt is about, for those who judge what came of it. */
function inFlightOf(mail: WaitingMail, { messageId, decisions, delivery, redirected }: PreparedAttempt) {
  const number = (mail.attempts.at(-1)?.number ?? 0) + 1;
  const redirection = redirected === null ? {} : { redirection: { kind: redirected, to: delivery.to } };
  return { number, decisions, messageId, to: delivery.for, ...redirection };
}

/**
 * An exception about one mail ends that mail: it is tried again in case it was memory, and the third try is the last. Each
 * is told by an event, so the count outlives the process, and none of them says anything about the server.
 */
function broken(deps: AttemptDeps, mail: WaitingMail, place: string, error: unknown): AttemptEnd {
  deps.logger.error({ mailId: mail.id, err: error }, `an attempt broke off while ${place}`);
  const why = failure('message-uncomposable', untrustedText(`${place}: ${String(error)}`));
  const isAgain = mail.state === 'deferred' && mail.failure?.code === why.code;
  return isAgain && mail.retryCount >= mostBrokenTries - 1
    ? abandon(deps, mail, why)
    : later(deps, mail, why, brokenPauseMs);
}

const mostBrokenTries = 3;
const brokenPauseMs = 5000;

/** What the message is made of is gone for good, or cannot be had at the moment. */
function withoutContent(deps: AttemptDeps, mail: WaitingMail, error: ContentStoreError): AttemptEnd {
  switch (error.code) {
    case 'content-missing':
    case 'content-corrupt':
      return abandon(deps, mail, failure('message-uncomposable', error.message));
    case 'content-full':
    case 'content-unavailable':
      return later(deps, mail, failure('content-unavailable', error.message));
    case 'store-closed':
      return { kind: 'postponed', reason: error };
    default:
      return error.code satisfies never;
  }
}

function later(deps: AttemptDeps, mail: WaitingMail, why: Failure, pauseMs?: number): AttemptEnd {
  const outcome = defer(mail, why, contextOf(deps), pauseMs);
  return { kind: 'outcome', outcome, eventId: eventIds.deferred(deps.runId, mail) };
}

function abandon(deps: AttemptDeps, mail: WaitingMail, why: Failure): AttemptEnd {
  const outcome = giveUp(mail, why, contextOf(deps));
  return { kind: 'outcome', outcome, eventId: eventIds.givenUp(deps.runId, mail) };
}

/** The policy's context at this moment. */
function contextOf({ clock, random }: Pick<AttemptDeps, 'clock' | 'random'>): PolicyContext {
  return { nowMs: clock.nowMs(), jitter: random() };
}
