import { EventLogError } from '../event-log-error.ts';
import type { EventLog, Follower, Ownership } from '../event-log.ts';
import { type AppendLane, createAppendLane, createSender } from './append-lane.ts';
import { registerCodecs } from './codecs.ts';
import { createConnections, stopTimerLoop } from './connections.ts';
import { startFollower } from './follower.ts';
import { defaultLimits, type KafkaLogger, type KafkaLogOptions } from './kafka-log-options.ts';
import { startOwnership } from './ownership.ts';
import { createByteBudget, createRecordFetcher, fetchBounds, readDirectly } from './reading.ts';
import { type Preparation, type PreparedTopic, prepareTopics } from './topics.ts';

export interface Readiness {
  /** Whether every part that is in use has its connection. */
  readonly ready: boolean;
  /** One sentence for people: what is missing, or that all is well. */
  readonly detail: string;
}

/** What each part says about its connection. */
export interface Health {
  /** `problem` undefined: it works. Tells the logger what has changed. */
  report(part: string, problem: string | undefined): void;
  /** The part is no longer in use. */
  forget(part: string): void;
  readiness(): Readiness;
}

export function createHealth(logger: KafkaLogger | undefined): Health {
  const problems = new Map<string, string>();
  return {
    report(part, problem) {
      if (problem === undefined) {
        if (problems.delete(part)) {
          logger?.info({ part }, `Kafka: the ${part} works again`);
        }
        return;
      }
      if (!problems.has(part)) {
        logger?.warn({ part, problem }, `Kafka: the ${part} does not work: ${problem}`);
      }
      problems.set(part, problem);
    },
    forget: (part) => void problems.delete(part),
    readiness() {
      const [first] = problems;
      if (first === undefined) {
        return { ready: true, detail: 'Connected to Kafka.' };
      }
      return { ready: false, detail: `No connection to Kafka: the ${first[0]}: ${first[1]}` };
    },
  };
}

export interface KafkaLog extends EventLog {
  /** Whether Kafka can be reached, part by part. Connections are tried again for ever. */
  readiness(): Readiness;
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
  const topics = await prepareTopics(preparation);
  return createKafkaLog(preparation, topics);
}

function createKafkaLog(preparation: Preparation, topics: ReadonlyMap<string, PreparedTopic>): KafkaLog {
  const { options, limits, connections, health } = preparation;
  const { onError, topicPrefix = '', now = Date.now } = options;
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
    return findTopic(topics, topicPrefix + name);
  };
  const nameOfPart = (kind: string, topic: string) => {
    started += 1;
    return `${kind} of ${topic} (${started})`;
  };
  const laneOf = (name: string): AppendLane => {
    const topic = find(name);
    const open = () => {
      const sender = createSender(connections, topic.definition.name);
      const lane = createAppendLane({ topic, sender, budget, limits, health, now });
      lanes.set(name, lane);
      return lane;
    };
    return lanes.get(name) ?? open();
  };
  const closeAll = async () => {
    await Promise.all([...ownerships].map((ownership) => ownership.release()));
    await Promise.all([...lanes.values()].map((lane) => lane.close()));
    await Promise.all([...followers].map((follower) => follower.stop()));
    fetcher.close();
  };

  return {
    append: async (name, records) => laneOf(name).append(records),
    follow(name, from, handler) {
      const topic = find(name);
      const part = nameOfPart('reader', name);
      const onEnded = () => void followers.delete(follower);
      const shared = { connections, limits, health, read: readDirectly, part };
      const follower = startFollower({ topic, from, handler, ...shared, onFailed: onError, onEnded });
      followers.add(follower);
      return follower;
    },
    read: async (name, position) => fetcher.fetch(find(name), position),
    bounds: async (name) => fetchBounds(connections, limits, find(name)),
    own(name, group) {
      const topic = find(name).definition.name;
      const part = nameOfPart(`membership in ${group}`, name);
      const onReleased = () => void ownerships.delete(ownership);
      const shared = { connections, limits, health, part, onReleased };
      const ownership = startOwnership({ topic, group: topicPrefix + group, ...shared });
      ownerships.add(ownership);
      return ownership;
    },
    close: () => (closed ??= closeAll()),
    readiness: health.readiness,
  };
}

function findTopic(topics: ReadonlyMap<string, PreparedTopic>, name: string): PreparedTopic {
  const found = topics.get(name);
  if (found === undefined) {
    const known = [...topics.keys()].join(', ');
    const message = `The event log has no topic ${name}. It was opened with: ${known}.`;
    throw new EventLogError('unknown-topic', message);
  }
  return found;
}
