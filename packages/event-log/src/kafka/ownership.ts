import type { Ownership } from '../event-log.ts';
import { createBackOff, pause } from './back-off.ts';
import type { Connection, Connections } from './connections.ts';
import { connectMember, mustJoin } from './group-member.ts';
import type { GroupMember, Membership } from './group-member.ts';
import type { Health } from './health.ts';
import { reasonOf } from './kafka-failure.ts';
import { createLease, systemClock } from './lease.ts';
import type { KafkaLogLimits } from './limits.ts';

export interface OwnershipOptions {
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
