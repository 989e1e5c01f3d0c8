import kafkajs, { type Admin, type ConfigEntries } from 'kafkajs';
import { EventLogError } from '../event-log-error.ts';
import {
  type Connection,
  type Connections,
  connectTo,
  createBackOff,
  type Health,
  reasonOf,
} from './connections.ts';
import type { KafkaLogLimits, KafkaLogOptions, KafkaTopicDefinition } from './kafka-log-options.ts';
import { fetchPartitionBounds } from './reading.ts';
import { isUnauthorized, missingRight, unseenTopics } from './rights.ts';
import {
  createTopicCommands,
  findTopicProblems,
  type TopicCommands,
  type TopicDescription,
  type TopicSetting,
  topicSettings,
} from './topic-problems.ts';

/** Kafka's ConfigResource.Type and DescribeConfigsResponse.ConfigSource. */
const origins = new Map<number, string>([
  [1, 'set on the topic'],
  [2, 'set on a broker with kafka-configs.sh'],
  [3, 'set for all brokers with kafka-configs.sh'],
  [4, 'from the brokers’ server.properties'],
  [5, 'Kafka’s default'],
]);

/** Which of these topics exist, and how they are. */
async function describeTopics(
  admin: Admin,
  options: KafkaLogOptions,
  names: readonly string[],
): Promise<Map<string, TopicDescription>> {
  const known = new Set(await admin.listTopics());
  const existing = names.filter((name) => known.has(name));
  if (existing.length === 0) {
    return new Map();
  }
  const { topics } = await admin.fetchTopicMetadata({ topics: existing });
  const settings = await describeSettings(admin, existing).catch(async (error: unknown) => {
    const hidden = isUnauthorized(error) ? await withoutSettings(admin, existing) : [];
    refuseUnauthorized(options, 'DescribeConfigs', hidden);
    throw error;
  });
  return new Map(
    topics.map(({ name, partitions }): [string, TopicDescription] => [
      name,
      {
        partitions: partitions.length,
        replicationFactor: Math.min(...partitions.map(({ replicas }) => replicas.length)),
        settings: settings.get(name) ?? new Map(),
      },
    ]),
  );
}

/** Of which topics the settings must not be seen; the error names none of them. */
async function withoutSettings(admin: Admin, names: readonly string[]): Promise<readonly string[]> {
  const hidden: string[] = [];
  for (const name of names) {
    await describeSettings(admin, [name]).catch(() => hidden.push(name));
  }
  return hidden;
}

async function describeSettings(
  admin: Admin,
  names: readonly string[],
): Promise<Map<string, Map<string, TopicSetting>>> {
  const type = kafkajs.ConfigResourceTypes.TOPIC;
  const resources = names.map((name) => ({ type, name }));
  const described = await admin.describeConfigs({ resources, includeSynonyms: true });
  return new Map(
    described.resources.map(({ resourceName, configEntries }): [string, Map<string, TopicSetting>] => [
      resourceName,
      new Map(configEntries.map((entry): [string, TopicSetting] => [entry.configName, settingOf(entry)])),
    ]),
  );
}

function settingOf({ configName, configValue, configSource, configSynonyms }: ConfigEntries): TopicSetting {
  const origin = origins.get(configSource) ?? 'of unknown origin';
  const [inEffect] = configSynonyms;
  const isRenamed = inEffect !== undefined && inEffect.configName !== configName;
  return { value: configValue, origin: isRenamed ? `${origin}: ${inEffect.configName}` : origin };
}

/** A topic that was found in order. */
export interface PreparedTopic {
  readonly definition: KafkaTopicDefinition;
  /** The largest batch of records its partitions take. */
  readonly maxMessageBytes: number;
}

/** What a log finds in Kafka at its start. */
export interface Prepared {
  /** null: these brokers do not say. */
  readonly clusterId: string | null;
  readonly topics: ReadonlyMap<string, PreparedTopic>;
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
export async function prepareTopics(preparation: Preparation): Promise<Prepared> {
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

async function tryOnce({ connections, limits, options }: Preparation): Promise<Prepared> {
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

async function prepare(admin: Admin, options: KafkaLogOptions): Promise<Prepared> {
  await admin.connect();
  const { topics, brokers, replicationFactor } = options;
  const names = topics.map(({ name }) => name);
  let descriptions = await describeTopics(admin, options, names);
  const missing = topics.filter(({ name }) => !descriptions.has(name));
  await refuseUnseen(admin, options, missing);
  if (options.createTopics === true && missing.length > 0) {
    await createTopics(admin, options, missing);
    descriptions = await describeTopics(admin, options, names);
    refuseToWaitHere(missing, descriptions);
  }
  refuseProblems(options, descriptions, createTopicCommands(brokers, replicationFactor));
  return {
    clusterId: await clusterIdOf(admin),
    topics: new Map(topics.map((definition) => [definition.name, toPrepared(definition, descriptions)])),
  };
}

/** No right is needed to ask for it. Services that only resemble Kafka may have none. */
async function clusterIdOf(admin: Admin): Promise<string | null> {
  const { clusterId } = await admin.describeCluster();
  return typeof clusterId === 'string' && clusterId !== '' ? clusterId : null;
}

/** "Does not exist" is never said of what must not be seen. */
async function refuseUnseen(
  admin: Admin,
  options: KafkaLogOptions,
  missing: readonly KafkaTopicDefinition[],
): Promise<void> {
  const unseen = await unseenTopics(
    admin,
    missing.map(({ name }) => name),
  );
  refuseUnauthorized(options, 'Describe', unseen);
}

function refuseUnauthorized(
  options: KafkaLogOptions,
  operation: 'Describe' | 'DescribeConfigs' | 'Create',
  names: readonly string[],
): void {
  if (names.length > 0) {
    const sentences = names.map((name) => missingRight(options, { operation, on: 'topic', name }));
    throw new EventLogError('log-unauthorized', sentences.join('\n'));
  }
}

async function createTopics(
  admin: Admin,
  options: KafkaLogOptions,
  missing: readonly KafkaTopicDefinition[],
): Promise<void> {
  try {
    await create(admin, missing, options.replicationFactor);
  } catch (error) {
    refuseUnauthorized(options, 'Create', isUnauthorized(error) ? missing.map(({ name }) => name) : []);
    throw error;
  }
}

async function create(
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
  connection: Connection,
  topics: readonly KafkaTopicDefinition[],
): Promise<void> {
  await connectTo(
    connection,
    topics.map(({ name }) => name),
  );
  for (const topic of topics) {
    await fetchPartitionBounds(connection, topic);
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
