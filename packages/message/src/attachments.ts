import { randomBytes } from 'node:crypto';
import type {
  Attachment,
  ClaimedAttachment,
  ComposedMailRequested,
  MailRequest,
  MailRequested,
  RawMailRequested,
} from '@postausgang/contracts';
import { isCanonicalBase64Bytes } from './encodings.ts';

/** A symbol, which no JSON can hold. */
const base64Bytes = Symbol('base64Bytes');

/**
 * An attachment with its content in it: base64 as a text or, where it was lifted out of JSON, as the bytes that it came
 * as, known to be canonical. A text is then made of them only for whoever asks for `content`.
 */
export interface InlineAttachment extends Attachment {
  readonly [base64Bytes]?: Buffer;
}

/** The attachment with bytes as its content; `base64BytesOf` gives them, and no copy of the attachment keeps them. */
export function attachmentOfBytes(
  { content: _mark, ...label }: Attachment,
  base64: Buffer,
): InlineAttachment {
  const attachment: InlineAttachment = {
    ...label,
    [base64Bytes]: base64,
    get content() {
      return base64.toString('latin1');
    },
  };
  return Object.defineProperty(attachment, base64Bytes, { enumerable: false });
}

/** The content of an attachment as the bytes of its base64; undefined where it is a text. */
export function base64BytesOf(attachment: InlineAttachment): Buffer | undefined {
  return attachment[base64Bytes];
}

/** How many bytes the content has, decoded. */
export function contentSizeBytes(attachment: InlineAttachment): number {
  const base64 = base64BytesOf(attachment);
  if (base64 === undefined) {
    return Buffer.byteLength(attachment.content, 'base64');
  }
  const padding = Buffer.byteLength(base64.toString('latin1', base64.length - 4), 'base64') - 3;
  return (base64.length / 4) * 3 + padding;
}

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

/*
 * Large attachments are most of a mail request, and as text they cost more than everything else about it: decoding,
 * parsing and checking them makes four copies, in memory that is new each time. So they are taken out of the JSON
 * before it is parsed, a short mark in the place of each, and stay the bytes that they came as.
 *
 * What is taken out is canonical base64 and so a JSON string without escapes: the rest is valid JSON exactly when
 * the whole is. Marks are accepted as the content of attachments only. Where one ends up elsewhere, or does not come
 * back (a name that stands twice in an object), the JSON is read as it came. Nobody can guess a mark.
 */

const smallestBytes = 8 * 1024;

/** JSON of more strings than that is read as it came; looking for their ends would take longer than it saves. */
const mostStrings = 20_000;
const mostEscapedQuotes = 2000;

const mark = randomBytes(18).toString('base64url');
const quote = 0x22;
const backslash = 0x5c;

/** A mail request without its large base64, as its route parses it; undefined where there is nothing large to take out. */
export function liftBase64(json: Uint8Array) {
  const bytes = Buffer.from(json.buffer, json.byteOffset, json.byteLength);
  const texts = bytes.length < smallestBytes ? [] : findLargeBase64(bytes);
  if (texts.length === 0) {
    return undefined;
  }
  const byMark = new Map(texts.map(({ start, end }, index) => [mark + index, bytes.subarray(start, end)]));
  return {
    json: withMarks(bytes, texts),
    /** Whether everything that was taken out belongs to attachments of what the JSON says. */
    fits: (request: unknown): boolean => {
      const marks = attachmentsOf(request).flatMap((one) => markOf(one, byMark) ?? []);
      return marks.length === byMark.size && new Set(marks).size === byMark.size;
    },
    /** A request that fits, with everything in its place again. */
    complete<Request extends object>(request: Request): Request {
      const attachments = attachmentsOf(request).map((one) => {
        const content = byMark.get(markOf(one, byMark) ?? '');
        return content === undefined ? one : attachmentOfBytes(one as Attachment, content);
      });
      return { ...request, attachments };
    },
  };
}

interface Range {
  readonly start: number;
  readonly end: number;
}

/** The insides of the strings that are worth it. */
function findLargeBase64(bytes: Buffer): readonly Range[] {
  const found: Range[] = [];
  let strings = 0;
  for (let opening = bytes.indexOf(quote); opening !== -1; strings += 1) {
    const start = opening + 1;
    const end = endOfString(bytes, start);
    if (end === -1 || strings === mostStrings) {
      return [];
    }
    if (end - start >= smallestBytes && isCanonicalBase64Bytes(bytes.subarray(start, end))) {
      found.push({ start, end });
    }
    opening = bytes.indexOf(quote, end + 1);
  }
  return found;
}

/** Where the closing quote stands; -1 where there is none, or so many escaped ones that it is not worth it. */
function endOfString(bytes: Buffer, start: number): number {
  let end = bytes.indexOf(quote, start);
  for (let escaped = 0; end !== -1 && isEscaped(bytes, end); escaped += 1) {
    end = escaped === mostEscapedQuotes ? -1 : bytes.indexOf(quote, end + 1);
  }
  return end;
}

function isEscaped(bytes: Buffer, at: number): boolean {
  let before = at - 1;
  while (bytes[before] === backslash) {
    before -= 1;
  }
  return (at - before) % 2 === 0;
}

function withMarks(bytes: Buffer, texts: readonly Range[]): Buffer {
  const parts: Buffer[] = [];
  let taken = 0;
  for (const [index, { start, end }] of texts.entries()) {
    parts.push(bytes.subarray(taken, start), Buffer.from(mark + index, 'latin1'));
    taken = end;
  }
  return Buffer.concat([...parts, bytes.subarray(taken)]);
}

function attachmentsOf(request: unknown): readonly unknown[] {
  const isObject = typeof request === 'object' && request !== null && 'attachments' in request;
  return isObject && Array.isArray(request.attachments) ? request.attachments : [];
}

function markOf(attachment: unknown, marks: ReadonlyMap<string, Buffer>): string | undefined {
  if (typeof attachment !== 'object' || attachment === null || !('content' in attachment)) {
    return undefined;
  }
  const { content } = attachment;
  return typeof content === 'string' && marks.has(content) ? content : undefined;
}

/** How many bytes of content a request has: texts and attachments, decoded, or the finished message. */
export function requestSizeBytes(request: MailRequested): number {
  if ('raw' in request) {
    return Buffer.byteLength(request.raw, 'base64');
  }
  if ('rawSizeBytes' in request) {
    return request.rawSizeBytes;
  }
  const { text, html, calendar, attachments = [] } = request;
  const attached = attachments.map((one) => (isClaimed(one) ? one.sizeBytes : contentSizeBytes(one)));
  return [text, html, calendar?.content].reduce(
    (sum, one) => sum + Buffer.byteLength(one ?? ''),
    attached.reduce((sum, sizeBytes) => sum + sizeBytes, 0),
  );
}
