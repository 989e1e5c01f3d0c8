import type { DatabaseSync } from 'node:sqlite';
import type { EventOf } from '@postausgang/contracts';
import type { LogItem } from '@postausgang/event-log';
import { instantMs } from '@postausgang/mail';
import { minuteOf, type UsageBucket } from '../delivery/day-use.ts';

/** How many mails were handed over, and to how many recipients, minute by minute: what limits are measured by. */
export interface UsageTable {
  /** Counts the intents of a batch. */
  add(items: readonly LogItem[]): void;
  since(minute: number): readonly UsageBucket[];
  pruneBefore(minute: number): void;
  /** Writes what was counted since the last call; before a commit. */
  flush(): void;
  /** Takes back what is only in memory. */
  forget(): void;
}

const upsert = `
  INSERT INTO usage VALUES (?, ?, ?, ?)
  ON CONFLICT (partition, minute) DO UPDATE SET
    mails = mails + excluded.mails, recipients = recipients + excluded.recipients`;

export function usageTable(database: DatabaseSync): UsageTable {
  const write = database.prepare(upsert);
  const read = database.prepare('SELECT * FROM usage WHERE minute >= ? ORDER BY minute');
  const remove = database.prepare('DELETE FROM usage WHERE minute < ?');
  const unwritten = new Map<string, UsageBucket>();
  const flush = (): void => {
    for (const { partition, minute, mails, recipients } of unwritten.values()) {
      write.run(partition, minute, mails, recipients);
    }
    unwritten.clear();
  };
  return {
    add(items) {
      for (const { position, result } of items) {
        if (result.ok && result.event.type === 'io.postausgang.mail-attempt-started.v1') {
          count(unwritten, result.event, position.partition);
        }
      }
    },
    since(minute) {
      flush();
      return read.all(minute).map((row) => ({
        partition: Number(row['partition']),
        minute: Number(row['minute']),
        mails: Number(row['mails']),
        recipients: Number(row['recipients']),
      }));
    },
    pruneBefore: (minute) => void remove.run(minute),
    flush,
    forget: () => unwritten.clear(),
  };
}

function count(
  buckets: Map<string, UsageBucket>,
  { data, time }: EventOf<'mailAttemptStarted'>,
  ownPartition: number,
): void {
  const { chargedTo: partition = ownPartition, recipients } = data;
  const minute = minuteOf(instantMs(time) ?? 0);
  const key = `${partition}/${minute}`;
  const known = buckets.get(key);
  buckets.set(key, {
    partition,
    minute,
    mails: (known?.mails ?? 0) + 1,
    recipients: (known?.recipients ?? 0) + recipients.length,
  });
}
