import type {
  Attachment,
  ClaimedAttachment,
  ComposedMailRequested,
  MailRequest,
  MailRequested,
  RawMailRequested,
} from '@postausgang/contracts';

/** A request for a message to be composed, all its attachments in it. */
export type InlineComposedMail = MailRequest & Omit<ComposedMailRequested, keyof MailRequest>;

/** A mail request with all its content in it, as messages are composed from. */
export type InlineMailRequested = InlineComposedMail | RawMailRequested;

/** Whether nothing of the request lies in the content store. */
export function isInline(request: MailRequested): request is InlineMailRequested {
  return 'envelope' in request ? 'raw' in request : request.attachments?.some(isClaimed) !== true;
}

export function isClaimed(attachment: Attachment | ClaimedAttachment): attachment is ClaimedAttachment {
  return 'sha256' in attachment;
}
