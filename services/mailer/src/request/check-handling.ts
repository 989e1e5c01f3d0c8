import { type Finding, finding, type MailRequest } from '@postausgang/contracts';
import { parseInstant } from '@postausgang/settings';

/** What every request may say beside the message itself. */
export type Handling = Pick<
  MailRequest,
  'businessReference' | 'metadata' | 'sendAt' | 'notAfter' | 'orderingKey' | 'onUnknown'
>;

/** What the times of a request are compared with. */
export interface RequestContext {
  /** The time of the check, in milliseconds since 1970. */
  readonly nowMs: number;
  /** How long the log keeps a request, less what sending takes; without it, for ever. */
  readonly longestWaitMs?: number | undefined;
}

/**
 * What is wrong with the times of a request: days that do not exist, an end that has passed or precedes the start, times
 * the log does not keep the request for.
 */
export function checkHandling({ sendAt, notAfter }: Handling, context: RequestContext): Finding[] {
  const { nowMs, longestWaitMs = Number.POSITIVE_INFINITY } = context;
  const sendAtMs = parseNullable(sendAt);
  const notAfterMs = parseNullable(notAfter);
  const tooFar = (timeMs: number | null): boolean => timeMs !== null && timeMs > nowMs + longestWaitMs;
  return [
    ...(Number.isNaN(sendAtMs) ? [finding('/sendAt', 'date-invalid')] : []),
    ...(tooFar(sendAtMs) ? [finding('/sendAt', 'date-too-far')] : []),
    ...(Number.isNaN(notAfterMs) ? [finding('/notAfter', 'date-invalid')] : []),
    ...(tooFar(notAfterMs) ? [finding('/notAfter', 'date-too-far')] : []),
    ...endFindings(sendAtMs, notAfterMs, nowMs),
  ];
}

function endFindings(sendAtMs: number | null, notAfterMs: number | null, nowMs: number): Finding[] {
  if (notAfterMs === null) {
    return [];
  }
  if (notAfterMs <= nowMs) {
    return [finding('/notAfter', 'date-in-the-past')];
  }
  return sendAtMs !== null && notAfterMs <= sendAtMs ? [finding('/notAfter', 'before-send-at')] : [];
}

/** NaN when there is a text that is no instant. */
function parseNullable(text: string | null | undefined): number | null {
  return text === null || text === undefined ? null : (parseInstant(text) ?? Number.NaN);
}
