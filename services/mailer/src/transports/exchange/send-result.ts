import { type Failure, failure } from '@postausgang/contracts';
import type { SendRequest, SendResult } from '@postausgang/mail';
import type { NoAnswer } from './http/https-request.ts';

/** What an answer means for the whole message: these servers know one fate for all recipients. */
export interface Fate {
  readonly outcome: 'sent' | 'rejected' | 'deferred' | 'unknown';
  readonly failure: Failure | null;
  readonly reply: string | null;
}

export const sent = (reply: string): Fate => ({ outcome: 'sent', failure: null, reply });

export const refusedFate = (
  outcome: 'rejected' | 'deferred',
  why: Failure,
  reply: string | null = null,
): Fate => ({
  outcome,
  failure: why,
  reply,
});

export const unknownFate = (detail: string): Fate => ({
  outcome: 'unknown',
  failure: failure('outcome-unknown', detail),
  reply: null,
});

/** The end of a transaction, with the fate of all its recipients. */
export function finished(
  { envelope }: Pick<SendRequest, 'envelope'>,
  fate: Fate,
  server: string,
  tls: string | null,
): SendResult {
  const { outcome, failure: why, reply } = fate;
  const common = { outcome, ...(reply === null ? {} : { reply }), ...(why === null ? {} : { failure: why }) };
  const recipients = envelope.to.map((address) => ({ address, ...common }));
  return { kind: 'finished', recipients, server, tls, reply, failure: why };
}

/** What no answer means: before the last byte nothing was handed over, after it nobody knows. */
export function unanswered(
  request: Pick<SendRequest, 'envelope'>,
  { step, failure: why, sent: isSent, tls }: NoAnswer,
  server: string,
  isIntended: boolean,
): SendResult {
  if (isSent) return finished(request, unknownFate(why.code), server, tls);
  if (step !== 'request' && !isIntended) return { kind: 'server-failed', server, failure: why };
  return finished(request, refusedFate('deferred', why), server, tls);
}
