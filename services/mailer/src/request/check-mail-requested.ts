import { type Finding, finding, type RawMailRequested } from '@postausgang/contracts';
import {
  checkMailRequest,
  type InlineMailRequested,
  isCanonicalBase64,
  readRawMessage,
} from '@postausgang/message';

/**
 * What is wrong with a request that came by the log, where nobody has looked at more than its form. One whose time has
 * passed is not wrong: it expires.
 */
export function checkMailRequested(request: InlineMailRequested): readonly Finding[] {
  return 'raw' in request
    ? checkRaw(request)
    : checkMailRequest(request, { nowMs: Number.NEGATIVE_INFINITY });
}

/** A mailer that has accepted a message has checked it, by the rules of its time; nobody else writes a digest. */
function checkRaw({ raw, envelope, payloadDigest }: RawMailRequested): readonly Finding[] {
  if (!isCanonicalBase64(raw)) {
    return [finding('/raw', 'base64-invalid')];
  }
  const isAccepted = payloadDigest !== undefined;
  const read = readRawMessage(Buffer.from(raw, 'base64'), envelope, { isAccepted });
  return read.ok ? [] : read.findings;
}
