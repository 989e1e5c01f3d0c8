import type { Follower, FollowFrom, RecordHandler } from '../event-log.ts';
import { EventLogError } from '../event-log-error.ts';
import { createBackOff } from './back-off.ts';
import type { Connection, Connections } from './connections.ts';
import type { Health } from './health.ts';
import { reasonOf } from './kafka-failure.ts';
import type { KafkaLogLimits } from './limits.ts';
import type { PreparedTopic } from './prepare-topics.ts';
import { createProgress } from './progress.ts';
import type { ReadingOptions } from './reading.ts';

export interface FollowerOptions {
  readonly topic: PreparedTopic;
  readonly from: FollowFrom;
  readonly handler: RecordHandler;
  readonly connections: Connections;
  readonly limits: KafkaLogLimits;
  readonly health: Health;
  readonly clientId: string;
  /** The way to read. */
  readonly read: (connection: Connection, options: ReadingOptions) => Promise<void>;
  /** Names the follower for the health report. */
  readonly part: string;
  /** Called once when the follower ends by itself. */
  readonly onFailed: (error: EventLogError) => void;
  /** Called once when it has ended, however. */
  readonly onEnded: () => void;
}

/** Reads until it is stopped, on one connection after the other; only what no new connection can mend ends it. */
export function startFollower(options: FollowerOptions): Follower {
  const { topic, connections, health, part, onFailed, onEnded } = options;
  const { name } = topic.definition;
  const caughtUp = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  const stopping = new AbortController();
  const backOff = createBackOff();
  const { from, handler, limits } = options;
  const { chunkRecords } = limits;
  const onCaughtUp = () => caughtUp.resolve();
  const progress = createProgress({ topic: name, from, handler, chunkRecords, onCaughtUp });
  let connection: Connection | undefined;

  const onConnected = () => {
    backOff.succeeded();
    health.report(part, undefined);
  };
  const readOnce = async () => {
    connection = connections.open();
    try {
      await options.read(connection, { topic, progress, limits, clientId: options.clientId, onConnected });
    } catch (error) {
      if (error instanceof EventLogError) {
        throw error;
      }
      if (!progress.isStopped()) {
        health.report(part, reasonOf(error));
        await backOff.wait(stopping.signal);
      }
    } finally {
      connection.close();
    }
  };
  const run = async () => {
    // Nothing happens within the call of `follow`.
    await Promise.resolve();
    while (!progress.isStopped()) {
      await readOnce();
    }
    await progress.idle();
    throw new EventLogError('follower-stopped', `The follower of ${name} was stopped.`);
  };
  const end = (reason: EventLogError) => {
    const isFailure = reason.code !== 'follower-stopped';
    progress.stop();
    health.forget(part);
    caughtUp.reject(reason);
    onEnded();
    ended.resolve();
    if (isFailure) {
      onFailed(reason);
    }
  };

  // Whoever does not ask for it must not be ended by its rejection.
  caughtUp.promise.catch(() => undefined);
  void run().catch((error: unknown) => end(error as EventLogError));

  return {
    caughtUp: caughtUp.promise,
    stop() {
      progress.stop();
      stopping.abort();
      connection?.close();
      return ended.promise;
    },
  };
}
