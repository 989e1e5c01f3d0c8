import type { KafkaTopicDefinition } from './kafka-log-options.ts';

/** What a topic needs beside its partitions; the same for creating it and for mending it. */
export function topicSettings(
  topic: KafkaTopicDefinition,
  replicationFactor: number | undefined,
): Record<string, string> {
  const retention =
    topic.cleanup === 'delete' ? { 'retention.ms': String(topic.retentionMs), 'retention.bytes': '-1' } : {};
  return {
    'cleanup.policy': topic.cleanup,
    ...retention,
    ...(topic.maxMessageBytes === undefined ? {} : { 'max.message.bytes': String(topic.maxMessageBytes) }),
    ...(needsTwoInSync(replicationFactor) ? { 'min.insync.replicas': '2' } : {}),
  };
}

/** With one copy in sync "all copies" can mean one, and what was acknowledged can be lost with one disk. */
export function needsTwoInSync(replicationFactor: number | undefined): boolean {
  return replicationFactor !== undefined && replicationFactor > 1;
}

/** The commands of Kafka's own tools that mend a topic. */
export interface TopicCommands {
  create(topic: KafkaTopicDefinition): string;
  remove(name: string): string;
  addPartitions(name: string, partitions: number): string;
  set(name: string, setting: string, value: string): string;
  reassign(name: string): string;
}

export function createTopicCommands(
  brokers: readonly string[],
  replicationFactor: number | undefined,
): TopicCommands {
  const server = `--bootstrap-server ${brokers.join(',')}`;
  return {
    create(topic) {
      const copies = replicationFactor === undefined ? '' : ` --replication-factor ${replicationFactor}`;
      const settings = Object.entries(topicSettings(topic, replicationFactor))
        .map(([setting, value]) => ` --config ${setting}=${value}`)
        .join('');
      const size = `--partitions ${topic.partitions}${copies}`;
      return `kafka-topics.sh ${server} --create --topic ${topic.name} ${size}${settings}`;
    },
    remove: (name) => `kafka-topics.sh ${server} --delete --topic ${name}`,
    addPartitions: (name, partitions) =>
      `kafka-topics.sh ${server} --alter --topic ${name} --partitions ${partitions}`,
    set: (name, setting, value) =>
      `kafka-configs.sh ${server} --alter --entity-type topics --entity-name ${name}` +
      ` --add-config ${setting}=${value}`,
    reassign: (name) =>
      `kafka-reassign-partitions.sh ${server} --execute --reassignment-json-file FILE (a file that names` +
      ` ${replicationFactor} brokers for each partition of ${name})`,
  };
}
