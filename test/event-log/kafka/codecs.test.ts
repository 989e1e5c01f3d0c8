import { createRequire } from 'node:module';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { test } from 'tap';
import { registerCodecs, snappyBytes } from '../../../packages/event-log/src/kafka/codecs.ts';

interface DecodedRecord {
  readonly offset: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: object;
}

const require = createRequire(new URL('../../../packages/event-log/package.json', import.meta.url));
const Decoder = require('kafkajs/src/protocol/decoder') as new (bytes: Buffer) => object;
const decodeBatch = require('kafkajs/src/protocol/recordBatch/v0/decoder') as (
  decoder: object,
) => Promise<{ readonly records: readonly DecodedRecord[] }>;

const [gzip, snappy, lz4, zstd] = [1, 2, 3, 4];
const limitBytes = 64 * 1024 * 1024;

interface Described {
  readonly count?: number;
  readonly lastOffsetDelta?: number;
  readonly magic?: number;
}

/** A record batch from offset 40 on, with something before it as in an answer with several. */
function read(codec: number | undefined, compressed: Buffer, described: Described = {}) {
  const { count = 3, lastOffsetDelta = 2, magic = 2 } = described;
  const header = Buffer.alloc(61);
  header.writeBigInt64BE(40n, 0);
  header.writeInt32BE(49 + compressed.length, 8);
  header.writeInt8(magic, 16);
  header.writeInt16BE(codec ?? 0, 21);
  header.writeInt32BE(lastOffsetDelta, 23);
  header.writeInt32BE(count, 57);
  const bytes = Buffer.concat([Buffer.alloc(7), header, compressed]);
  return decodeBatch(new Decoder(bytes.subarray(7)));
}

/** No content size, blocks of 4 MiB at most, each of one byte that nobody looks at. */
const lz4Of = (blocks: number) =>
  Buffer.concat([
    Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x40, 0x70, 0]),
    ...Array.from({ length: blocks }, () => Buffer.from([1, 0, 0, 0, 0])),
    Buffer.alloc(4),
  ]);
/** 2^31 - 1 bytes, says the length. */
const hugeSnappy = Buffer.from([0xff, 0xff, 0xff, 0xff, 0x07, 0]);

function framed(...blocks: Buffer[]): Buffer {
  const parts = blocks.flatMap((block) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(block.length);
    return [length, block];
  });
  return Buffer.concat([Buffer.from('\u0082SNAPPY\0', 'latin1'), Buffer.alloc(8), ...parts]);
}

registerCodecs();

test('a batch that becomes too large is not unpacked, and empty records stand in for its own', async (t) => {
  const zeros = Buffer.alloc(limitBytes + 1);
  const bombs: readonly [string, number | undefined, Buffer][] = [
    ['gzip', gzip, gzipSync(zeros, { level: 1 })],
    ['zstd', zstd, zstdCompressSync(zeros)],
    ['snappy', snappy, hugeSnappy],
    [
      'snappy in blocks',
      snappy,
      framed(...Array.from({ length: 3 }, () => Buffer.from([0x80, 0x80, 0x80, 0x20]))),
    ],
    ['lz4', lz4, lz4Of(33)],
  ];
  for (const [name, codec, compressed] of bombs) {
    const { records } = await read(codec, compressed, { lastOffsetDelta: 700 });
    t.same(
      records.map(({ offset, key, value, headers }) => [offset, key, value?.length, headers]),
      ['40', '41', '740'].map((offset) => [offset, null, 0, {}]),
      name,
    );
  }
  const { records } = await read(snappy, hugeSnappy, { count: 100_000, lastOffsetDelta: 99_999 });
  t.equal(records.length, 100_000);
  t.same([records[0]?.offset, records[70_000]?.offset, records.at(-1)?.offset], ['40', '70040', '100039']);
});

test('what cannot be stepped over says why', async (t) => {
  await t.rejects(read(snappy, hugeSnappy, { count: 1_000_001 }), {
    message: 'a batch of 1000001 records is too large to unpack',
  });
  await t.rejects(read(snappy, hugeSnappy, { magic: 1 }), { message: /of an old format/ });
  await t.rejects(read(gzip, Buffer.from('no gzip at all')), { code: 'Z_DATA_ERROR' });
});

test('knows what Snappy data becomes', async (t) => {
  t.equal(snappyBytes(Buffer.from([0])), 0);
  t.equal(snappyBytes(Buffer.from([0xac, 0x02, 0])), 300);
  t.equal(snappyBytes(hugeSnappy), 2 ** 31 - 1);
  t.equal(snappyBytes(framed(Buffer.from([0xac, 0x02, 0]), Buffer.from([5]))), 305);
  t.equal(snappyBytes(framed(hugeSnappy, hugeSnappy)), 2 * (2 ** 31 - 1));
  t.equal(snappyBytes(Buffer.alloc(0)), 0);
});
