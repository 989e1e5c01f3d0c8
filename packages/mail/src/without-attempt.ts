import { type Failure, failure } from '@postausgang/contracts';
import { type Mail, type SendingMail, toInstant, unknownPolicy } from './mail.ts';
import {
  expiredBecause,
  expiredRecipient,
  type MailOutcome,
  outcomeOf,
  type PolicyContext,
} from './outcome.ts';
import { addressKey, openRecipients } from './recipients.ts';
import { lastMomentMs, retryDelayMs } from './retry.ts';

/** `notAfter` has passed: those that wait expire. `why` is what they have waited for, where that is known. */
export function expire(mail: Mail, why: Failure | null, context: PolicyContext): MailOutcome {
  const waitedFor = why ?? (mail.state === 'deferred' ? mail.failure : null);
  const recipients = openRecipients(mail.recipients).map((one) => expiredRecipient(one, waitedFor));
  return conclude(mail, recipients, expiredBecause(waitedFor), context);
}

/** A clock that was wrong has planned the next attempt, far ahead: those that wait go now. */
export function rescheduleMisdated(mail: Mail, { nowMs }: PolicyContext): MailOutcome {
  return outcomeOf(mail, {
    attempt: null,
    isHandedOver: false,
    decisions: mail.decisions,
    messageId: null,
    recipients: [],
    nextAttemptAtMs: nowMs,
    failure: mail.state === 'deferred' ? mail.failure : null,
    otherwise: failure('message-deferred'),
  });
}

/** No attempt can be made at all (no sender, no message): those that wait are given up. */
export function giveUp(mail: Mail, why: Failure, context: PolicyContext): MailOutcome {
  const recipients = openRecipients(mail.recipients).map(
    (one) => ({ ...one, outcome: 'rejected', failure: why }) as const,
  );
  return conclude(mail, recipients, why, context);
}

/**
 * Something the message is made of cannot be had at the moment: those that wait are tried again on the schedule, or after
 * `pauseMs`.
 */
export function defer(
  mail: Mail,
  why: Failure,
  context: PolicyContext,
  pauseMs = retryDelayMs(mail.retryCount, context.jitter),
): MailOutcome {
  if (context.nowMs >= mail.notAfterMs) {
    return expire(mail, why, context);
  }
  const nextAttemptAtMs = lastMomentMs(mail, context.nowMs + pauseMs);
  const recipients = openRecipients(mail.recipients).map(
    (one) => ({ ...one, outcome: 'deferred', failure: why }) as const,
  );
  return outcomeOf(mail, {
    attempt: null,
    isHandedOver: false,
    decisions: mail.decisions,
    messageId: null,
    recipients,
    nextAttemptAtMs,
    failure: why,
    otherwise: why,
  });
}

function conclude(
  mail: Mail,
  recipients: Parameters<typeof outcomeOf>[1]['recipients'],
  why: Failure,
  { nowMs }: PolicyContext,
): MailOutcome {
  return outcomeOf(mail, {
    attempt: null,
    isHandedOver: false,
    decisions: mail.decisions,
    messageId: null,
    recipients,
    nextAttemptAtMs: nowMs,
    failure: why,
    otherwise: why,
  });
}

/**
 * An intent was recorded, `mail.intents[0]`, and its outcome never was: whoever sent died in between. Under `hold` the recipients the server
 * had accepted become unknown, under `resend` they are tried again on the schedule.
 */
export function rescueUnfinished(mail: SendingMail, context: PolicyContext): MailOutcome {
  const why = failure('outcome-unknown');
  const intent = mail.intents[0];
  const accepted = new Set(intent?.accepted.map(addressKey));
  const outcome =
    unknownPolicy(mail, mail.decisions) === 'resend' ? ('deferred' as const) : ('unknown' as const);
  const recipients = openRecipients(mail.recipients)
    .filter(({ address }) => accepted.has(addressKey(address)))
    .map(({ address, deliveredTo }) => ({
      address,
      outcome,
      failure: why,
      ...(deliveredTo === undefined ? {} : { deliveredTo }),
    }));
  const begun = mail.attempts.find(({ number }) => number === intent?.number);
  return outcomeOf(mail, {
    attempt:
      begun === undefined
        ? null
        : { ...begun, endedAt: toInstant(context.nowMs), outcome: 'unknown', failure: why },
    isHandedOver: begun !== undefined,
    decisions: mail.decisions,
    messageId: null,
    recipients,
    nextAttemptAtMs: context.nowMs + retryDelayMs(mail.retryCount, context.jitter),
    failure: why,
    otherwise: why,
  });
}
