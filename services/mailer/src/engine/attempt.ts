/**
 * The window of the delivery contract. All content is with the server, then the intent is made durable, and only then
 * does the transport send the final dot. What breaks before the intent may be tried again. After it, whatever is not a
 * reply of the server is an unknown outcome.
 */
import { ContentStoreError } from '@postausgang/content-store';
import { type Decisions, failure, type Failure } from '@postausgang/contracts';
import { EventLogError, type Position, type Publisher } from '@postausgang/event-log';
import {
  type AttemptInFlight,
  defer,
  giveUp,
  type Intent,
  decisionFields,
  mailboxOf,
  type PolicyContext,
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
import { type MessageMaking, prepareAttempt, type PreparedAttempt } from './prepare-attempt.ts';
import type { RequestCache } from './request-cache.ts';
import type { Suspicion } from './suspicion.ts';
import { activeTrace, traced, traceOf } from './tracing.ts';

export interface AttemptDeps extends MessageMaking {
  readonly publisher: Publisher;
  readonly requests: Pick<RequestCache, 'load' | 'clear'>;
  readonly clock: Clock;
  readonly random: () => number;
  /** What is wrong with a request that nobody has checked yet, or null. */
  readonly checkRequest: (request: InlineMailRequested) => string | null;
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

/** Whether the final dot may be sent. */
interface Rights {
  /** No other mailer has taken over. */
  readonly isOurs: (identity: string) => boolean;
  /** Nobody has called the attempt off. */
  readonly claim: GuardedAttempt;
}

/** Sends the message to the recipients in flight and judges what came of it. Rejects only by mistakes of ours. */
async function sendOnce(
  deps: AttemptDeps,
  mail: WaitingMail,
  transport: Transport,
  { message, dsn }: Pick<PreparedAttempt, 'message' | 'dsn'>,
  inFlight: AttemptInFlight,
  { isOurs, claim }: Rights,
  onAnswer: () => void,
): Promise<AttemptEnd> {
  const { runId } = deps;
  const identity = eventIds.attempt(runId, mail, inFlight.number);
  let record: IntentRecord = { state: 'none' };
  const onIntent = async (intent: Intent): Promise<void> => {
    if (!isOurs(identity)) {
      record = { state: 'no-lease' };
      throw new Error('Another mailer may have taken over');
    }
    if (!claim.commit()) {
      throw new Error('The attempt was called off');
    }
    record = { state: 'uncertain', intent };
    const position = await publishIntent(deps, mail, inFlight, intent).catch((error: unknown) => {
      record = isOutOfRoom(error) ? { state: 'no-room' } : record;
      throw error;
    });
    await deps.intentFolded(position);
    if (!isOurs(identity)) {
      throw new Error('Another mailer may have taken over while the intent was written');
    }
    record = { state: 'recorded', intent };
  };
  const { envelopeFrom, from } = inFlight.decisions;
  const envelope = { from: envelopeFrom, to: inFlight.to };
  const hasBounceAddress = envelopeFrom !== from.address;
  const request = { envelope, hasBounceAddress, dsn, message, onIntent, ...mailboxOf(inFlight.decisions) };
  const client = { parent: activeTrace(mail.traceparent), kind: 'client', attributes: {} } as const;
  const told = await traced('mail dialogue', client, () => transport.send(request)).catch(
    (error: unknown) => {
      // Without an intent nothing was handed over, and the error is this mail's own.
      if (record.state === 'none') throw error;
      return asServerFailure(error);
    },
  );
  tellRefusal(deps, mail, inFlight, told);
  const { result, alone } =
    told.kind === 'finished' ? deps.suspicion.review(mail.id, told) : { result: told, alone: false };
  if (result.kind === 'finished' && (isTaken(result) || serverConcern(result) === null)) {
    onAnswer();
  }
  if (isTaken(result)) {
    message.release();
  }
  const calledOffBy = claim.calledOffBy();
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

/** What was refused for want of space is surely not in the log. */
function isOutOfRoom(error: unknown): boolean {
  return error instanceof EventLogError && error.code === 'log-full';
}

/** A transport that rejects after the intent has lost its connection at least. */
function asServerFailure(error: unknown): SendResult {
  const detail = error instanceof Error ? error.message : 'unknown';
  return { kind: 'server-failed', server: '', failure: failure('connection-lost', detail) };
}

async function publishIntent(
  { publisher, runId }: AttemptDeps,
  mail: WaitingMail,
  { number, startedAt, settingsVersion, decisions, messageId, chargedTo }: AttemptInFlight,
  { server, tls, accepted }: Intent,
): Promise<Position> {
  const open = { endedAt: null, outcome: null, reply: null, failure: null };
  const attempt = { number, startedAt, settingsVersion, server, tls, ...open };
  const charge = chargedTo === undefined ? {} : { chargedTo };
  const recipients = [...accepted];
  const data = { ...decisionFields(mail, messageId), attempt, decisions, recipients, ...charge };
  const id = eventIds.started(runId, mail, number);
  const { position } = await publisher.publish('mailAttemptStarted', mail.key, data, {
    id,
    subject: mail.id,
    traceparent: mail.traceparent,
  });
  return position;
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
    const problem = isChecked || mail.decisions !== null ? null : deps.checkRequest(request);
    if (problem !== null) {
      return { kind: 'refused', detail: problem };
    }
    place = 'composing the message';
    const prepared = await prepareAttempt(deps, mail, serving, request, permit.recipients);
    if (prepared.kind === 'refused') {
      return { ...prepared, code: 'sender-not-allowed' };
    }
    if (prepared.kind !== 'prepared') {
      const end = prepared.kind === 'later' ? later : abandon;
      return end(deps, mail, prepared.failure);
    }
    const { messageId, decisions, to } = prepared.attempt;
    place = 'handing the message over';
    const { settingsVersion } = serving;
    const number = (mail.attempts.at(-1)?.number ?? 0) + 1;
    const { chargedTo } = permit;
    const charge = chargedTo === mail.request.partition ? {} : { chargedTo };
    const inFlight = { number, startedAt, settingsVersion, decisions, messageId, to, ...charge };
    const rights = { isOurs, claim };
    return await sendOnce(deps, mail, serving.transport, prepared.attempt, inFlight, rights, onAnswer);
  } catch (error) {
    return error instanceof ContentStoreError
      ? withoutContent(deps, mail, error)
      : broken(deps, mail, place, error);
  }
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
