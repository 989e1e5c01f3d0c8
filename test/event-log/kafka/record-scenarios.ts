import { statSync } from 'node:fs';
import { join } from 'node:path';
import kafkajs from 'kafkajs';
import type { Producer } from 'kafkajs';
import { test } from 'tap';
import type { Test } from 'tap';
import { addressOf, createCollector, createErrorSink, numbers, readAll, record, textOf } from '../records.ts';
import { connectAdmin, connectClient, createTopic } from './foreign-client.ts';
import { newTopic, open } from './open-for-test.ts';

/** What the log makes of records that others wrote, and of those that are gone. */
export function recordScenarios(brokers: readonly string[], logDirectory: string | undefined): void {
  test('records that the broker compressed are read, whatever the codec', async (t) => {
    const admin = await connectAdmin(t, brokers);
    const text = 'Sehr geehrte Damen und Herren, '.repeat(20_000);
    for (const codec of ['gzip', 'snappy', 'lz4', 'zstd']) {
      const topic = newTopic({ partitions: 1 });
      const settings = { 'compression.type': codec, 'retention.ms': '-1' };
      await createTopic(admin, topic.name, { partitions: 1, settings });
      const log = await open(t, { brokers, topics: [topic] });
      const [, last] = await log.append(topic.name, [record('a', text), record('a', codec)]);
      const records = await readAll(log, topic.name);
      t.same(records.map(textOf), [text, codec], codec);
      t.equal((await log.read(topic.name, last ?? { partition: 0, offset: 0 }))?.value?.toString(), codec);
      if (logDirectory !== undefined) {
        const { size } = statSync(join(logDirectory, `${topic.name}-0`, '00000000000000000000.log'));
        t.ok(size < text.length / 5, `${codec} makes ${size} bytes of ${text.length}`);
      }
    }
  });

  test('records that a client compressed are read', async (t) => {
    const topic = newTopic({ partitions: 1 });
    const log = await open(t, { brokers, topics: [topic] });
    const producer = await connectProducer(t, brokers);
    const messages = numbers(50).map((n) => ({ key: 'a', value: String(n) }));
    await producer.send({ topic: topic.name, compression: kafkajs.CompressionTypes.GZIP, messages });
    t.same((await readAll(log, topic.name)).map(textOf), numbers(50).map(String));
    t.equal((await log.read(topic.name, { partition: 0, offset: 49 }))?.value?.toString(), '49');
  });

  test('a batch that becomes too large is stepped over, record by record', { timeout: 60_000 }, async (t) => {
    const topic = newTopic({ partitions: 1 });
    const log = await open(t, { brokers, topics: [topic] });
    const producer = await connectProducer(t, brokers);
    const half = { key: 'a', value: Buffer.alloc(65 * 1024 * 1024) };
    const [compression, messages] = [kafkajs.CompressionTypes.GZIP, [half, half]];
    await producer.send({ topic: topic.name, compression, messages });
    await log.append(topic.name, [record('a', 'next')]);
    const records = await readAll(log, topic.name);
    t.same(records.map(addressOf), ['0/0', '0/1', '0/2']);
    t.same(records.map(textOf), ['', '', 'next']);
    t.match(records[0], { key: null, headers: {} });
    t.equal((await log.read(topic.name, { partition: 0, offset: 1 }))?.value?.length, 0);
    t.match(log.readiness(), { ready: true });
  });

  test('records of foreign writers are read as they are', async (t) => {
    const topic = newTopic({ partitions: 1 });
    const log = await open(t, { brokers, topics: [topic] });
    const producer = await connectProducer(t, brokers);
    const headers = {
      repeated: ['one', 'two'],
      bytes: Buffer.from([0xff, 0x61]),
      constructor: 'text',
    };
    const messages = [
      { key: null, value: 'no key' },
      { key: 'tombstone', value: null },
      { key: Buffer.from([0xc3, 0x28]), value: Buffer.from([0, 0xff]), headers, timestamp: '1700000000000' },
    ];
    await producer.send({ topic: topic.name, messages });
    const [noKey, tombstone, strange] = await readAll(log, topic.name);
    t.match(noKey, { key: null, headers: {}, position: { partition: 0, offset: 0 } });
    t.match(tombstone, { key: 'tombstone', value: null });
    t.match(strange, { key: '\ufffd(', timestampMs: 1_700_000_000_000 });
    t.same({ ...strange?.headers }, { repeated: 'two', bytes: '\ufffda', constructor: 'text' });
    t.same([...(strange?.value ?? [])], [0, 0xff]);
    t.equal((await log.read(topic.name, { partition: 0, offset: 1 }))?.value, null);
  });

  test('what a transaction took back is never read, and what only marks its end holds nobody up', async (t) => {
    const topic = newTopic({ partitions: 1 });
    const log = await open(t, { brokers, topics: [topic] });
    const live = createCollector();
    log.follow(topic.name, 'start', live.handler);
    const producer = connectClient(brokers).producer({
      transactionalId: topic.name,
      maxInFlightRequests: 1,
      idempotent: true,
    });
    await producer.connect();
    t.teardown(() => producer.disconnect());
    const write = async (value: string, end: 'commit' | 'abort') => {
      const transaction = await producer.transaction();
      await transaction.send({ topic: topic.name, messages: [{ key: 'a', value }] });
      await transaction[end]();
    };
    await write('taken back', 'abort');
    await write('kept', 'commit');
    await write('taken back too', 'abort');
    t.same((await readAll(log, topic.name)).map(textOf), ['kept'], 'and the reader has caught up');
    await log.append(topic.name, [record('a', 'last')]);
    await live.until(2);
    t.same(live.texts(), ['kept', 'last']);
    t.equal(await log.read(topic.name, { partition: 0, offset: 0 }), undefined);
  });

  test('a follower whose place has expired ends and says so, and never goes on elsewhere', async (t) => {
    const topic = newTopic({ partitions: 1 });
    const sink = createErrorSink();
    const log = await open(t, { brokers, topics: [topic], onError: sink.onError });
    // Offset 0 means from the start, wherever that is.
    await log.append(topic.name, [record('a', 'before')]);
    const positions = await log.append(
      topic.name,
      numbers(20).map((n) => record('a', String(n))),
    );
    const first = positions[0]?.offset ?? 0;
    const admin = await connectAdmin(t, brokers);
    const entered = Promise.withResolvers<void>();
    const leave = Promise.withResolvers<void>();
    const collector = createCollector();
    const from = [{ partition: 0, offset: first }];
    const slow = log.follow(topic.name, from, async (batch) => {
      collector.handler(batch);
      entered.resolve();
      await leave.promise;
    });
    await entered.promise;
    await log.append(
      topic.name,
      numbers(10).map((n) => record('a', `later ${n}`)),
    );
    const partitions = [{ partition: 0, offset: String(first + 25) }];
    // Without having asked for the topic before, kafkajs does not find it.
    await admin.fetchTopicOffsets(topic.name);
    await admin.deleteTopicRecords({ topic: topic.name, partitions });
    leave.resolve();
    t.match(await sink.first, { code: 'position-out-of-range', message: /expire; drop the view/ });
    await slow.stop();
    t.equal(collector.records.length, 20);
    const late = log.follow(topic.name, from, () => void t.fail('never called'));
    await t.rejects(late.caughtUp, { code: 'position-out-of-range' });
    t.same(
      (await readAll(log, topic.name)).map(textOf),
      numbers(5).map((n) => `later ${n + 5}`),
    );
    t.equal(await log.read(topic.name, { partition: 0, offset: first }), undefined);
  });
}

async function connectProducer(t: Test, brokers: readonly string[]): Promise<Producer> {
  const createPartitioner = kafkajs.Partitioners.DefaultPartitioner;
  const producer = connectClient(brokers).producer({ createPartitioner, allowAutoTopicCreation: false });
  await producer.connect();
  t.teardown(() => producer.disconnect());
  return producer;
}
