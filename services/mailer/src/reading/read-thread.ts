/*
 * The thread that reads one message for one answer. See `read-message.ts`, which starts it.
 */
import { parentPort, workerData } from 'node:worker_threads';
import PostalMime, { type Attachment, decodeWords, type Email } from 'postal-mime';
import type { MessagePart, ReadMessage, ReadTask } from './read-message.ts';

/** Images inside the text may be named many times; the text must not grow without end. */
const maxHtmlChars = 32 * 1024 * 1024;

function bytesOf({ content }: Attachment): Uint8Array {
  if (typeof content === 'string') return Buffer.from(content);
  return content instanceof Uint8Array ? content : new Uint8Array(content);
}

function contentIdOf({ contentId }: Attachment): string | null {
  return contentId === undefined ? null : contentId.replace(/^<(.*)>$/, '$1');
}

function overview({ headers, text, html, attachments }: Email): ReadMessage {
  return {
    headers: headers.map(({ originalKey, value }) => ({ name: originalKey, value: decodeWords(value) })),
    text: text ?? null,
    hasHtml: html !== undefined,
    html: html ?? null,
    attachments: attachments.map((attachment, index) => ({
      number: index + 1,
      filename: attachment.filename,
      contentType: attachment.mimeType,
      contentId: contentIdOf(attachment),
      sizeBytes: bytesOf(attachment).length,
    })),
  };
}

/** The text in HTML with the images of the message in it, since nothing else may be loaded. */
function htmlOf({ html, attachments }: Email): MessagePart | null {
  if (html === undefined) return null;
  const images = new Map(
    attachments
      .filter(({ mimeType }) => /^image\/[a-z0-9.+-]+$/.test(mimeType))
      .map((image) => [contentIdOf(image), image] as const),
  );
  let leftChars = maxHtmlChars - html.length;
  const text = html.replaceAll(/\bcid:([^"'\s<>)]+)/gi, (reference, id: string) => {
    const image = images.get(id);
    if (image === undefined) return reference;
    const url = `data:${image.mimeType};base64,${Buffer.from(bytesOf(image)).toString('base64')}`;
    leftChars -= url.length;
    return leftChars < 0 ? reference : url;
  });
  return { filename: null, bytes: Buffer.from(text) };
}

function attachmentOf({ attachments }: Email, number: number): MessagePart | null {
  const attachment = attachments[number - 1];
  return attachment === undefined ? null : { filename: attachment.filename, bytes: bytesOf(attachment) };
}

async function answer({ bytes, part }: ReadTask): Promise<ReadMessage | MessagePart | null> {
  const email = await PostalMime.parse(bytes);
  if (part === 'overview') return overview(email);
  return part === 'html' ? htmlOf(email) : attachmentOf(email, part);
}

parentPort?.postMessage(await answer(workerData as ReadTask));
