import type { ContentStore } from '@postausgang/content-store';
import type { Attachment, ClaimedAttachment, MailRequested } from '@postausgang/contracts';
import { contentSizeBytes, type InlineMailRequested } from '@postausgang/message';

/** What is larger does not travel in the log. */
export const inlineLimitBytes = 256 * 1024;

/** Whether the request carries something that belongs into the content store. */
export function hasLargeContent(request: InlineMailRequested): boolean {
  return 'raw' in request
    ? isLarge(request.raw)
    : request.attachments?.some((one) => contentSizeBytes(one) > inlineLimitBytes) === true;
}

/** The request as it goes into the log. Resolves when what it claims is durable; rejects with what the store says. */
export async function claimLargeContent(
  store: Pick<ContentStore, 'put'>,
  request: InlineMailRequested,
): Promise<MailRequested> {
  if ('raw' in request) {
    const { raw, ...rest } = request;
    if (!isLarge(raw)) {
      return request;
    }
    const { sha256, sizeBytes } = await store.put(Buffer.from(raw, 'base64'));
    return { ...rest, rawSha256: sha256, rawSizeBytes: sizeBytes };
  }
  const { attachments = [] } = request;
  return { ...request, attachments: await Promise.all(attachments.map((one) => claim(store, one))) };
}

async function claim(
  store: Pick<ContentStore, 'put'>,
  attachment: Attachment,
): Promise<Attachment | ClaimedAttachment> {
  if (contentSizeBytes(attachment) <= inlineLimitBytes) {
    return attachment;
  }
  const { content, ...label } = attachment;
  return { ...label, ...(await store.put(Buffer.from(content, 'base64'))) };
}

function isLarge(base64: string): boolean {
  return Buffer.byteLength(base64, 'base64') > inlineLimitBytes;
}
