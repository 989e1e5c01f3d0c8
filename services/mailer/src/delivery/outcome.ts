import type {
  Attempt,
  Decisions,
  EventData,
  Failure,
  MailState,
  RecipientResult,
} from '@postausgang/contracts';
import { toInstant } from '../queue/instants.ts';
import type { Mail } from '../queue/mail-row.ts';
import { finalState, mergeRecipients, openRecipients, withCopies } from '../queue/recipients.ts';

type OutcomeName = 'mailSent' | 'mailDeferred' | 'mailFailed' | 'mailOutcomeUnknown';

/** The event that tells what became of recipients: a union on `name`. */
export type MailOutcome = {
  [N in OutcomeName]: { readonly name: N; readonly data: EventData<N> };
}[OutcomeName];

/** What an attempt, or the end of waiting, has brought. */
export interface News {
  readonly attempt: Attempt | null;
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
  };
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
    ...mailFields(mail, news.messageId),
    state,
    attempt: news.attempt,
    decisions: mail.decisions ?? news.decisions,
    recipients: [...news.recipients],
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
