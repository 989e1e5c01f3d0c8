/*
 * Messages for people who read them: of the test mailbox, and of mails that were accepted. Nothing in a message may run, load,
 * or leave its frame, and a part is always a download.
 */
import type { HttpReply } from '@postausgang/http';
import { type TSchema, Type } from '@sinclair/typebox';

export const bytesAs = (description: string, mediaType: string, schema: TSchema) => ({
  200: { description, content: { [mediaType]: { schema } } },
});
export const bytes = Type.Unsafe<Buffer>({ type: 'string', format: 'binary' });

/**
 * No scripts, no forms, images only from the message itself. The page shows the text in a frame with `sandbox`; opened
 * alone, the policy does the same.
 */
const htmlPolicy = [
  "default-src 'none'",
  'img-src data:',
  "style-src 'unsafe-inline'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'self'",
  'sandbox',
].join('; ');

/** A name as RFC 6266 and RFC 8187 write it. */
function dispositionOf(filename: string): string {
  const encoded = encodeURIComponent(filename.toWellFormed()).replaceAll(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename*=UTF-8''${encoded}`;
}

function sendBytes(reply: HttpReply, type: string, message: Uint8Array): HttpReply {
  return reply.type(type).send(Buffer.from(message.buffer, message.byteOffset, message.byteLength));
}

/** The whole message, as a file. */
export function sendSource(reply: HttpReply, id: string, message: Uint8Array): HttpReply {
  reply.header('content-disposition', dispositionOf(`${id}.eml`));
  return sendBytes(reply, 'message/rfc822', message);
}

/** A text in HTML. */
export function sendHtml(reply: HttpReply, html: Uint8Array): HttpReply {
  reply.header('content-security-policy', htmlPolicy);
  return sendBytes(reply, 'text/html; charset=utf-8', html);
}

/** An attachment. */
export function sendPart(reply: HttpReply, filename: string, part: Uint8Array): HttpReply {
  reply.header('content-disposition', dispositionOf(filename));
  return sendBytes(reply, 'application/octet-stream', part);
}
