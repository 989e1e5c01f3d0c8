export { contentSizeBytes, isClaimed, isInline, liftBase64, requestSizeBytes } from './attachments.ts';
export type { InlineComposedMail, InlineMailRequested } from './attachments.ts';
export { checkHandling, checkMailRequest, senderFinding } from './check-request.ts';
export type { Handling } from './check-request.ts';
export { claimLargeContent, hasLargeContent, loadContent } from './claim-check.ts';
export { composeMail, composeMessage, dateMsOf } from './compose.ts';
export { isCanonicalBase64 } from './encodings.ts';
export {
  authorOf,
  completeRawMessage,
  messageSummary,
  readHeaderFields,
  readRawMessage,
} from './finished-message.ts';
export type { EnvelopeOverrides, HeaderField } from './finished-message.ts';
export { mailIdFor, messageIdFor, newMailId, payloadDigest, rawPayloadDigest } from './ids.ts';
export type { RedirectNotice } from './redirect-notice.ts';
export { createMailSecurity, wantsSecurity } from './smime/load-mail-security.ts';
export type { MailSecurity } from './smime/mail-security.ts';
