import { EventLogError, requireTopic } from '../event-log-error.ts';
import type { EventLog, Follower, Ownership } from '../event-log.ts';
import { type AppendLane, createAppendLane, createByteBudget, createSender } from './append-lane.ts';
import { registerCodecs } from './codecs.ts';
import { createConnections, createHealth, type Readiness, stopTimerLoop } from './connections.ts';
import { startFollower } from './follower.ts';
import { defaultLimits, type KafkaLogOptions } from './kafka-log-options.ts';
import { startOwnership } from './ownership.ts';
import { createRecordFetcher, fetchBounds } from './reading.ts';
import { warnOfWideRights } from './rights.ts';
import { type Preparation, type Prepared, type PreparedTopic, prepareTopics } from './topics.ts';

export interface KafkaLog extends EventLog {
  /** Whether Kafka can be reached, part by part. Connections are tried again for ever. */
  readiness(): Readiness;
  /** The cluster of the brokers; null where they do not say. */
  readonly clusterId: string | null;
}

/**
 * Opens the log on Apache Kafka 4. Waits for brokers that cannot be reached yet. Rejects with `topic-missing` or
 * `topic-misconfigured`, in sentences that name the value, where it comes from and the command that mends it, or with
 * `log-unavailable` when `startTimeoutMs` is over or the signal says so.
 *
 * The records of one append that fall into one partition are written together; those in different partitions are not
 * one unit. An append that is repeated may stand in the log twice, so readers fold by event id.
 */
export async function openKafkaLog(options: KafkaLogOptions): Promise<KafkaLog> {
  stopTimerLoop(options.logger);
  registerCodecs();
  const limits = { ...defaultLimits, ...options.limits };
  const health = createHealth(options.logger);
  const { topicPrefix = '' } = options;
  const inKafka = {
    ...options,
    topics: options.topics.map((topic) => ({ ...topic, name: topicPrefix + topic.name })),
  };
  const connections = createConnections(options, limits);
  const preparation = { options: inKafka, limits, health, connections };
  const prepared = await prepareTopics(preparation);
  const closed = inKafka.topics.filter(({ writers }) => writers === 'services').map(({ name }) => name);
  if (closed.length > 0) {
    const timeoutMs = limits.requestTimeoutMs;
    void warnOfWideRights(connections.open(), { topics: closed, timeoutMs, logger: options.logger });
  }
  return createKafkaLog(preparation, prepared);
}

function createKafkaLog(preparation: Preparation, { clusterId, topics }: Prepared): KafkaLog {
  const { options, limits, connections, health } = preparation;
  const { onError: onFailed, topicPrefix = '', nowMs = Date.now } = options;
  const shared = { connections, limits, health, access: options };
  const budget = createByteBudget(limits.queueBytes);
  const fetcher = createRecordFetcher(connections, limits);
  const lanes = new Map<string, AppendLane>();
  const followers = new Set<Follower>();
  const ownerships = new Set<Ownership>();
  let started = 0;
  let closed: Promise<void> | undefined;

  const find = (name: string): PreparedTopic => {
    if (closed !== undefined) {
      throw new EventLogError('log-closed', 'The event log is closed.');
    }
    return requireTopic(topics, topicPrefix + name);
  };
  const nameOfPart = (kind: string, topic: string) => `${kind} of ${topic} (${(started += 1)})`;
  const openLane = (name: string, topic: PreparedTopic): AppendLane => {
    const sender = createSender(connections, topic.definition.name);
    const lane = createAppendLane({ ...shared, topic, sender, budget, nowMs });
    lanes.set(name, lane);
    return lane;
  };
  const closeAll = async () => {
    await Promise.all([...ownerships].map((ownership) => ownership.release()));
    await Promise.all([...lanes.values()].map((lane) => lane.close()));
    await Promise.all([...followers].map((follower) => follower.stop()));
    fetcher.close();
  };

  return {
    async append(name, records) {
      const topic = find(name);
      return (lanes.get(name) ?? openLane(name, topic)).append(records);
    },
    follow(name, from, handler) {
      const topic = find(name);
      const part = nameOfPart('reader', name);
      const onEnded = () => void followers.delete(follower);
      const follower = startFollower({ ...shared, topic, from, handler, part, onFailed, onEnded });
      followers.add(follower);
      return follower;
    },
    read: async (name, position) => fetcher.fetch(find(name), position),
    bounds: async (name) => fetchBounds(connections, limits, find(name)),
    own(name, group) {
      const topic = find(name).definition.name;
      const part = nameOfPart(`membership in ${group}`, name);
      const onReleased = () => void ownerships.delete(ownership);
      const ownership = startOwnership({ ...shared, topic, group: topicPrefix + group, part, onReleased });
      ownerships.add(ownership);
      return ownership;
    },
    close: () => (closed ??= closeAll()),
    readiness: health.readiness,
    clusterId,
  };
}
