import kafkajs from 'kafkajs';
import createRoundRobinAssigner from 'kafkajs/src/consumer/assigners/roundRobinAssigner/index.js';
import ConsumerGroup from 'kafkajs/src/consumer/consumerGroup.js';
import type { Ownership } from '../event-log.ts';
import { type Connection, type Connections, protocolErrorOf, reasonOf } from './connections.ts';
import { createBackOff, type KafkaLogLimits, pause } from './kafka-log-options.ts';
import type { Health } from './open-kafka-log.ts';

/** Who we are in the group, so that a new connection can go on where the old one broke. */
interface Membership {
  readonly memberId: string;
  readonly generationId: number;
}

/** A member of a consumer group that only takes part: it fetches and commits nothing. */
interface GroupMember {
  /** Resolves with the partitions once all members have joined. */
  join(): Promise<readonly number[]>;
  /** Rejects when the coordinator knows us no longer or wants all to join again; see `mustJoin`. */
  heartbeat(): Promise<void>;
  leave(): Promise<void>;
  membership(): Membership | undefined;
}

/** Only for a join that another join interrupts, and for a member id that is no longer known. */
const joinRetry = { retries: 10, initialRetryTime: 50, maxRetryTime: 500 };

const mustJoinErrors = new Set([
  'REBALANCE_IN_PROGRESS',
  'ILLEGAL_GENERATION',
  'UNKNOWN_MEMBER_ID',
  'FENCED_INSTANCE_ID',
]);

/** Whether an error means that what we held is no longer ours. */
function mustJoin(error: unknown): boolean {
  return mustJoinErrors.has(protocolErrorOf(error) ?? '');
}

async function connectMember(
  { cluster, kafka, within }: Connection,
  topic: string,
  groupId: string,
  limits: KafkaLogLimits,
  before: Membership | undefined,
): Promise<GroupMember> {
  const { sessionTimeoutMs, requestTimeoutMs } = limits;
  const member = new ConsumerGroup({
    cluster,
    groupId,
    topics: [topic],
    topicConfigurations: { [topic]: { fromBeginning: false } },
    assigners: [createRoundRobinAssigner({ cluster })],
    sessionTimeout: sessionTimeoutMs,
    // Longer than any lease, so that nobody gets partitions that a member which does not answer may still act on.
    rebalanceTimeout: sessionTimeoutMs,
    retry: joinRetry,
    logger: kafka.logger(),
    instrumentationEmitter: { emit: () => undefined },
  });
  const connect = async () => {
    await cluster.connect();
    await cluster.addMultipleTargetTopics([topic]);
    member.memberId = before?.memberId ?? null;
    member.generationId = before?.generationId ?? null;
    member.coordinator = await cluster.findGroupCoordinator({ groupId });
  };
  await within(requestTimeoutMs, connect());
  return {
    async join() {
      await within(sessionTimeoutMs + requestTimeoutMs, member.joinAndSync());
      const own = member.assigned().find((assigned) => assigned.topic === topic);
      return (own?.partitions ?? []).toSorted((one, other) => one - other);
    },
    heartbeat: () => within(requestTimeoutMs, member.heartbeat({ interval: 0 })),
    leave: () => within(requestTimeoutMs, member.leave()),
    membership() {
      const { memberId, generationId } = member;
      return memberId === null || generationId === null ? undefined : { memberId, generationId };
    },
  };
}

/** What the group gave us, and how long we can be sure of it. */
interface Lease {
  partitions(): readonly number[];
  isFresh(partition: number): boolean;
  /** `sentAt`: when the heartbeat left that the coordinator then answered. */
  renew(sentAt: Instant): void;
  /** Tells the listeners when the partitions change. */
  hold(partitions: readonly number[]): void;
  onChange(listener: (partitions: readonly number[]) => void): () => void;
}

/** One moment on both clocks: the monotonic one stops while a machine sleeps, the other one can be set. */
interface Instant {
  readonly monotonicMs: number;
  readonly wallMs: number;
}

interface LeaseOptions {
  /** For this long after a heartbeat nobody else can own the partitions, with a wide margin. */
  readonly leaseMs: number;
  /** After this time without a heartbeat the group has given them to others. */
  readonly sessionTimeoutMs: number;
  readonly clock: () => Instant;
}

const systemClock = (): Instant => ({ monotonicMs: performance.now(), wallMs: Date.now() });

export function createLease({ leaseMs, sessionTimeoutMs, clock }: LeaseOptions): Lease {
  const listeners = new Set<(partitions: readonly number[]) => void>();
  let held: readonly number[] = [];
  let renewedAt = clock();
  let expiry: NodeJS.Timeout | undefined;

  const ageMs = () => {
    const now = clock();
    return Math.max(now.monotonicMs - renewedAt.monotonicMs, now.wallMs - renewedAt.wallMs);
  };
  const hold = (partitions: readonly number[]) => {
    const isSame = partitions.join() === held.join();
    held = partitions;
    if (partitions.length === 0) {
      clearTimeout(expiry);
    }
    if (!isSame) {
      listeners.forEach((listener) => listener(held));
    }
  };
  return {
    hold,
    partitions: () => held,
    isFresh: (partition) => held.includes(partition) && ageMs() < leaseMs,
    renew(sentAt) {
      renewedAt = sentAt;
      clearTimeout(expiry);
      expiry = setTimeout(() => hold([]), Math.max(0, sessionTimeoutMs - ageMs()));
      expiry.unref();
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

const partitioner = kafkajs.Partitioners.DefaultPartitioner();

/** The partition of a key as Kafka's Java client chooses it, so that foreign writers agree with us. */
export function partitionOfKey(topic: string, key: string, partitions: number): number {
  const partitionMetadata = partitionLists.get(partitions) ?? listPartitions(partitions);
  return partitioner({ topic, partitionMetadata, message: { key, value: null } });
}

type PartitionList = Parameters<typeof partitioner>[0]['partitionMetadata'];

const partitionLists = new Map<number, PartitionList>();

function listPartitions(count: number): PartitionList {
  const list = Array.from({ length: count }, (_, partitionId) => ({
    partitionId,
    partitionErrorCode: 0,
    leader: 0,
    replicas: [],
    isr: [],
  }));
  partitionLists.set(count, list);
  return list;
}

interface OwnershipOptions {
  readonly topic: string;
  readonly group: string;
  readonly connections: Connections;
  readonly limits: KafkaLogLimits;
  readonly health: Health;
  /** Names the ownership for the health report. */
  readonly part: string;
  /** Called once when it was given up. */
  readonly onReleased: () => void;
}

/**
 * Membership in a group, kept up by a timer and by nothing else. Partitions are ours from the moment the coordinator
 * has said so and answered a heartbeat; they are dropped before we join again, and when no heartbeat was answered for
 * a whole session. A connection that breaks in between costs nothing if the next one is early enough.
 */
export function startOwnership(options: OwnershipOptions): Ownership {
  const { topic, group, connections, limits, health, part, onReleased } = options;
  const lease = createLease({ ...limits, clock: systemClock });
  const releasing = new AbortController();
  const { signal } = releasing;
  const backOff = createBackOff();
  let connection: Connection | undefined;
  let membership: Membership | undefined;
  let assigned: readonly number[] = [];
  let isMember = false;

  const beat = async (member: GroupMember) => {
    const sentAt = systemClock();
    await member.heartbeat();
    if (!signal.aborted) {
      lease.renew(sentAt);
      // Also after the session was over for us but not for the group: nobody else got them in between.
      lease.hold(assigned);
    }
    backOff.succeeded();
    health.report(part, undefined);
  };
  const join = async (member: GroupMember) => {
    lease.hold([]);
    assigned = [];
    isMember = false;
    const partitions = await member.join();
    membership = member.membership();
    assigned = partitions;
    isMember = true;
    await beat(member);
  };
  const keepUp = async (member: GroupMember) => {
    while (!signal.aborted) {
      try {
        await (isMember ? beat(member) : join(member));
        await pause(limits.heartbeatMs, signal);
      } catch (error) {
        if (!mustJoin(error)) {
          throw error;
        }
        isMember = false;
      }
    }
    lease.hold([]);
    await member.leave();
  };
  const takePart = async () => {
    connection = connections.open();
    try {
      await keepUp(await connectMember(connection, topic, group, limits, membership));
    } catch (error) {
      if (!signal.aborted) {
        health.report(part, reasonOf(error));
        await backOff.wait(signal);
      }
    } finally {
      connection.close();
    }
  };
  const run = async () => {
    while (!signal.aborted) {
      await takePart();
    }
    lease.hold([]);
    health.forget(part);
    onReleased();
  };
  const ended = run();

  return {
    partitions: lease.partitions,
    isFresh: lease.isFresh,
    onChange: lease.onChange,
    release() {
      releasing.abort();
      lease.hold([]);
      // A coordinator that does not answer must not hold us up; the group notices after a session.
      setTimeout(() => connection?.close(), limits.closeTimeoutMs).unref();
      return ended;
    },
  };
}
