import { type ContentStore, ContentStoreError } from '@postausgang/content-store';
import type { Attachment, ClaimedAttachment, MailRequested } from '@postausgang/contracts';
import { contentSizeBytes, type InlineMailRequested, isClaimed, isInline } from './attachments.ts';

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

/** All the content of one mail; as large as the largest body that the API can be told to take. */
export const contentLimitBytes = 100 * 1024 * 1024;

/**
 * The request with everything it claims in its place; rejects with what the store says, and with `content-corrupt` when
 * the request claims more than a mail may have or other sizes than are stored: somebody else may have written it.
 */
export async function loadContent(
  store: Pick<ContentStore, 'get'>,
  request: MailRequested,
): Promise<InlineMailRequested> {
  if (isInline(request)) {
    return request;
  }
  const load = createLoading(store);
  if ('rawSha256' in request) {
    const { rawSha256, rawSizeBytes, ...rest } = request;
    requireLimit(rawSizeBytes);
    return { ...rest, raw: await load(rawSha256, rawSizeBytes) };
  }
  const { attachments = [], ...rest } = request;
  requireLimit(attachments.reduce((sum, one) => sum + sizeOf(one), 0));
  const loaded: Attachment[] = [];
  for (const one of attachments) {
    loaded.push(isClaimed(one) ? await inline(load, one) : one);
  }
  return { ...rest, attachments: loaded };
}

type Load = (sha256: string, sizeBytes: number) => Promise<string>;

/** Gives content as base64; the same is read only once. */
function createLoading(store: Pick<ContentStore, 'get'>): Load {
  const loaded = new Map<string, string>();
  return async (sha256, sizeBytes) => {
    const content = loaded.get(sha256) ?? base64Of(await store.get(sha256, sizeBytes));
    loaded.set(sha256, content);
    requireSize(sha256, Buffer.byteLength(content, 'base64'), sizeBytes);
    return content;
  };
}

async function inline(load: Load, attachment: ClaimedAttachment): Promise<Attachment> {
  const { sha256, sizeBytes, ...label } = attachment;
  return { ...label, content: await load(sha256, sizeBytes) };
}

function sizeOf(attachment: Attachment | ClaimedAttachment): number {
  return isClaimed(attachment) ? attachment.sizeBytes : contentSizeBytes(attachment);
}

function requireLimit(sizeBytes: number): void {
  if (sizeBytes > contentLimitBytes) {
    const message = `The content of the mail has ${sizeBytes} bytes, and ${contentLimitBytes} are allowed`;
    throw new ContentStoreError('content-corrupt', message);
  }
}

function requireSize(sha256: string, sizeBytes: number, claimedBytes: number): void {
  if (sizeBytes !== claimedBytes) {
    const message = `The content of ${sha256} has ${sizeBytes} bytes, and the mail claims ${claimedBytes}`;
    throw new ContentStoreError('content-corrupt', message);
  }
}

function base64Of({ buffer, byteOffset, length }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, length).toString('base64');
}
