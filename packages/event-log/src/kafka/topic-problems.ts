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
function needsTwoInSync(replicationFactor: number | undefined): boolean {
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

/** A topic as it is. */
export interface TopicDescription {
  readonly partitions: number;
  /** Copies of the partition that has the fewest. */
  readonly replicationFactor: number;
  readonly settings: ReadonlyMap<string, TopicSetting>;
}

export interface TopicSetting {
  readonly value: string;
  /** Where the value comes from, in words. */
  readonly origin: string;
}

interface Check {
  readonly topic: KafkaTopicDefinition;
  readonly found: TopicDescription;
  readonly commands: TopicCommands;
  readonly replicationFactor: number | undefined;
}

/** A sentence for everything that is wrong with a topic: the value, where it comes from, and what mends it. */
export function findTopicProblems(check: Check): string[] {
  return [
    partitionsProblem(check),
    copiesProblem(check),
    cleanupProblem(check),
    retentionProblem(check),
    sizeRetentionProblem(check),
    inSyncProblem(check),
    messageSizeProblem(check),
    uncleanElectionProblem(check),
  ].filter((sentence) => sentence !== undefined);
}

function partitionsProblem({ topic, found, commands }: Check): string | undefined {
  const { name, partitions } = topic;
  if (found.partitions === partitions) {
    return undefined;
  }
  const says = `Topic ${name} has ${found.partitions} partitions (as it was created), and ${partitions} are needed`;
  const anew = `${commands.remove(name)} && ${commands.create(topic)}`;
  const isSmaller = found.partitions < partitions;
  return isSmaller
    ? `${says}. As long as it is empty: ${commands.addPartitions(name, partitions)}`
    : `${says}; partitions cannot be taken away. As long as it is empty: ${anew}`;
}

function copiesProblem({ topic, found, commands, replicationFactor = 1 }: Check): string | undefined {
  if (found.replicationFactor >= replicationFactor) {
    return undefined;
  }
  return (
    `Topic ${topic.name} has replication factor ${found.replicationFactor} (as it was created), and` +
    ` ${replicationFactor} is needed. Mend it: ${commands.reassign(topic.name)}`
  );
}

function cleanupProblem(check: Check): string | undefined {
  const { cleanup } = check.topic;
  const why = cleanup === 'delete' ? 'every event has to stay' : 'the last event of each key has to stay';
  return settingProblem(check, 'cleanup.policy', cleanup, why, (value) => value === cleanup);
}

function retentionProblem(check: Check): string | undefined {
  const { cleanup, retentionMs } = check.topic;
  if (cleanup === 'compact') {
    return undefined;
  }
  const why = retentionMs < 0 ? 'events must never expire' : 'events must not expire earlier';
  const isEnough = (value: string) => value === '-1' || (retentionMs >= 0 && Number(value) >= retentionMs);
  return settingProblem(check, 'retention.ms', String(retentionMs), why, isEnough);
}

function sizeRetentionProblem(check: Check): string | undefined {
  if (check.topic.cleanup === 'compact') {
    return undefined;
  }
  const why = 'events must not be deleted because there are many';
  return settingProblem(check, 'retention.bytes', '-1', why, (value) => value === '-1');
}

function inSyncProblem(check: Check): string | undefined {
  const { found, replicationFactor } = check;
  const copies = found.replicationFactor;
  const needed = needsTwoInSync(replicationFactor) ? 2 : 1;
  const isTooMany = Number(found.settings.get('min.insync.replicas')?.value) > copies;
  const why = isTooMany
    ? `nothing can be written with ${copies} ${copies === 1 ? 'copy' : 'copies'}`
    : 'what is acknowledged must be in more than one place';
  const isRight = (value: string) => Number(value) >= needed && !isTooMany;
  return settingProblem(check, 'min.insync.replicas', String(needed), why, isRight);
}

function messageSizeProblem(check: Check): string | undefined {
  const { maxMessageBytes } = check.topic;
  if (maxMessageBytes === undefined) {
    return undefined;
  }
  const isEnough = (value: string) => Number(value) >= maxMessageBytes;
  const why = 'larger events have to fit in';
  return settingProblem(check, 'max.message.bytes', String(maxMessageBytes), why, isEnough);
}

function uncleanElectionProblem(check: Check): string | undefined {
  const why = 'what is acknowledged must not be lost when a broker fails';
  return settingProblem(check, 'unclean.leader.election.enable', 'false', why, (value) => value === 'false');
}

function settingProblem(
  { topic, found, commands }: Check,
  name: string,
  needed: string,
  why: string,
  isRight: (value: string) => boolean,
): string | undefined {
  const setting = found.settings.get(name);
  if (setting === undefined || isRight(setting.value)) {
    return undefined;
  }
  return (
    `Topic ${topic.name} has ${name}=${setting.value} (${setting.origin}), and ${needed} is needed: ${why}.` +
    ` Mend it: ${commands.set(topic.name, name, needed)}`
  );
}
