import kafkajs from 'kafkajs';
import type { Admin } from 'kafkajs';
import type { Test } from 'tap';
import { stopTimerLoop } from '../../../packages/event-log/src/kafka/connections.ts';
import { waitFor } from '../../peers/wait-for.ts';

/** kafkajs as a foreign program would use it, but for the warnings that its timer would write among the results. */
export function connectClient(brokers: readonly string[]) {
  stopTimerLoop(undefined);
  return new kafkajs.Kafka({ brokers: [...brokers], logLevel: kafkajs.logLevel.NOTHING });
}

export async function connectAdmin(t: Test, brokers: readonly string[]): Promise<Admin> {
  const admin = connectClient(brokers).admin();
  await admin.connect();
  t.teardown(() => admin.disconnect());
  return admin;
}

/** Creates a topic with one copy, and waits until the broker knows it. */
export async function createTopic(
  admin: Admin,
  topic: string,
  { partitions = 3, settings = {} }: { partitions?: number; settings?: Record<string, string> },
): Promise<void> {
  const configEntries = Object.entries(settings).map(([name, value]) => ({ name, value }));
  const created = { topic, numPartitions: partitions, replicationFactor: 1, configEntries };
  await admin.createTopics({ waitForLeaders: false, topics: [created] });
  await waitFor(`topic ${topic}`, async () => {
    const topics = await admin.listTopics();
    return topics.includes(topic) ? true : undefined;
  });
}
