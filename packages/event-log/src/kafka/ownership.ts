import createRoundRobinAssigner from 'kafkajs/src/consumer/assigners/roundRobinAssigner/index.js';
import ConsumerGroup from 'kafkajs/src/consumer/consumerGroup.js';
import type { Ownership } from '../event-log.ts';
import {
  type BackOff,
  type Connection,
  type Connections,
  connectTo,
  createBackOff,
  type Health,
  pause,
  protocolErrorOf,
} from './connections.ts';
import type { KafkaLogLimits } from './kafka-log-options.ts';
import { type Access, explain } from './rights.ts';

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
  connection: Connection,
  topic: string,
  groupId: string,
  limits: KafkaLogLimits,
  before: Membership | undefined,
): Promise<GroupMember> {
  const { cluster, kafka, within } = connection;
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
    await connectTo(connection, [topic]);
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
    const { monotonicMs, wallMs } = clock();
    return Math.max(monotonicMs - renewedAt.monotonicMs, wallMs - renewedAt.wallMs);
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

interface OwnershipOptions {
  readonly topic: string;
  readonly group: string;
  readonly connections: Connections;
  readonly limits: KafkaLogLimits;
  readonly health: Health;
  readonly access: Access;
  /** Names the ownership for the health report. */
  readonly part: string;
  /** Called once when it was given up. */
  readonly onReleased: () => void;
}

/** What we are in the group, from one connection to the next. */
interface Standing {
  readonly options: OwnershipOptions;
  readonly lease: Lease;
  readonly backOff: BackOff;
  /** Ends it. */
  readonly signal: AbortSignal;
  membership: Membership | undefined;
  assigned: readonly number[];
  isMember: boolean;
}

/**
 * Membership in a group, kept up by a timer and by nothing else. Partitions are ours from the moment the coordinator
 * has said so and answered a heartbeat; they are dropped before we join again, and when no heartbeat was answered for
 * a whole session. A connection that breaks in between costs nothing if the next one is early enough.
 */
export function startOwnership(options: OwnershipOptions): Ownership {
  const { topic, group, connections, limits, health, part, onReleased } = options;
  const releasing = new AbortController();
  const { signal } = releasing;
  const lease = createLease({ ...limits, clock: systemClock });
  const backOff = createBackOff();
  const standing: Standing = {
    options,
    lease,
    backOff,
    signal,
    membership: undefined,
    assigned: [],
    isMember: false,
  };
  let connection: Connection | undefined;

  const takePart = async () => {
    connection = connections.open();
    try {
      const member = await connectMember(connection, topic, group, limits, standing.membership);
      await keepUp(standing, member);
    } catch (error) {
      if (!signal.aborted) {
        health.report(part, explain(options.access, error, { operation: 'Read', on: 'group', name: group }));
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

async function keepUp(standing: Standing, member: GroupMember): Promise<void> {
  const { lease, signal, options } = standing;
  while (!signal.aborted) {
    try {
      await (standing.isMember ? beat(standing, member) : join(standing, member));
      await pause(options.limits.heartbeatMs, signal);
    } catch (error) {
      if (!mustJoin(error)) {
        throw error;
      }
      standing.isMember = false;
    }
  }
  lease.hold([]);
  await member.leave();
}

async function join(standing: Standing, member: GroupMember): Promise<void> {
  standing.lease.hold([]);
  standing.assigned = [];
  standing.isMember = false;
  const partitions = await member.join();
  standing.membership = member.membership();
  standing.assigned = partitions;
  standing.isMember = true;
  await beat(standing, member);
}

async function beat(
  { lease, signal, assigned, backOff, options }: Standing,
  member: GroupMember,
): Promise<void> {
  const sentAt = systemClock();
  await member.heartbeat();
  if (!signal.aborted) {
    lease.renew(sentAt);
    // Also after the session was over for us but not for the group: nobody else got them in between.
    lease.hold(assigned);
  }
  backOff.succeeded();
  options.health.report(options.part, undefined);
}
