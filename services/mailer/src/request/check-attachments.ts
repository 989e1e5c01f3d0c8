import { type Attachment, type Finding, finding } from '@postausgang/contracts';
import { base64BytesOf } from '../content/attachment-bytes.ts';
import { isCanonicalBase64 } from './base64.ts';
import { isAttachmentType } from './media-type.ts';

/** What may stand between the angle brackets of a Content-ID without quoting (RFC 5322 §3.6.4, RFC 2392). */
const contentIdForm = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.@-]+$/;

/** What is wrong with the attachments of a request. */
export function checkAttachments(attachments: readonly Attachment[]): Finding[] {
  const contentIds = new Set<string>();
  return attachments.flatMap((attachment, index) => {
    const { contentType, contentId } = attachment;
    const pointer = `/attachments/${index}`;
    const isRepeated = contentId !== undefined && contentIds.has(contentId);
    if (contentId !== undefined) {
      contentIds.add(contentId);
    }
    return [
      ...(isAttachmentType(contentType) ? [] : [finding(`${pointer}/contentType`, 'content-type-invalid')]),
      ...(isEncoded(attachment) ? [] : [finding(`${pointer}/content`, 'base64-invalid')]),
      ...(contentId === undefined || contentIdForm.test(contentId)
        ? []
        : [finding(`${pointer}/contentId`, 'wrong-format')]),
      ...(isRepeated ? [finding(`${pointer}/contentId`, 'duplicate-entry')] : []),
    ];
  });
}

function isEncoded(attachment: Attachment): boolean {
  return base64BytesOf(attachment) !== undefined || isCanonicalBase64(attachment.content);
}
