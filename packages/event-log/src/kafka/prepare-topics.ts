import type { Admin } from 'kafkajs';
import { EventLogError } from '../event-log-error.ts';
import { createBackOff } from './back-off.ts';
import type { Connection, Connections } from './connections.ts';
import { describeTopics } from './describe-topics.ts';
import type { Health } from './health.ts';
import type { KafkaLogOptions, KafkaTopicDefinition } from './kafka-log-options.ts';
import { reasonOf } from './kafka-failure.ts';
import type { KafkaLogLimits } from './limits.ts';
import { fetchOffsetRanges } from './offset-ranges.ts';
import { createTopicCommands, topicSettings } from './topic-commands.ts';
import type { TopicCommands } from './topic-commands.ts';
import { findTopicProblems } from './topic-problems.ts';
import type { TopicDescription } from './topic-problems.ts';

/** A topic that was found in order. */
export interface PreparedTopic {
  readonly definition: KafkaTopicDefinition;
  /** The largest batch of records its partitions take. */
  readonly maxMessageBytes: number;
}

export interface Preparation {
  readonly options: KafkaLogOptions;
  readonly limits: KafkaLogLimits;
  readonly connections: Connections;
  readonly health: Health;
}

const part = 'check of the topics';
const kafkaDefaultMaxBytes = 1_048_588;

/** Tries until the brokers answer; rejects at once with what is wrong with the topics once they do. */
export async function prepareTopics(preparation: Preparation): Promise<Map<string, PreparedTopic>> {
  const { limits, health, options } = preparation;
  const backOff = createBackOff();
  const startedAt = performance.now();
  for (;;) {
    try {
      const prepared = await tryOnce(preparation);
      health.report(part, undefined);
      return prepared;
    } catch (error) {
      const isOver = performance.now() - startedAt > limits.startTimeoutMs || options.signal?.aborted;
      if (error instanceof EventLogError) {
        throw error;
      }
      if (isOver === true) {
        const message = `The log could not be opened: ${reasonOf(error)}.`;
        throw new EventLogError('log-unavailable', message, { cause: error });
      }
      health.report(part, reasonOf(error));
      await backOff.wait(options.signal);
    }
  }
}

async function tryOnce({ connections, limits, options }: Preparation): Promise<Map<string, PreparedTopic>> {
  const connection = connections.open();
  try {
    const admin = connection.kafka.admin();
    const prepared = await connection.within(limits.requestTimeoutMs, prepare(admin, options));
    if (options.createTopics === true) {
      await connection.within(limits.requestTimeoutMs, requireLeaders(connection, options.topics));
    }
    return prepared;
  } finally {
    connection.close();
  }
}

async function prepare(admin: Admin, options: KafkaLogOptions): Promise<Map<string, PreparedTopic>> {
  await admin.connect();
  const { topics, brokers, replicationFactor } = options;
  const names = topics.map(({ name }) => name);
  let descriptions = await describeTopics(admin, names);
  const missing = topics.filter(({ name }) => !descriptions.has(name));
  if (options.createTopics === true && missing.length > 0) {
    await createTopics(admin, missing, replicationFactor);
    descriptions = await describeTopics(admin, names);
    refuseToWaitHere(missing, descriptions);
  }
  refuseProblems(options, descriptions, createTopicCommands(brokers, replicationFactor));
  return new Map(topics.map((definition) => [definition.name, toPrepared(definition, descriptions)]));
}

async function createTopics(
  admin: Admin,
  missing: readonly KafkaTopicDefinition[],
  replicationFactor: number | undefined,
): Promise<void> {
  await admin.createTopics({
    waitForLeaders: false,
    topics: missing.map((topic) => ({
      topic: topic.name,
      numPartitions: topic.partitions,
      replicationFactor: replicationFactor ?? -1,
      configEntries: Object.entries(topicSettings(topic, replicationFactor)).map(([name, value]) => ({
        name,
        value,
      })),
    })),
  });
}

/** What was just created takes a moment until every broker knows it; the next try will see it. */
function refuseToWaitHere(
  created: readonly KafkaTopicDefinition[],
  descriptions: ReadonlyMap<string, TopicDescription>,
): void {
  const unseen = created.filter(({ name }) => !descriptions.has(name));
  if (unseen.length > 0) {
    throw new Error(`the brokers do not know yet ${unseen.map(({ name }) => name).join(', ')}`);
  }
}

/**
 * Topics that were just created have leaders that do not know it yet. A batch that some of its partitions take and others
 * refuse is written again, so part of it would stand in the log twice.
 */
async function requireLeaders(
  { cluster }: Connection,
  topics: readonly KafkaTopicDefinition[],
): Promise<void> {
  await cluster.connect();
  await cluster.addMultipleTargetTopics(topics.map(({ name }) => name));
  for (const { name, partitions } of topics) {
    await fetchOffsetRanges(cluster, name, [...Array.from({ length: partitions }).keys()]);
  }
}

function refuseProblems(
  { topics, replicationFactor }: KafkaLogOptions,
  descriptions: ReadonlyMap<string, TopicDescription>,
  commands: TopicCommands,
): void {
  const missing: string[] = [];
  const wrong: string[] = [];
  for (const topic of topics) {
    const found = descriptions.get(topic.name);
    if (found === undefined) {
      missing.push(`Topic ${topic.name} does not exist. Create it: ${commands.create(topic)}`);
    } else {
      wrong.push(...findTopicProblems({ topic, found, commands, replicationFactor }));
    }
  }
  const sentences = [...missing, ...wrong];
  if (sentences.length > 0) {
    throw new EventLogError(wrong.length > 0 ? 'topic-misconfigured' : 'topic-missing', sentences.join('\n'));
  }
}

function toPrepared(
  definition: KafkaTopicDefinition,
  descriptions: ReadonlyMap<string, TopicDescription>,
): PreparedTopic {
  const size = Number(descriptions.get(definition.name)?.settings.get('max.message.bytes')?.value);
  return { definition, maxMessageBytes: size > 0 ? size : kafkaDefaultMaxBytes };
}
