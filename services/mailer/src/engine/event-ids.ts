import type { Mail, RequestPosition, SendingMail } from '@postausgang/mail';

/**
 * What the events of one attempt have in common; see `attemptIdentity`. The same run may begin an attempt of the same number
 * again, where the first intent found the mail changed: so the version it was taken in tells them apart.
 */
const attempt = (runId: string, { id, version }: Mail, number: number) =>
  `${id}/${runId}/${version}/attempt-${number}`;

/**
 * The ids of the events a mailer publishes about a mail. What is published twice, because nobody knew whether the first
 * time had been durable, has the same id and is the same event; what another run of a mailer publishes, or what is decided
 * anew on another version of the mail, has another one.
 * Neither a mail id nor a run id holds a slash.
 */
export const eventIds = {
  attempt,
  started: (runId: string, taken: Mail, number: number) => `${attempt(runId, taken, number)}/started`,
  outcome: (runId: string, taken: Mail, number: number) => `${attempt(runId, taken, number)}/outcome`,
  /**
   * The end of somebody else's attempt, the same whoever tells it. Another id than the outcome: if whoever sent is alive
   * after all, its word comes as an event of its own.
   */
  rescued: ({ id, intents }: SendingMail) => `${intents[0]?.attempt ?? id}/settled`,
  deferred: (runId: string, { id, version }: Mail) => `${id}/${runId}/put-off-${version}`,
  expired: (runId: string, { id, version }: Mail) => `${id}/${runId}/expired-${version}`,
  givenUp: (runId: string, { id, version }: Mail) => `${id}/${runId}/given-up-${version}`,
  held: (runId: string, { id, version }: Mail) => `${id}/${runId}/held-${version}`,
  restored: (runId: string, { id, version }: Mail) => `${id}/${runId}/restored-${version}`,
  released: (runId: string, { id, version }: Mail) => `${id}/${runId}/released-${version}`,
  /** The same whoever answers. Of the answers that were decided on several versions of a mail one counts. */
  answer: (mailId: string, commandId: string, version: number | null) =>
    `${mailId}/answer/${commandId}${version === null ? '' : `/${version}`}`,
  lookedUp: (runId: string, { id, version }: Mail) => `${id}/${runId}/looked-up-${version}`,
  rescheduled: (runId: string, { id, version }: Mail) => `${id}/${runId}/redated-${version}`,
  /** The same whoever refuses: a record is refused once. */
  refused: ({ partition, offset }: RequestPosition) => `refused-${partition}-${offset}`,
};

/** The run that has written the first intent of a mail. */
export function runOfFirstIntent({ id, intents }: SendingMail): string {
  return intents[0]?.attempt.slice(id.length + 1).split('/')[0] ?? '';
}
