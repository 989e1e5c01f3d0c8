import type { Attachment, Calendar } from '@postausgang/contracts';
import type { Message } from '@postausgang/mail';
import { base64BytesOf } from './attachments.ts';
import { calendarText } from './calendar.ts';
import { messageType, withoutName } from './check-request.ts';
import { base64Lines, quotedPrintable, withoutLineBreaks } from './encodings.ts';
import { type MessageHeader, messageField, multipartType, partFields } from './header-fields.ts';
import { joinPieces, type Piece, pieceOfText } from './message.ts';

interface EncodedBody {
  readonly transferEncoding: '7bit' | 'quoted-printable' | 'base64';
  readonly piece: Piece;
}

/** Longest line of a message (RFC 5322 §2.1.1). */
const maxLineChars = 998;
const oddLineEnd = /\r(?!\n)|(?<!\r)\n/;

/** What may not stand in a 7-bit body though it is ASCII (RFC 5322 §2.2): control characters but tab, CR and LF. */
const controls = Array.from({ length: 0x80 }, (_, code) => String.fromCharCode(code)).filter((character) =>
  /[^\t\r\n\x20-\x7e]/.test(character),
);

/** From this share of bytes outside of ASCII on, base64 is shorter than quoted-printable. */
const base64Share = 1 / 6;

/** Text as the body of a part, 7-bit clean and with CRLF line ends. `boundaryStart` does not occur in the body. */
export function encodeText(text: string, boundaryStart: string): EncodedBody {
  const lines = normalizeLineEnds(text);
  if (isPlain(lines) && hasShortLines(lines) && !lines.includes(boundaryStart)) {
    return { transferEncoding: '7bit', piece: pieceOfText(lines, 'latin1') };
  }
  const bytes = Buffer.from(lines, 'utf8');
  return isShorterAsBase64(bytes, lines)
    ? { transferEncoding: 'base64', piece: base64Lines(bytes.toString('base64')) }
    : {
        transferEncoding: 'quoted-printable',
        piece: pieceOfText(quotedPrintable(bytes).toString('latin1'), 'latin1'),
      };
}

function normalizeLineEnds(text: string): string {
  if (!text.includes('\r')) {
    return text.replaceAll('\n', '\r\n');
  }
  return oddLineEnd.test(text) ? text.replaceAll(/\r\n?|\n/g, '\r\n') : text;
}

/** Looking for each of a few characters takes a third of the time of an expression that looks at every one. */
function isPlain(text: string): boolean {
  const isAscii = Buffer.byteLength(text, 'utf8') === text.length;
  return isAscii && !controls.some((control) => text.includes(control));
}

/** From the start of a line to the last line break within the limit: all lines in between are short, too. */
function hasShortLines(lines: string): boolean {
  for (let start = 0; lines.length - start > maxLineChars;) {
    const lineBreak = lines.lastIndexOf('\r\n', start + maxLineChars);
    if (lineBreak < start) {
      return false;
    }
    start = lineBreak + 2;
  }
  return true;
}

/** Mostly told by the lengths: a character outside of ASCII has at most two bytes for each one it adds. */
function isShorterAsBase64(bytes: Uint8Array, text: string): boolean {
  const mostQuoted = bytes.length * base64Share;
  return 2 * (bytes.length - text.length) > mostQuoted && countNonAscii(bytes) > mostQuoted;
}

function countNonAscii(bytes: Uint8Array): number {
  let count = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    count += (bytes[at] ?? 0) >> 7;
  }
  return count;
}

/** A part that holds something, encoded for the way. */
interface LeafPart {
  readonly contentType: string;
  readonly body: EncodedBody;
  readonly disposition?: 'attachment' | 'inline';
  readonly filename?: string;
  readonly contentId?: string;
}

/** A part that holds parts (RFC 2046 §5.1). */
interface MultiPart {
  readonly contentType: string;
  readonly parts: readonly MimePart[];
}

type MimePart = LeafPart | MultiPart;

/** What a message consists of beside its headers. */
interface MessageContent {
  readonly text: string;
  readonly html: string;
  readonly attachments: readonly Attachment[];
  readonly calendar?: Calendar | null;
}

/**
 * The tree of a message: `mixed` [ `alternative` [ text, `related` [ html, inline parts ], calendar ], attachments ], each
 * level only where it is needed. A part that the HTML does not refer to is an attachment like any other. A calendar is
 * there twice: Outlook and Gmail show the buttons of the alternative, others only open the file.
 */
export function messageTree(
  { text, html, attachments, calendar }: MessageContent,
  boundaryStart: string,
): MimePart {
  const referred = contentIdsOf(html);
  const isInline = ({ contentId }: Attachment) => contentId !== undefined && referred.has(contentId);
  const inline = attachments.filter(isInline).map((part) => attachmentPart(part, 'inline', boundaryStart));
  const attached = attachments
    .filter((part) => !isInline(part))
    .map((part) => attachmentPart(part, 'attachment', boundaryStart));

  const htmlPart = textPart('text/html; charset=utf-8', html, boundaryStart);
  const related = wrap('multipart/related; type="text/html"', htmlPart, inline);
  const plain = textPart('text/plain; charset=utf-8', text, boundaryStart);
  const [first, ...others] = html === '' ? [plain] : text === '' ? [related] : [plain, related];
  if (calendar === null || calendar === undefined) {
    return wrap('multipart/mixed', wrap('multipart/alternative', first, others), attached);
  }
  const { alternative, file } = calendarParts(calendar, boundaryStart);
  const shown = wrap('multipart/alternative', first, [...others, alternative]);
  return wrap('multipart/mixed', shown, [...attached, file]);
}

function calendarParts(calendar: Calendar, boundaryStart: string) {
  const content = calendarText(calendar);
  const type = `text/calendar; charset=utf-8; method=${calendar.method}`;
  const base64 = Buffer.from(content, 'utf8').toString('base64');
  const file = { filename: 'invite.ics', contentType: 'application/ics', content: base64 };
  return {
    alternative: textPart(type, content, boundaryStart),
    file: attachmentPart(file, 'attachment', boundaryStart),
  };
}

/** The ids that HTML refers to as `cid:…` (RFC 2392), however it escapes them. */
function contentIdsOf(html: string): ReadonlySet<string> {
  const ids = [...html.matchAll(/\bcid:([^\s"'<>()]+)/gi)].map(([, id = '']) => id.replaceAll('&amp;', '&'));
  return new Set(ids.flatMap((id) => [id, percentDecoded(id)]));
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function wrap(contentType: string, first: MimePart, others: readonly MimePart[]): MimePart {
  return others.length === 0 ? first : { contentType, parts: [first, ...others] };
}

function textPart(contentType: string, text: string, boundaryStart: string): LeafPart {
  return { contentType, body: encodeText(text, boundaryStart) };
}

/**
 * A message within the message must not be encoded (RFC 2046 §5.2.1). Undefined where it cannot go as it is; it then goes
 * as a file.
 */
function plainMessage(base64: string | Buffer, boundaryStart: string): Piece | undefined {
  const bytes = Buffer.from(base64.toString('latin1'), 'base64');
  const text = normalizeLineEnds(bytes.toString('latin1'));
  const isFit = isPlain(text) && hasShortLines(text) && !text.includes(boundaryStart);
  return isFit ? pieceOfText(text, 'latin1') : undefined;
}

function attachmentPart(
  attachment: Attachment,
  disposition: 'attachment' | 'inline',
  boundaryStart: string,
): LeafPart {
  const { contentType, filename, contentId } = attachment;
  const base64 = base64BytesOf(attachment) ?? withoutLineBreaks(attachment.content);
  const label = { disposition, filename, ...(contentId === undefined ? {} : { contentId }) };
  const message = messageType.test(contentType) ? plainMessage(base64, boundaryStart) : undefined;
  if (message !== undefined) {
    return { contentType, ...label, body: { transferEncoding: '7bit', piece: message } };
  }
  return {
    contentType: messageType.test(contentType) ? 'application/octet-stream' : withoutName(contentType),
    ...label,
    body: { transferEncoding: 'base64', piece: base64Lines(base64) },
  };
}

/** The headers of the whole message, and what its boundaries begin with. */
interface MessageFrame {
  readonly headers: readonly MessageHeader[];
  readonly boundaryPrefix: string;
  readonly baseBoundary: string;
}

/**
 * The message of a tree. Its parts are numbered in their order, so that no boundary begins another; nothing depends on
 * streams, time or chance.
 */
export function renderMessage(tree: MimePart, frame: MessageFrame): Message {
  const { headers, boundaryPrefix, baseBoundary } = frame;
  const boundaries = { start: `${boundaryPrefix}-${baseBoundary}-Part_`, parts: 0 };
  const pieces: (Piece | string)[] = [];
  // Of two fields with the same name the later one counts, where the first one stands.
  const byName = new Map(headers.map((header) => [header.name.toLowerCase(), header]));
  const fields = [...byName.values()].map(messageField).filter((field) => field !== '');
  renderPart(tree, boundaries, pieces, ({ type, others }) => [...fields, ...others, mimeVersion, type]);
  return joinPieces(pieces);
}

const mimeVersion = 'MIME-Version: 1.0';

interface Boundaries {
  readonly start: string;
  /** How many parts there have been. */
  parts: number;
}

interface PartFields {
  readonly type: string;
  readonly others: readonly string[];
}

function renderPart(
  part: MimePart,
  boundaries: Boundaries,
  pieces: (Piece | string)[],
  inOrder: (fields: PartFields) => readonly string[] = ({ type, others }) => [type, ...others],
): void {
  boundaries.parts += 1;
  if (!('parts' in part)) {
    const { body, ...rest } = part;
    const fields = partFields({ ...rest, transferEncoding: body.transferEncoding });
    pieces.push(`${inOrder(fields).join('\r\n')}\r\n\r\n`, body.piece);
    return;
  }
  const boundary = boundaries.start + boundaries.parts;
  const type = multipartType(part.contentType, boundary);
  pieces.push(`${inOrder({ type, others: [] }).join('\r\n')}\r\n\r\n`);
  for (const [index, child] of part.parts.entries()) {
    pieces.push(`${index === 0 ? '' : '\r\n'}--${boundary}\r\n`);
    renderPart(child, boundaries, pieces);
  }
  pieces.push(`\r\n--${boundary}--\r\n`);
}
