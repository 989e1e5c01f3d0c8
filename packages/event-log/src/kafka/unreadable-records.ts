/** Where a record batch (format v2) has its parts, counted back from its records. */
const headerBytes = 61;
const magicAt = -45;
const lastOffsetDeltaAt = -38;
const countAt = -4;

/** More of them would take the memory that the limit is to save. */
const mostRecords = 1_000_000;

/**
 * What stands in for the records of a batch that is not unpacked: as many, at offsets up to its last one, each without
 * key, and with an empty value, which no event has. kafkajs hands a codec a slice of the batch, whose header lies
 * before it. Throws when there are too many, or no such batch: then the follower says why it cannot go on.
 */
export function unreadableRecords(compressed: Buffer): Buffer {
  const { buffer, byteOffset } = compressed;
  const header = byteOffset < headerBytes ? undefined : new DataView(buffer, 0, byteOffset);
  if (header?.getInt8(byteOffset + magicAt) !== 2) {
    throw new Error('a batch of an old format is too large to unpack');
  }
  const count = header.getInt32(byteOffset + countAt);
  if (count > mostRecords) {
    throw new Error(`a batch of ${count} records is too large to unpack`);
  }
  const lastDelta = header.getInt32(byteOffset + lastOffsetDeltaAt);
  const deltas = Array.from({ length: count }, (_, index) => (index === count - 1 ? lastDelta : index));
  return Buffer.from(deltas.flatMap(emptyRecord));
}

/** Attributes, time delta, offset delta, no key, an empty value, no headers; before them their length. */
function emptyRecord(offsetDelta: number): number[] {
  const body = [0, 0, ...varint(offsetDelta), ...varint(-1), 0, 0];
  return [...varint(body.length), ...body];
}

/** Zigzag, seven bits a byte. */
function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = ((value << 1) ^ (value >> 31)) >>> 0;
  for (; rest > 0x7f; rest >>>= 7) {
    bytes.push((rest & 0x7f) | 0x80);
  }
  return [...bytes, rest];
}
