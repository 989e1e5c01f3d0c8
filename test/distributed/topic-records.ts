import { randomUUID } from 'node:crypto';
import type { topics } from '@postausgang/contracts';
import kafkajs from 'kafkajs';
import type { TestBrokers } from './test-brokers.ts';
import { connectClient, createTopic } from '../event-log/kafka/foreign-client.ts';
import type { KeptRecord } from '../fixtures/release.ts';

/** Every record of a topic, partition by partition. */
export async function readTopic({ brokers, topicPrefix }: TestBrokers, name: string): Promise<KeptRecord[]> {
  const topic = topicPrefix + name;
  const client = connectClient(brokers);
  const admin = client.admin();
  await admin.connect();
  const missing = new Map(
    (await admin.fetchTopicOffsets(topic)).map(({ partition, high }) => [partition, Number(high)]),
  );
  await admin.disconnect();
  const records: KeptRecord[] = [];
  const whole = Promise.withResolvers<void>();
  const settle = () => {
    if ([...missing.values()].every((high) => high <= 0)) whole.resolve();
  };
  const consumer = client.consumer({ groupId: randomUUID() });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ partition, message }) => {
      records.push(keep(partition, message));
      if (Number(message.offset) + 1 >= (missing.get(partition) ?? 0)) missing.delete(partition);
      settle();
    },
  });
  settle();
  await whole.promise;
  await consumer.disconnect();
  return records.toSorted((a, b) => a.partition - b.partition || a.offset - b.offset);
}

function keep(partition: number, message: kafkajs.KafkaMessage): KeptRecord {
  const headers = Object.entries(message.headers ?? {}).map(([name, value]) => [name, String(value)]);
  return {
    partition,
    offset: Number(message.offset),
    timestampMs: Number(message.timestamp),
    key: message.key === null ? null : message.key.toString(),
    headers: Object.fromEntries(headers),
    value: message.value === null ? null : message.value.toString('base64'),
  };
}

/** Creates the topic and writes the records at their positions. The topic keeps old records. */
export async function feedTopic(
  { brokers, topicPrefix }: TestBrokers,
  definition: (typeof topics)[keyof typeof topics],
  records: readonly KeptRecord[],
): Promise<void> {
  const topic = topicPrefix + definition.name;
  const client = connectClient(brokers);
  const admin = client.admin();
  await admin.connect();
  const large =
    'maxMessageBytes' in definition ? { 'max.message.bytes': String(definition.maxMessageBytes) } : {};
  await createTopic(admin, topic, {
    partitions: definition.partitions,
    settings: { 'cleanup.policy': definition.cleanup, 'retention.ms': '-1', ...large },
  });
  await admin.disconnect();
  const producer = client.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  await producer.connect();
  // One request per partition: a request is repeated while a new partition has no leader, and may not repeat others.
  for (const messages of Map.groupBy(records.map(toMessage), ({ partition }) => partition).values()) {
    await producer.send({ topic, messages });
  }
  await producer.disconnect();
}

const toMessage = ({ partition, timestampMs, key, headers, value }: KeptRecord) => ({
  partition,
  timestamp: String(timestampMs),
  key,
  headers: { ...headers },
  value: value === null ? null : Buffer.from(value, 'base64'),
});
