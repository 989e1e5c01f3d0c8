const framedMark = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0]);
const framedHeaderBytes = 16;
const lengthBytes = 4;
const longestVarint = 5;

/** The bytes that Snappy data says it becomes, be it one block or the blocks that Java clients write (xerial). */
export function snappyBytes(compressed: Buffer): number {
  if (!compressed.subarray(0, framedMark.length).equals(framedMark)) {
    return declaredBytes(compressed, 0);
  }
  let sum = 0;
  for (let at = framedHeaderBytes; at + lengthBytes <= compressed.length;) {
    sum += declaredBytes(compressed, at + lengthBytes);
    at += lengthBytes + compressed.readUInt32BE(at);
  }
  return sum;
}

/** A block begins with its length as a varint. */
function declaredBytes(block: Buffer, start: number): number {
  let sizeBytes = 0;
  for (let index = 0; index < longestVarint; index += 1) {
    const byte = block[start + index] ?? 0;
    sizeBytes += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) break;
  }
  return sizeBytes;
}
