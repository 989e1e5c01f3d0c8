import { randomUUID } from 'node:crypto';
import { openKafkaLog } from '@postausgang/event-log';
import type { KafkaLog, KafkaLogOptions, KafkaTopicDefinition } from '@postausgang/event-log';
import type { Test } from 'tap';

/** Options that a test leaves out. */
export type TestLogOptions = Partial<KafkaLogOptions> & Pick<KafkaLogOptions, 'brokers'>;

/** A topic that no other test uses. */
export function newTopic(definition: Partial<KafkaTopicDefinition> = {}): KafkaTopicDefinition {
  const name = `test-${randomUUID()}`;
  return { name, partitions: 3, cleanup: 'delete', retentionMs: -1, ...definition };
}

/** Opens a log that creates its topics; the test closes it. */
export async function open(t: Test, options: TestLogOptions): Promise<KafkaLog> {
  const log = await openKafkaLog({
    clientId: 'test',
    topics: [],
    createTopics: true,
    onError: (error) => t.fail(`the log reported ${error.code}: ${error.message}`),
    ...options,
  });
  t.teardown(() => log.close());
  return log;
}

/** A group that notices quickly when a member is gone. */
export const leaseLimits = { sessionTimeoutMs: 2_000, heartbeatMs: 200, leaseMs: 1_200 };
