import type { Attachment } from '@postausgang/contracts';
import { base64BytesOf } from '../content/attachment-bytes.ts';
import { base64Lines } from './base64-lines.ts';
import { encodeText, type EncodedBody } from './text-body.ts';

/** A part that holds something, encoded for the way. */
export interface LeafPart {
  readonly contentType: string;
  readonly body: EncodedBody;
  readonly disposition?: 'attachment' | 'inline';
  readonly filename?: string;
  readonly contentId?: string;
}

/** A part that holds parts (RFC 2046 §5.1). */
export interface MultiPart {
  readonly contentType: string;
  readonly parts: readonly MimePart[];
}

export type MimePart = LeafPart | MultiPart;

/** What a message consists of beside its headers. */
export interface MessageContent {
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
