import type { EventOf } from '@postausgang/contracts';
import { instantMs } from './instants.ts';
import type { EventPlace } from './mail-event.ts';
import type { QueuedMail } from './mail-row.ts';
import { requestedRecipients } from './recipients.ts';

/** How long a mail waits when it does not say so itself (RFC 5321 §4.5.4.1: at least 4 to 5 days). */
export const defaultLifetimeMs = 5 * 24 * 60 * 60 * 1000;

/** The row of a mail whose request has just been folded. */
export function newMail({ data, time }: EventOf<'mailRequested'>, place: EventPlace): QueuedMail {
  const acceptedAtMs = instantMs(time) ?? 0;
  const sendAtMs = instantMs(data.sendAt);
  return {
    state: 'queued',
    id: data.id,
    request: { partition: place.partition, offset: place.offset },
    key: place.key ?? data.orderingKey ?? data.id,
    acceptedAtMs,
    dueAtMs: sendAtMs ?? acceptedAtMs,
    notAfterMs: instantMs(data.notAfter) ?? Math.max(acceptedAtMs, sendAtMs ?? 0) + defaultLifetimeMs,
    sendAtMs,
    orderingKey: data.orderingKey ?? null,
    onUnknown: data.onUnknown ?? null,
    businessReference: data.businessReference ?? null,
    metadata: data.metadata ?? {},
    subject: 'envelope' in data ? null : (data.subject ?? null),
    messageId: data.messageId ?? null,
    payloadDigest: data.payloadDigest ?? null,
    recipients: requestedRecipients(data).map((address) => ({ address, outcome: 'pending' })),
    attempts: [],
    ended: [],
    decisions: null,
    rounds: 0,
    holds: 0,
    marks: [],
    round: 1,
    earlierAttempts: 0,
    lookupEnded: false,
    history: [],
  };
}
