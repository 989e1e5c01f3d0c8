export { contentSizeBytes, isClaimed, isInline, liftBase64 } from './attachments.ts';
export type { InlineMailRequested } from './attachments.ts';
export { checkHandling, checkMailRequest, senderFinding } from './check-request.ts';
export type { Handling } from './check-request.ts';
export { composeMail, composeMessage } from './compose.ts';
export { base64Lines, isCanonicalBase64, isWireReady, quotedPrintable, releaseMemory } from './encodings.ts';
export { completeRawMessage, readHeaderFields, readRawMessage } from './finished-message.ts';
export type { EnvelopeOverrides, HeaderField } from './finished-message.ts';
export { mailIdFor, messageIdFor, newMailId, payloadDigest, rawPayloadDigest } from './ids.ts';
