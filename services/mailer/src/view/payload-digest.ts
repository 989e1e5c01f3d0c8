import type { MailRequested } from '@postausgang/contracts';
import { payloadDigest, rawPayloadDigest } from '../request/payload-digest.ts';

/** The digest of a request that came without one (from Kafka): what HTTP would have given it. */
export function payloadDigestOf(request: MailRequested): string {
  if (!('raw' in request)) {
    const { id: _id, messageId: _messageId, payloadDigest: _digest, requestedBy: _who, ...asked } = request;
    return payloadDigest(asked);
  }
  const {
    id: _id,
    messageId: _messageId,
    payloadDigest: _digest,
    requestedBy: _who,
    raw,
    ...asked
  } = request;
  return rawPayloadDigest({ ...asked, message: Buffer.from(raw, 'base64') });
}
