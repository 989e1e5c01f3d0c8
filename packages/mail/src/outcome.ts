import {
  type Attempt,
  classOf,
  concernsServer,
  type Decisions,
  type EventData,
  type Failure,
  failure,
  type MailState,
  type OnUnknown,
  type RecipientResult,
  type Redirection,
} from '@postausgang/contracts';
import { type Mail, toInstant, unknownPolicy } from './mail.ts';
import { finalState, mergeRecipients, openRecipients, withCopies } from './recipients.ts';
import { lastMomentMs, retryDelayMs, throttledDelayMs } from './retry.ts';
import type { FinishedSend, SendRecipient } from './transport.ts';

type OutcomeName = 'mailSent' | 'mailDeferred' | 'mailFailed' | 'mailOutcomeUnknown';

/** The event that tells what became of recipients: a union on `name`. */
export type MailOutcome = {
  [N in OutcomeName]: { readonly name: N; readonly data: EventData<N> };
}[OutcomeName];

/** What an attempt, or the end of waiting, has brought. */
interface News {
  readonly attempt: Attempt | null;
  /** Whether the final dot may have been sent: then it has happened, and is no decision. */
  readonly isHandedOver: boolean;
  readonly decisions: Decisions | null;
  readonly messageId: string | null;
  /** Only the recipients it concerns. */
  readonly recipients: readonly RecipientResult[];
  /** When those that still wait are tried again; not needed where none is left. */
  readonly nextAttemptAtMs: number;
  readonly failure: Failure | null;
  /** The failure to tell where no other is known. */
  readonly otherwise: Failure;
}

/** The fields every event about a mail has. */
export function mailFields(mail: Mail, messageId: string | null = null) {
  return {
    mailId: mail.id,
    messageId: mail.messageId ?? messageId,
    businessReference: mail.businessReference,
    metadata: { ...mail.metadata },
    requestedBy: mail.requestedBy,
  };
}

/** Those of an event that decides something: it counts only while the mail is as it was. */
export function decisionFields(mail: Mail, messageId: string | null = null) {
  return { ...mailFields(mail, messageId), expectedVersion: mail.version };
}

/**
 * The event for news of a mail. While some recipients wait it is `mail-deferred`, when none does the mail's final state
 * decides; but wherever an outcome has become unknown it is `mail-outcome-unknown`, so that somebody looks at once.
 */
export function outcomeOf(mail: Mail, news: News): MailOutcome {
  const recipients = mergeRecipients(
    withCopies(mail.recipients, mail.decisions ?? news.decisions),
    news.recipients,
  );
  const waits = openRecipients(recipients).length > 0;
  const state: MailState = waits ? 'deferred' : finalState(recipients);
  const failure = news.failure ?? firstFailure(news.recipients);
  const data = {
    ...(news.isHandedOver ? mailFields : decisionFields)(mail, news.messageId),
    state,
    attempt: news.attempt,
    decisions: mail.decisions ?? news.decisions,
    recipients: [...news.recipients],
    ...(recipients.some(({ deliveredTo }) => deliveredTo !== undefined) ? { redirected: true } : {}),
  };
  if (state === 'unknown' || news.recipients.some(({ outcome }) => outcome === 'unknown')) {
    return { name: 'mailOutcomeUnknown', data: { ...data, failure: failure ?? news.otherwise } };
  }
  if (waits) {
    const nextAttemptAt = toInstant(news.nextAttemptAtMs);
    return { name: 'mailDeferred', data: { ...data, nextAttemptAt, failure } };
  }
  return state === 'sent' || state === 'partly-sent'
    ? { name: 'mailSent', data }
    : { name: 'mailFailed', data: { ...data, failure: failure ?? news.otherwise } };
}

function firstFailure(recipients: readonly RecipientResult[]): Failure | null {
  return recipients.find(({ failure }) => failure !== undefined)?.failure ?? null;
}

/** What the policy is given from outside. */
export interface PolicyContext {
  readonly nowMs: number;
  /** 0 to 1. */
  readonly jitter: number;
}

/** The attempt whose result is to be judged. Everything in it came from one version of the settings. */
export interface AttemptInFlight {
  readonly number: number;
  /** RFC 3339. */
  readonly startedAt: string;
  readonly settingsVersion: number;
  readonly decisions: Decisions;
  readonly messageId: string;
  /** The recipients of the transaction. */
  readonly to: readonly string[];
  /** Where it goes to other addresses instead: which, and what of it was changed for that. */
  readonly redirection?: { readonly kind: Redirection; readonly to: readonly string[] } | undefined;
  /** The partition whose share of the limits it uses, if that is not the mail's own. */
  readonly chargedTo?: number;
}

/**
 * What the end of a transaction means for the mail. 2yz is final, 5yz is final, 4yz is tried again on the schedule until
 * the mail expires (RFC 5321 §4.2.1, §4.5.4.1); a server that is sent too much names the time itself. An unknown outcome is final under `hold` and tried again under `resend`.
 *
 * @param isHandedOver whether the intent is in the log and counts; without one nothing can have been handed over.
 */
export function afterAttempt(
  mail: Mail,
  inFlight: AttemptInFlight,
  result: FinishedSend,
  context: PolicyContext,
  isHandedOver = true,
): MailOutcome {
  const told = everyRecipient(inFlight.to, result);
  const policy = unknownPolicy(mail, inFlight.decisions);
  const judged = told.map((one) => ({ ...judge(one, told, policy), ...deliveredTo(inFlight) }));
  const nextAttemptAtMs = lastMomentMs(mail, nextAttempt(mail, inFlight.decisions, judged, context));
  const recipients = context.nowMs >= mail.notAfterMs ? expireOpen(mail, inFlight, judged) : judged;
  return outcomeOf(mail, {
    attempt: endOf(inFlight, told, result, context),
    isHandedOver,
    decisions: inFlight.decisions,
    messageId: inFlight.messageId,
    recipients,
    nextAttemptAtMs,
    failure: result.failure,
    otherwise: failure('unexpected-reply'),
  });
}

/** Where the mail went instead, as each of its recipients has it. */
function deliveredTo({ redirection }: AttemptInFlight): Pick<RecipientResult, 'deliveredTo'> {
  return redirection === undefined ? {} : { deliveredTo: [...redirection.to] };
}

function redirected({ redirection }: AttemptInFlight): Pick<Attempt, 'redirected'> {
  return redirection === undefined ? {} : { redirected: redirection.kind };
}

/** A recipient the result says nothing of may have the mail. */
function everyRecipient(to: readonly string[], result: FinishedSend): readonly SendRecipient[] {
  const byAddress = new Map(result.recipients.map((one) => [one.address, one] as const));
  const silent = (address: string): SendRecipient => ({
    address,
    outcome: 'unknown',
    failure: failure('outcome-unknown'),
  });
  return to.map((address) => byAddress.get(address) ?? silent(address));
}

function judge(
  { alike: _alike, ...one }: SendRecipient,
  all: readonly SendRecipient[],
  policy: OnUnknown,
): RecipientResult {
  if (one.outcome === 'unknown') {
    const why = one.failure ?? failure('outcome-unknown');
    return { ...one, failure: why, outcome: policy === 'resend' ? 'deferred' : 'unknown' };
  }
  // What is not the mail's fault does not end it, whoever says so.
  const isNotItsFault = one.outcome === 'rejected' && isOfServer(one.failure);
  if (isNotItsFault) {
    return { ...one, outcome: 'deferred' };
  }
  const wasOneTooMany =
    one.outcome === 'deferred' &&
    (tooMany.test(one.reply ?? '') || one.failure?.code === 'too-many-recipients') &&
    all.some(({ outcome }) => outcome === 'sent');
  return wasOneTooMany ? { ...one, outcome: 'pending' } : { ...one, outcome: one.outcome };
}

/** RFC 5321 §4.5.3.1.10: with 452, and 552 from old servers, the rest goes out in the next transaction. */
const tooMany = /^[45]52\b/;

/** At once while recipients were not tried and the server takes mail, else after the pause of the server or the schedule. */
function nextAttempt(
  mail: Mail,
  decisions: Decisions,
  judged: readonly RecipientResult[],
  { nowMs, jitter }: PolicyContext,
): number {
  const after = mergeRecipients(withCopies(mail.recipients, mail.decisions ?? decisions), judged);
  const untried = after.some(({ outcome }) => outcome === 'pending');
  const someAnswer = judged.some(({ outcome }) => outcome !== 'deferred');
  if (untried && someAnswer) {
    return nowMs;
  }
  const throttled = judged.filter(({ outcome, failure: why }) => outcome === 'deferred' && isThrottled(why));
  const pauses = throttled.map(({ failure: why }) => throttledDelayMs(why?.retryAfterSeconds, jitter));
  return nowMs + (pauses.length > 0 ? Math.max(...pauses) : retryDelayMs(mail.retryCount, jitter));
}

function isThrottled(why: RecipientResult['failure']): boolean {
  return why !== undefined && classOf(why.code) === 'throttled';
}

/** The time ran out during the attempt, so those that wait get their outcome now. */
function expireOpen(
  mail: Mail,
  { decisions }: AttemptInFlight,
  judged: readonly RecipientResult[],
): readonly RecipientResult[] {
  const after = mergeRecipients(withCopies(mail.recipients, mail.decisions ?? decisions), judged);
  const expired = openRecipients(after).map((one) => expiredRecipient(one, one.failure ?? null));
  const addresses = new Set(expired.map(({ address }) => address));
  return [...judged.filter(({ address }) => !addresses.has(address)), ...expired];
}

/** The last reply stays to be seen, and the failure says why the mail has waited. */
export function expiredRecipient(one: RecipientResult, why: Failure | null): RecipientResult {
  return { ...one, outcome: 'expired', failure: expiredBecause(one.failure ?? why) };
}

/** The failure of what has expired, with the one it has waited for. */
export function expiredBecause(why: Failure | null): Failure {
  return why === null
    ? failure('expired')
    : failure('expired', why.detail === undefined ? why.code : `${why.code}: ${why.detail}`);
}

function endOf(
  inFlight: AttemptInFlight,
  told: readonly SendRecipient[],
  result: FinishedSend,
  { nowMs }: PolicyContext,
): Attempt {
  return {
    number: inFlight.number,
    startedAt: inFlight.startedAt,
    endedAt: toInstant(nowMs),
    settingsVersion: inFlight.settingsVersion,
    server: result.server,
    tls: result.tls,
    outcome: attemptOutcome(told),
    reply: result.reply,
    failure: result.failure,
    ...(result.notOffered === undefined ? {} : { notOffered: [...result.notOffered] }),
    ...redirected(inFlight),
  };
}

function attemptOutcome(told: readonly SendRecipient[]): NonNullable<Attempt['outcome']> {
  const has = (outcome: SendRecipient['outcome']): boolean => told.some((one) => one.outcome === outcome);
  if (has('unknown')) {
    return 'unknown';
  }
  if (has('sent')) {
    return told.every(({ outcome }) => outcome === 'sent') ? 'sent' : 'partly-sent';
  }
  return has('deferred') ? 'deferred' : 'failed';
}

/** Short, for the mail server is not to blame, but not zero, for the next intent may fail the same way. */
const interruptionMs = 10_000;

/**
 * The intent could not be recorded for certain, so the final dot was not sent: nothing was handed over. It may stand in
 * the log nevertheless, hence the attempt is ended there too.
 */
export function interrupted(
  mail: Mail,
  inFlight: AttemptInFlight,
  { server, tls }: { readonly server: string; readonly tls: string | null },
  context: PolicyContext,
): MailOutcome {
  const recipients = inFlight.to.map(
    (address) => ({ address, outcome: 'deferred', ...deliveredTo(inFlight) }) as const,
  );
  return outcomeOf(mail, {
    attempt: {
      number: inFlight.number,
      startedAt: inFlight.startedAt,
      endedAt: toInstant(context.nowMs),
      settingsVersion: inFlight.settingsVersion,
      server,
      tls,
      outcome: 'deferred',
      reply: null,
      failure: null,
      ...redirected(inFlight),
    },
    isHandedOver: false,
    decisions: inFlight.decisions,
    messageId: inFlight.messageId,
    recipients,
    nextAttemptAtMs: context.nowMs + interruptionMs,
    failure: null,
    otherwise: failure('message-deferred'),
  });
}

/**
 * What a transaction has told about the server as a whole.
 * `only`: nothing else; no recipient has an answer, so the mail is as it was and no attempt of it is counted.
 * `also`: some recipients have theirs, and the mail of all others waits.
 */
interface ServerConcern {
  readonly extent: 'only' | 'also';
  readonly failure: Failure;
}

/**
 * The failure of a transaction that is not the mail's: a sign-in that is missing, a server that is sent too much. A server
 * that serves another recipient of the same transaction does not refuse this client as such.
 */
export function serverConcern({ recipients, failure }: FinishedSend): ServerConcern | null {
  const isOnly =
    recipients.length > 0 && recipients.every((one) => isWaiting(one) && isOfServer(one.failure));
  const told = [failure, ...recipients.map((one) => one.failure)].filter(
    (one) => one !== null && one !== undefined,
  );
  const found = told.find((one) => isOfServer(one) && (isOnly || classOf(one.code) === 'throttled'));
  return found === undefined ? null : { extent: isOnly ? 'only' : 'also', failure: found };
}

function isWaiting({ outcome }: SendRecipient): boolean {
  return outcome === 'deferred';
}

function isOfServer(failure: Failure | null | undefined): boolean {
  return failure !== null && failure !== undefined && concernsServer(failure.code);
}
