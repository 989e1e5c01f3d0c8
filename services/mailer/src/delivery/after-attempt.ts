import {
  type Attempt,
  type Decisions,
  failure,
  type OnUnknown,
  type RecipientResult,
} from '@postausgang/contracts';
import { toInstant } from '../queue/instants.ts';
import type { Mail } from '../queue/mail-row.ts';
import { mergeRecipients, openRecipients, withCopies } from '../queue/recipients.ts';
import { unknownPolicy } from '../queue/unknown-policy.ts';
import type { FinishedSend, SendRecipient } from '../transport.ts';
import { type MailOutcome, outcomeOf } from './outcome.ts';
import type { PolicyContext } from './policy-context.ts';
import { retryDelayMs } from './retry-schedule.ts';

/** The attempt whose result is to be judged. Everything in it came from one version of the settings. */
export interface AttemptInHand {
  readonly number: number;
  readonly startedAtMs: number;
  readonly settingsVersion: number;
  readonly decisions: Decisions;
  readonly messageId: string;
  /** The recipients of the transaction. */
  readonly to: readonly string[];
}

/**
 * What the end of a transaction means for the mail. 2yz is final, 5yz is final, 4yz is tried again on the schedule until
 * the mail expires (RFC 5321 §4.2.1, §4.5.4.1). An unknown outcome is final under `hold` and tried again under `resend`.
 */
export function afterAttempt(
  mail: Mail,
  inHand: AttemptInHand,
  result: FinishedSend,
  context: PolicyContext,
): MailOutcome {
  const told = everyRecipient(inHand.to, result);
  const policy = unknownPolicy(mail, inHand.decisions);
  const judged = told.map((one) => judge(one, told, policy));
  const nextAttemptAtMs = nextAttempt(mail, inHand.decisions, judged, context);
  const recipients = nextAttemptAtMs > mail.notAfterMs ? expireOpen(mail, inHand, judged) : judged;
  return outcomeOf(mail, {
    attempt: endOf(inHand, told, result, context),
    decisions: inHand.decisions,
    messageId: inHand.messageId,
    recipients,
    nextAttemptAtMs,
    failure: result.failure,
    otherwise: failure('unexpected-reply'),
  });
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

function judge(one: SendRecipient, all: readonly SendRecipient[], policy: OnUnknown): RecipientResult {
  if (one.outcome === 'unknown') {
    const why = one.failure ?? failure('outcome-unknown');
    return { ...one, failure: why, outcome: policy === 'resend' ? 'deferred' : 'unknown' };
  }
  const wasOneTooMany =
    one.outcome === 'deferred' &&
    tooMany.test(one.reply ?? '') &&
    all.some(({ outcome }) => outcome === 'sent');
  return wasOneTooMany ? { ...one, outcome: 'pending' } : { ...one, outcome: one.outcome };
}

/** RFC 5321 §4.5.3.1.10: with 452, and 552 from old servers, the rest goes out in the next transaction. */
const tooMany = /^[45]52\b/;

/** At once while recipients were not tried and the server takes mail, else after the pause of the schedule. */
function nextAttempt(
  mail: Mail,
  decisions: Decisions,
  judged: readonly RecipientResult[],
  { nowMs, jitter }: PolicyContext,
): number {
  const after = mergeRecipients(withCopies(mail.recipients, mail.decisions ?? decisions), judged);
  const untried = after.some(({ outcome }) => outcome === 'pending');
  const someAnswer = judged.some(({ outcome }) => outcome !== 'deferred');
  return untried && someAnswer ? nowMs : nowMs + retryDelayMs(mail.rounds, jitter);
}

/** The next attempt would come too late, so those that wait get their outcome now. */
function expireOpen(
  mail: Mail,
  { decisions }: AttemptInHand,
  judged: readonly RecipientResult[],
): readonly RecipientResult[] {
  const after = mergeRecipients(withCopies(mail.recipients, mail.decisions ?? decisions), judged);
  const expired = openRecipients(after).map(expiredRecipient);
  const addresses = new Set(expired.map(({ address }) => address));
  return [...judged.filter(({ address }) => !addresses.has(address)), ...expired];
}

/** The last reply stays to be seen. */
export function expiredRecipient(one: RecipientResult): RecipientResult {
  return { ...one, outcome: 'expired', failure: failure('expired') };
}

function endOf(
  inHand: AttemptInHand,
  told: readonly SendRecipient[],
  result: FinishedSend,
  { nowMs }: PolicyContext,
): Attempt {
  return {
    number: inHand.number,
    startedAt: toInstant(inHand.startedAtMs),
    endedAt: toInstant(nowMs),
    settingsVersion: inHand.settingsVersion,
    server: result.server,
    tls: result.tls,
    outcome: attemptOutcome(told),
    reply: result.reply,
    failure: result.failure,
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
