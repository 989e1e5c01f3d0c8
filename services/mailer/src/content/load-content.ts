import type { ContentStore } from '@postausgang/content-store';
import type { Attachment, ClaimedAttachment, MailRequested } from '@postausgang/contracts';
import { type InlineMailRequested, isClaimed, isInline } from './inline-request.ts';

/** The request with everything it claims in its place; rejects with what the store says. */
export async function loadContent(
  store: Pick<ContentStore, 'get'>,
  request: MailRequested,
): Promise<InlineMailRequested> {
  if (isInline(request)) {
    return request;
  }
  if ('rawSha256' in request) {
    const { rawSha256, rawSizeBytes: _size, ...rest } = request;
    return { ...rest, raw: await base64Of(store, rawSha256) };
  }
  const { attachments = [], ...rest } = request;
  return { ...rest, attachments: await Promise.all(attachments.map((one) => inline(store, one))) };
}

async function inline(
  store: Pick<ContentStore, 'get'>,
  attachment: Attachment | ClaimedAttachment,
): Promise<Attachment> {
  if (!isClaimed(attachment)) {
    return attachment;
  }
  const { sha256, sizeBytes: _size, ...label } = attachment;
  return { ...label, content: await base64Of(store, sha256) };
}

async function base64Of(store: Pick<ContentStore, 'get'>, sha256: string): Promise<string> {
  const { buffer, byteOffset, length } = await store.get(sha256);
  return Buffer.from(buffer, byteOffset, length).toString('base64');
}
