import createRoundRobinAssigner from 'kafkajs/src/consumer/assigners/roundRobinAssigner/index.js';
import ConsumerGroup from 'kafkajs/src/consumer/consumerGroup.js';
import type { Connection } from './connections.ts';
import { protocolErrorOf } from './kafka-failure.ts';
import type { KafkaLogLimits } from './limits.ts';

/** Who we are in the group, so that a new connection can go on where the old one broke. */
export interface Membership {
  readonly memberId: string;
  readonly generationId: number;
}

/** A member of a consumer group that only takes part: it fetches and commits nothing. */
export interface GroupMember {
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
export function mustJoin(error: unknown): boolean {
  return mustJoinErrors.has(protocolErrorOf(error) ?? '');
}

export async function connectMember(
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
