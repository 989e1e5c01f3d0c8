import type { Decisions } from '@postausgang/contracts';
import { domainOf } from '@postausgang/settings';
import type { InlineMailRequested } from '../content/inline-request.ts';
import { messageIdFor } from '../request/mail-ids.ts';
import { composeMessage } from './compose-message.ts';
import { completeRawMessage, readRawMessage } from './raw-message.ts';

export interface ComposedMail {
  readonly message: Uint8Array;
  /** With angle brackets. */
  readonly messageId: string;
}

/**
 * The finished message of a mail, or null when its request carries one that cannot be read. It depends on what is in
 * the log and the content store alone (the Date is the time of acceptance), so every attempt on every mailer gets the same bytes. A
 * finished message keeps its own sender.
 */
export function composeMail(
  request: InlineMailRequested,
  { from }: Pick<Decisions, 'from'>,
  { acceptedAtMs }: { readonly acceptedAtMs: number },
): ComposedMail | null {
  const date = new Date(acceptedAtMs);
  const messageId = request.messageId ?? messageIdFor(request.id, domainOf(from.address));
  if (!('raw' in request)) {
    return { message: composeMessage({ request, mailId: request.id, messageId, date, from }), messageId };
  }
  const read = readRawMessage(Buffer.from(request.raw, 'base64'), request.envelope);
  if (!read.ok) {
    return null;
  }
  const message = completeRawMessage(read.message, { messageId, date });
  return { message, messageId: read.message.messageId ?? messageId };
}
