import type { Attachment } from '@postausgang/contracts';

const bytesOf = new WeakMap<Attachment, Buffer>();

/** The attachment with a content that is kept as its base64 bytes, and made a text only for whoever asks for that. */
export function attachmentOfBytes({ content: _mark, ...label }: Attachment, base64: Buffer): Attachment {
  const attachment: Attachment = {
    ...label,
    get content() {
      return base64.toString('latin1');
    },
  };
  bytesOf.set(attachment, base64);
  return attachment;
}

/** The content of an attachment as the bytes of its base64, known to be canonical; undefined where it is a text. */
export function base64BytesOf(attachment: Attachment): Buffer | undefined {
  return bytesOf.get(attachment);
}

/** How many bytes the content has, decoded. */
export function contentSizeBytes(attachment: Attachment): number {
  const base64 = bytesOf.get(attachment);
  if (base64 === undefined) {
    return Buffer.byteLength(attachment.content, 'base64');
  }
  const padding = Buffer.byteLength(base64.toString('latin1', base64.length - 4), 'base64') - 3;
  return (base64.length / 4) * 3 + padding;
}
