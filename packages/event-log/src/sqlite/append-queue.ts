import type { NewRecord, Position } from '../event-log.ts';
import type { EventLogError } from '../event-log-error.ts';
import type { SqliteLogLimits } from './limits.ts';
import { packBatch } from './pack-batch.ts';
import { toEventLogError } from './sqlite-failure.ts';
import type { Topic } from './topic.ts';
import { createWaitingLine, toWaitingAppend } from './waiting-line.ts';
import type { WaitingAppend } from './waiting-line.ts';
import type { Writer } from './writer.ts';

export interface AppendQueue {
  /** Throws what `WaitingLine.push` throws. */
  append(topic: Topic, records: readonly NewRecord[]): Promise<readonly Position[]>;
  /** Resolves when nothing waits and nothing is under way. */
  drained(): Promise<void>;
  /** A commit that changes nothing but has to be written all the same. */
  probe(): Promise<void>;
  /** Commits so far. */
  commits(): number;
}

export interface AppendQueueOptions {
  readonly writer: Pick<Writer, 'commit' | 'takeBuffer'>;
  readonly limits: SqliteLogLimits;
  readonly now: () => number;
  /** Hears how each commit has ended; null where it succeeded. */
  readonly onCommit: (error: EventLogError | null) => void;
}

/**
 * Group commit: while one batch is being committed, appends wait here and then go together. A second batch is sent
 * after the first only when it is already full: an emptier one would take a sync for itself that others could share.
 */
export function createAppendQueue({ writer, limits, now, onCommit }: AppendQueueOptions): AppendQueue {
  const line = createWaitingLine(limits);
  const onIdle: (() => void)[] = [];
  let underWay = 0;
  let commits = 0;
  let scheduled = false;

  /** Once per turn of the event loop, so that all appends of one turn share a commit. */
  const schedule = () => {
    if (!scheduled) {
      scheduled = true;
      setImmediate(sendBatches);
    }
  };
  const sendBatches = () => {
    scheduled = false;
    while (!line.isEmpty() && (underWay === 0 || (underWay === 1 && line.isFull()))) {
      void commit(line.takeBatch());
    }
    if (underWay === 0) {
      onIdle.splice(0).forEach((resolve) => resolve());
    }
  };
  const commit = async (batch: readonly WaitingAppend[]) => {
    underWay += 1;
    try {
      const firstOffsets = await writer.commit(packBatch(batch, writer.takeBuffer));
      commits += 1;
      onCommit(null);
      batch.forEach((append, index) => committed(append, firstOffsets[index] ?? 0));
    } catch (error) {
      const reason = toEventLogError(error, 'append');
      onCommit(reason);
      batch.forEach(({ settle }) => settle.reject(reason));
    }
    underWay -= 1;
    line.batchEnded(batch);
    schedule();
  };

  return {
    append(topic, records) {
      if (records.length === 0) {
        return Promise.resolve([]);
      }
      const append = toWaitingAppend(topic, records, now());
      line.push(append);
      schedule();
      return append.settle.promise;
    },
    drained: () =>
      new Promise((resolve) => {
        onIdle.push(resolve);
        schedule();
      }),
    probe: () => commit([]),
    commits: () => commits,
  };
}

function committed({ topic, records, timestampMs, settle }: WaitingAppend, firstOffset: number): void {
  const positions = records.map((_, index) => ({ partition: 0, offset: firstOffset + index }));
  topic.committed(records, positions, timestampMs);
  settle.resolve(positions);
}
