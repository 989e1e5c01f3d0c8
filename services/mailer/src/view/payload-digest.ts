import type { MailRequested } from '@postausgang/contracts';
import { payloadDigest, rawPayloadDigest } from '@postausgang/message';

/** The digest of a request that came without one (from Kafka): what HTTP would have given it. */
export function payloadDigestOf(request: MailRequested): string {
  const { id: _id, messageId: _messageId, payloadDigest: _digest, requestedBy: _who, ...asked } = request;
  if ('raw' in asked) {
    const { raw, ...rest } = asked;
    return rawPayloadDigest({ ...rest, message: Buffer.from(raw, 'base64') });
  }
  if ('rawSha256' in asked) {
    const { rawSha256, rawSizeBytes: _size, ...rest } = asked;
    return rawPayloadDigest({ ...rest, message: rawSha256 });
  }
  return payloadDigest(asked);
}
