import { promisify } from 'node:util';
import { zstdDecompress } from 'node:zlib';
import kafkajs from 'kafkajs';
import createSnappyCodec from 'kafkajs-snappy';
import { decompress } from 'lz4js';

const { CompressionCodecs, CompressionTypes } = kafkajs;
const readZstd = promisify(zstdDecompress);

/**
 * Foreign writers compress as they like, brokers compress anew where the topic says so, and kafkajs brings only gzip:
 * without these a reader ends for good. The log itself writes nothing compressed.
 */
export function registerCodecs(): void {
  CompressionCodecs[CompressionTypes.Snappy] = () => ({
    compress,
    decompress: createSnappyCodec().decompress,
  });
  CompressionCodecs[CompressionTypes.LZ4] = () => ({ compress, decompress: readLz4 });
  CompressionCodecs[CompressionTypes.ZSTD] = () => ({ compress, decompress: readZstd });
}

async function compress(): Promise<never> {
  throw new Error('The log writes no compressed records');
}

async function readLz4(compressed: Buffer): Promise<Buffer> {
  const { buffer, byteOffset, byteLength } = decompress(compressed);
  return Buffer.from(buffer, byteOffset, byteLength);
}
