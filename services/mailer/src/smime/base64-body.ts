import { base64Lines } from '@postausgang/message';

/** Bytes as the base64 body of a part. */
export function base64Body(bytes: Uint8Array): Buffer {
  const { buffer, byteOffset, length } = bytes;
  const piece = base64Lines(Buffer.from(buffer, byteOffset, length).toString('base64'));
  const body = Buffer.allocUnsafe(piece.sizeBytes);
  piece.write(body, 0);
  return body;
}
