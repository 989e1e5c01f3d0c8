import type { Mail, RequestPosition, SendingMail } from '@postausgang/mail';

/** What the events of one attempt have in common; see `attemptIdentity`. */
const attempt = (runId: string, mailId: string, number: number) => `${mailId}/${runId}/attempt-${number}`;

/**
 * The ids of the events a mailer publishes about a mail. What is published twice, because nobody knew whether the first
 * time had been durable, has the same id and is the same event; what another run of a mailer publishes has another one.
 * Neither a mail id nor a run id holds a slash.
 */
export const eventIds = {
  attempt,
  started: (runId: string, mailId: string, number: number) => `${attempt(runId, mailId, number)}/started`,
  outcome: (runId: string, mailId: string, number: number) => `${attempt(runId, mailId, number)}/outcome`,
  /**
   * The end of somebody else's attempt, the same whoever tells it. Another id than the outcome: if whoever sent is alive
   * after all, its word comes as an event of its own.
   */
  rescued: ({ id, intents }: SendingMail) => `${intents[0]?.attempt ?? id}/settled`,
  deferred: (runId: string, { id, generation, retryCount }: Mail) =>
    `${id}/${runId}/put-off-${generation}-${retryCount + 1}`,
  expired: (runId: string, { id, generation }: Mail) => `${id}/${runId}/expired-${generation}`,
  givenUp: (runId: string, { id, generation }: Mail) => `${id}/${runId}/given-up-${generation}`,
  held: (runId: string, { id, holds }: Mail) => `${id}/${runId}/held-${holds + 1}`,
  released: (runId: string, { id, holds }: Mail) => `${id}/${runId}/released-${holds}`,
  /** The same whoever answers: a command has one answer. */
  answer: (mailId: string, commandId: string) => `${mailId}/answer/${commandId}`,
  lookedUp: (runId: string, { id, generation }: Mail) => `${id}/${runId}/looked-up-${generation}`,
  rescheduled: (runId: string, mail: Mail & { readonly dueAtMs?: number }) =>
    `${mail.id}/${runId}/redated-${mail.dueAtMs ?? 0}`,
  /** The same whoever refuses: a record is refused once. */
  refused: ({ partition, offset }: RequestPosition) => `refused-${partition}-${offset}`,
};
