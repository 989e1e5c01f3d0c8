import type { Mail, RequestPosition } from '../queue/mail-row.ts';

/**
 * The ids of the events a mailer publishes about a mail. What is published twice, because nobody knew whether the first
 * time had been durable, has the same id and is the same event. A mail id holds no slash.
 */
export const eventIds = {
  started: (mailId: string, attempt: number) => `${mailId}/attempt-${attempt}/started`,
  outcome: (mailId: string, attempt: number) => `${mailId}/attempt-${attempt}/outcome`,
  /** Another id than the outcome: if whoever sent is alive after all, its word comes as an event of its own. */
  settled: (mailId: string, attempt: number) => `${mailId}/attempt-${attempt}/settled`,
  putOff: ({ id, rounds }: Mail) => `${id}/put-off-${rounds + 1}`,
  expired: (mailId: string) => `${mailId}/expired`,
  givenUp: (mailId: string) => `${mailId}/given-up`,
  held: ({ id, holds }: Mail) => `${id}/held-${holds + 1}`,
  released: ({ id, holds }: Mail) => `${id}/released-${holds}`,
  refused: ({ partition, offset }: RequestPosition) => `refused-${partition}-${offset}`,
};
