import { promisify } from 'node:util';
import { gzip, unzip, zstdDecompress } from 'node:zlib';
import kafkajs from 'kafkajs';
import createSnappyCodec from 'kafkajs-snappy';
import { decompress, decompressBound } from 'lz4js';
import { snappyBytes } from './snappy-size.ts';
import { unreadableRecords } from './unreadable-records.ts';

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
