import { promisify } from 'node:util';
import { gzip, unzip, zstdDecompress } from 'node:zlib';
import kafkajs from 'kafkajs';
import createSnappyCodec from 'kafkajs-snappy';
import { decompress, decompressBound } from 'lz4js';
import { unreadableRecords } from './connections.ts';

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

/** A batch that becomes larger than this is not unpacked; three of the largest records that a topic takes fit in. */
const batchLimitBytes = 128 * 1024 * 1024;

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
