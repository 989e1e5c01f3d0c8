import kafkajs from 'kafkajs';
import type { Admin, ConfigEntries } from 'kafkajs';
import type { TopicDescription, TopicSetting } from './topic-problems.ts';

/** Kafka's ConfigResource.Type and DescribeConfigsResponse.ConfigSource. */
const origins = new Map<number, string>([
  [1, 'set on the topic'],
  [2, 'set on a broker with kafka-configs.sh'],
  [3, 'set for all brokers with kafka-configs.sh'],
  [4, 'from the brokers’ server.properties'],
  [5, 'Kafka’s default'],
]);

/** Which of these topics exist, and how they are. */
export async function describeTopics(
  admin: Admin,
  names: readonly string[],
): Promise<Map<string, TopicDescription>> {
  const known = new Set(await admin.listTopics());
  const existing = names.filter((name) => known.has(name));
  if (existing.length === 0) {
    return new Map();
  }
  const { topics } = await admin.fetchTopicMetadata({ topics: existing });
  const settings = await describeSettings(admin, existing);
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
