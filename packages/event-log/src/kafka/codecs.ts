import { promisify } from 'node:util';
import { gzip, unzip, zstdDecompress } from 'node:zlib';
import kafkajs from 'kafkajs';
import createSnappyCodec from 'kafkajs-snappy';
import { decompress, decompressBound } from 'lz4js';

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

const { CompressionCodecs, CompressionTypes } = kafkajs;
const readGzip = promisify(unzip);
const writeGzip = promisify(gzip);
const readZstd = promisify(zstdDecompress);
const readSnappy = createSnappyCodec().decompress;

/** A batch that becomes larger than this is not unpacked; the largest record that a topic takes fits in. */
const batchLimitBytes = 64 * 1024 * 1024;

interface Codec {
  compress(encoder: { readonly buffer: Buffer }): Promise<Buffer>;
  decompress(compressed: Buffer): Promise<Buffer>;
}

type Decompress = (compressed: Buffer, limitBytes: number) => Promise<Buffer>;

/**
 * Foreign writers compress as they like, brokers compress anew where the topic says so, and kafkajs brings only gzip:
 * without these a reader ends for good. The log itself writes nothing compressed; what else uses kafkajs in this
 * process can write gzip as before.
 */
export function registerCodecs(): void {
  CompressionCodecs[CompressionTypes.GZIP] = codecOf(
    (compressed, maxOutputLength) => readGzip(compressed, { maxOutputLength }),
    async ({ buffer }) => writeGzip(buffer),
  );
  CompressionCodecs[CompressionTypes.ZSTD] = codecOf((compressed, maxOutputLength) =>
    readZstd(compressed, { maxOutputLength }),
  );
  CompressionCodecs[CompressionTypes.Snappy] = codecOf((compressed, limitBytes) => {
    requireFit(snappyBytes(compressed), limitBytes);
    return readSnappy(compressed);
  });
  CompressionCodecs[CompressionTypes.LZ4] = codecOf(readLz4);
}

/** Readers step over a batch that is too large to unpack: it must neither take the memory nor hold them up. */
function codecOf(read: Decompress, compress: Codec['compress'] = refuseToCompress): () => Codec {
  const bounded = async (compressed: Buffer): Promise<Buffer> => {
    try {
      return await read(compressed, batchLimitBytes);
    } catch (error) {
      if (isTooLarge(error)) {
        return unreadableRecords(compressed);
      }
      throw error;
    }
  };
  return () => ({ compress, decompress: bounded });
}

async function refuseToCompress(): Promise<never> {
  throw new Error('The log writes no compressed records');
}

/** As large as the frame says, or as its blocks can become. */
async function readLz4(compressed: Buffer, limitBytes: number): Promise<Buffer> {
  const sizeBytes = decompressBound(compressed);
  requireFit(sizeBytes, limitBytes);
  const { buffer, byteOffset, byteLength } = decompress(compressed, sizeBytes);
  return Buffer.from(buffer, byteOffset, byteLength);
}

function requireFit(sizeBytes: number, limitBytes: number): void {
  if (!(sizeBytes <= limitBytes)) {
    const message = `A batch of ${sizeBytes} bytes is larger than ${limitBytes}`;
    throw Object.assign(new RangeError(message), { code: 'ERR_BUFFER_TOO_LARGE' });
  }
}

/** The code is the one of node:zlib. */
function isTooLarge(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
}

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
function unreadableRecords(compressed: Buffer): Buffer {
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
