import { type Finding, finding, type MailRequest } from '@postausgang/contracts';
import { parseInstant } from '@postausgang/settings';

/** What every request may say beside the message itself. */
export type Handling = Pick<
  MailRequest,
  'businessReference' | 'metadata' | 'sendAt' | 'notAfter' | 'orderingKey' | 'onUnknown'
>;

/** The time of the check, in milliseconds since 1970. */
export interface RequestContext {
  readonly nowMs: number;
}

/** What is wrong with the times of a request: days that do not exist, an end that has passed or precedes the start. */
export function checkHandling({ sendAt, notAfter }: Handling, { nowMs }: RequestContext): Finding[] {
  const sendAtMs = parseNullable(sendAt);
  const notAfterMs = parseNullable(notAfter);
  const earliestMs = Math.max(nowMs, Number.isNaN(sendAtMs) ? nowMs : (sendAtMs ?? nowMs));
  return [
    ...(Number.isNaN(sendAtMs) ? [finding('/sendAt', 'date-invalid')] : []),
    ...(Number.isNaN(notAfterMs) ? [finding('/notAfter', 'date-invalid')] : []),
    ...(notAfterMs !== null && notAfterMs <= earliestMs ? [finding('/notAfter', 'date-in-the-past')] : []),
  ];
}

/** NaN when there is a text that is no instant. */
function parseNullable(text: string | null | undefined): number | null {
  return text === null || text === undefined ? null : (parseInstant(text) ?? Number.NaN);
}
