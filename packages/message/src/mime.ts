import MimeNode, { type MimeNodeHeaderValue, type MimeNodeOptions } from 'nodemailer/lib/mime-node';
import type { Attachment } from '@postausgang/contracts';
import type { Message } from '@postausgang/mail';
import { base64BytesOf } from './attachments.ts';
import { base64Lines, quotedPrintable } from './encodings.ts';
import { joinPieces, type Piece, pieceOfText } from './message.ts';

type Constructor = new (...parameters: ConstructorParameters<typeof MimeNode>) => MimeNode & {
  _normalizeHeaderKey(key: string): string;
  _normalizeAddress(address: string): string;
};

const Node = MimeNode as unknown as Constructor;

/** More names than messages of one installation have. */
const mostNames = 500;

const names = new Map<string, string>();

const atom = '[A-Za-z0-9_+-]+';
const label = '[a-z0-9]+(?:-[a-z0-9]+)*';
/** A dot-atom at a host name in lower case that is neither encoded (`xn--`) nor a number. */
const plainAddress = new RegExp(`^${atom}(?:\\.${atom})*@(?:${label}\\.)*[a-z]+$`);

/**
 * Nodemailer's node, less what it works out several times for each field: how the name of a header field is written,
 * which is remembered, and how a mail address is, which most are already.
 */
export class HeaderNode extends Node {
  override _normalizeHeaderKey(key: string): string {
    const known = names.get(key);
    if (known !== undefined) return known;
    const normalized = super._normalizeHeaderKey(key);
    if (names.size < mostNames) names.set(key, normalized);
    return normalized;
  }

  override _normalizeAddress(address: string): string {
    return plainAddress.test(address) ? address : super._normalizeAddress(address);
  }
}

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
}

/**
 * The tree of a message: `mixed` [ `alternative` [ text, `related` [ html, inline parts ] ], attachments ], each
 * level only where it is needed. Inline parts without HTML that could refer to them are attachments like any other.
 */
export function messageTree({ text, html, attachments }: MessageContent, boundaryStart: string): MimePart {
  const isInline = ({ contentId }: Attachment) => html !== '' && contentId !== undefined;
  const inline = attachments.filter(isInline).map((part) => attachmentPart(part, 'inline'));
  const attached = attachments
    .filter((part) => !isInline(part))
    .map((part) => attachmentPart(part, 'attachment'));

  const htmlPart = textPart('text/html; charset=utf-8', html, boundaryStart);
  const related = wrap('multipart/related; type="text/html"', htmlPart, inline);
  const plain = textPart('text/plain; charset=utf-8', text, boundaryStart);
  const [first, ...others] = html === '' ? [plain] : text === '' ? [related] : [plain, related];
  return wrap('multipart/mixed', wrap('multipart/alternative', first, others), attached);
}

function wrap(contentType: string, first: MimePart, others: readonly MimePart[]): MimePart {
  return others.length === 0 ? first : { contentType, parts: [first, ...others] };
}

function textPart(contentType: string, text: string, boundaryStart: string): LeafPart {
  return { contentType, body: encodeText(text, boundaryStart) };
}

function attachmentPart(attachment: Attachment, disposition: 'attachment' | 'inline'): LeafPart {
  const { contentType, filename, contentId } = attachment;
  const base64 = base64BytesOf(attachment) ?? attachment.content;
  return {
    contentType,
    disposition,
    filename,
    ...(contentId === undefined ? {} : { contentId }),
    body: { transferEncoding: 'base64', piece: base64Lines(base64) },
  };
}

export interface MessageHeader {
  readonly name: string;
  readonly value: MimeNodeHeaderValue;
}

/** The headers of the whole message, and what its boundaries begin with. */
interface MessageFrame {
  readonly headers: readonly MessageHeader[];
  readonly boundaryPrefix: string;
  readonly baseBoundary: string;
}

/**
 * The message of a tree. nodemailer encodes and folds every header; the bodies are ours, already encoded, so that
 * nothing depends on streams, time or chance.
 */
export function renderMessage(tree: MimePart, frame: MessageFrame): Message {
  const { headers, boundaryPrefix, baseBoundary } = frame;
  const givenNames = new Map(headers.map(({ name }) => [name.toLowerCase(), name]));
  const root = createNode(tree, {
    boundaryPrefix,
    baseBoundary,
    normalizeHeaderKey: (key) => givenNames.get(key.toLowerCase()) ?? key,
  });
  for (const { name, value } of headers) {
    root.setHeader(name, value);
  }
  const pieces: Piece[] = [];
  renderPart(tree, root, pieces);
  return joinPieces(pieces);
}

function renderPart(part: MimePart, node: MimeNode, pieces: Piece[]): void {
  if ('parts' in part) {
    pieces.push(pieceOfText(`${node.buildHeaders()}\r\n\r\n`, 'utf8'));
    for (const [index, child] of part.parts.entries()) {
      pieces.push(pieceOfText(`${index === 0 ? '' : '\r\n'}--${node.boundary}\r\n`, 'latin1'));
      renderPart(child, node.appendChild(createNode(child, { baseBoundary: node.baseBoundary })), pieces);
    }
    pieces.push(pieceOfText(`\r\n--${node.boundary}--\r\n`, 'latin1'));
    return;
  }
  setLeafHeaders(part, node);
  pieces.push(pieceOfText(`${node.buildHeaders()}\r\n\r\n`, 'utf8'), part.body.piece);
}

/** The node never gets content: what it would read from a path or an address cannot come into being. */
function createNode(part: MimePart, options: MimeNodeOptions): MimeNode {
  const filename = 'parts' in part ? undefined : part.filename;
  return new HeaderNode(part.contentType, {
    ...options,
    filename,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
}

function setLeafHeaders({ contentId, body, disposition }: LeafPart, node: MimeNode): void {
  if (contentId !== undefined) {
    node.setHeader('Content-ID', `<${contentId}>`);
  }
  node.setHeader('Content-Transfer-Encoding', body.transferEncoding);
  if (disposition !== undefined) {
    node.setHeader('Content-Disposition', disposition);
  }
}
