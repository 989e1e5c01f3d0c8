import {
  type Failure,
  type MailState,
  type MailStatus,
  type MailSummary,
  type RecipientResult,
  withClass,
} from '@postausgang/contracts';
import { isFinished, isWaiting, type Mail, toInstant } from './mail.ts';
import { senderOf } from './recipients.ts';
import { priorityOf } from './requester.ts';

/** What only the dispatcher knows of a mail. */
export interface MailMoment {
  /** In hand: an attempt is under way, although the log does not say so yet. */
  readonly inFlight: boolean;
  /** What keeps due mail from moving as a whole (server down, no transport, a limit), or null. */
  readonly waitingFor: Failure | null;
}

function stateOf(mail: Mail, { inFlight }: MailMoment): MailState {
  return inFlight && isWaiting(mail) ? 'sending' : mail.state;
}

function classified(one: RecipientResult): RecipientResult {
  return one.failure === undefined ? one : { ...one, failure: withClass(one.failure) };
}

/** The mail as a list shows it. */
export function mailSummary(mail: Mail, moment: MailMoment): MailSummary {
  return {
    id: mail.id,
    messageId: mail.messageId,
    state: stateOf(mail, moment),
    priority: priorityOf(mail),
    businessReference: mail.businessReference,
    metadata: { ...mail.metadata },
    subject: mail.subject,
    from: senderOf(mail) || null,
    attachments: [...(mail.attachments ?? [])],
    requestedBy: mail.requestedBy,
    acceptedAt: toInstant(mail.acceptedAtMs),
    nextAttemptAt: isWaiting(mail) ? toInstant(mail.dueAtMs) : null,
    heldFor: mail.state === 'held' ? mail.heldFor : null,
    redirected: mail.recipients.some(({ deliveredTo }) => deliveredTo !== undefined),
    notAfter: toInstant(mail.notAfterMs),
    failure: withClass(failureOf(mail)),
    recipients: mail.recipients.map(classified),
  };
}

/**
 * Everything there is to say about a mail.
 *
 * @param waitsForMailId the mail whose end it awaits, since both have the same ordering key
 */
export function mailStatus(mail: Mail, moment: MailMoment, waitsForMailId: string | null = null): MailStatus {
  return {
    ...mailSummary(mail, moment),
    attempts: mail.attempts.map((attempt) => ({ ...attempt, failure: withClass(attempt.failure) })),
    decisions: mail.decisions,
    waitingFor: waitingFor(mail, moment),
    waitsForMailId,
    sendAt: mail.sendAtMs === null ? null : toInstant(mail.sendAtMs),
    round: mail.generation,
    history: [...mail.history],
  };
}

/** Why a mail has not reached everyone: what the first of those recipients has, else the last attempt. */
export function failureOf(mail: Mail): Failure | null {
  if (!isFinished(mail) || mail.state === 'sent') {
    return null;
  }
  const missed = mail.recipients.find(({ outcome, failure }) => outcome !== 'sent' && failure !== undefined);
  return missed?.failure ?? mail.attempts.at(-1)?.failure ?? null;
}

/** A standstill keeps every waiting mail; else a deferred one waits because of its last attempt. */
function waitingFor(mail: Mail, { inFlight, waitingFor: whole }: MailMoment): Failure | null {
  if (inFlight || !isWaiting(mail)) {
    return null;
  }
  return whole ?? (mail.state === 'deferred' ? withClass(mail.failure) : null);
}
