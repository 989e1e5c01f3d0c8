import type { DatabaseSync } from 'node:sqlite';
import type { LogItem } from '@postausgang/event-log';
import { minuteOf, type UsageBucket } from '../delivery/day-use.ts';
import { instantMs } from '../queue/instants.ts';

/** How many mails were handed over, and to how many recipients, minute by minute: what limits are measured by. */
export interface UsageTable {
  /** Counts the intents of a batch. */
  add(items: readonly LogItem[]): void;
  since(minute: number): readonly UsageBucket[];
  pruneBefore(minute: number): void;
}

const upsert = `
  INSERT INTO usage VALUES (?, ?, ?, ?)
  ON CONFLICT (partition, minute) DO UPDATE SET
    mails = mails + excluded.mails, recipients = recipients + excluded.recipients`;

export function usageTable(database: DatabaseSync): UsageTable {
  const write = database.prepare(upsert);
  const read = database.prepare('SELECT * FROM usage WHERE minute >= ? ORDER BY minute');
  const remove = database.prepare('DELETE FROM usage WHERE minute < ?');
  return {
    add(items) {
      for (const { partition, minute, mails, recipients } of bucketsOf(items)) {
        write.run(partition, minute, mails, recipients);
      }
    },
    since: (minute) =>
      read.all(minute).map((row) => ({
        partition: Number(row['partition']),
        minute: Number(row['minute']),
        mails: Number(row['mails']),
        recipients: Number(row['recipients']),
      })),
    pruneBefore: (minute) => void remove.run(minute),
  };
}

function bucketsOf(items: readonly LogItem[]): Iterable<UsageBucket> {
  const buckets = new Map<string, UsageBucket>();
  for (const { position, result } of items) {
    if (result.ok && result.event.type === 'io.postausgang.mail-attempt-started.v1') {
      const { chargedTo: partition = position.partition, recipients } = result.event.data;
      const minute = minuteOf(instantMs(result.event.time) ?? 0);
      const known = buckets.get(`${partition}/${minute}`);
      buckets.set(`${partition}/${minute}`, {
        partition,
        minute,
        mails: (known?.mails ?? 0) + 1,
        recipients: (known?.recipients ?? 0) + recipients.length,
      });
    }
  }
  return buckets.values();
}
