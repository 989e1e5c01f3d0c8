import { randomUUID } from 'node:crypto';
import type { Test } from 'tap';
import { connectClient } from '../event-log/kafka/foreign-client.ts';
import { startKafka } from '../peers/kafka/kafka.ts';

/** What the services of a test sign with. */
export const testLogKey = Buffer.alloc(32, 'test').toString('base64');

/** Where a test's log lies, and the prefix that keeps it apart from everything else on the same brokers. */
export interface TestBrokers {
  readonly brokers: readonly string[];
  readonly topicPrefix: string;
}

/** The variables of a service over these brokers, which creates its topics. */
export function kafkaVariables({ brokers, topicPrefix }: TestBrokers): Readonly<Record<string, string>> {
  return {
    KAFKA_BROKERS: brokers.join(),
    KAFKA_TOPIC_PREFIX: topicPrefix,
    KAFKA_CREATE_TOPICS: 'true',
    KAFKA_REPLICATION_FACTOR: '1',
  };
}

/** The brokers that KAFKA_BROKERS names, which keep no topic of ours; else a broker of our own. */
export async function brokersForTest(t: Test): Promise<TestBrokers> {
  const topicPrefix = `test-${randomUUID()}.`;
  const named = (process.env['KAFKA_BROKERS'] ?? '').split(',').filter((broker) => broker !== '');
  if (named.length > 0) {
    t.teardown(() => removeTopics(named, topicPrefix));
    return { brokers: named, topicPrefix };
  }
  const { brokers, stop } = await startKafka();
  t.teardown(stop);
  return { brokers, topicPrefix };
}

async function removeTopics(brokers: readonly string[], topicPrefix: string): Promise<void> {
  const admin = connectClient(brokers).admin();
  await admin.connect();
  const topics = await admin.listTopics();
  await admin.deleteTopics({ topics: topics.filter((name) => name.startsWith(topicPrefix)) });
  await admin.disconnect();
}
