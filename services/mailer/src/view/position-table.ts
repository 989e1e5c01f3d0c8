import type { DatabaseSync } from 'node:sqlite';
import type { LogItem } from '@postausgang/event-log';
import type { FoldedPosition, MailTopic } from './mail-view.ts';

export interface PositionTable {
  all(topic: MailTopic): readonly FoldedPosition[];
  /** Remembers that a batch of one or several partitions is folded. */
  advance(topic: MailTopic, items: readonly LogItem[]): void;
  /** Writes what has changed since the last call; before a commit. */
  flush(): void;
  /** Takes back what is only in memory. */
  forget(): void;
}

export function positionTable(database: DatabaseSync): PositionTable {
  const read = database.prepare(
    'SELECT partition, next_offset, last_event_id FROM positions WHERE topic = ? ORDER BY partition',
  );
  const write = database.prepare('INSERT OR REPLACE INTO positions VALUES (?, ?, ?, ?)');
  const unwritten = { mailRequests: new Map<number, LogItem>(), mailEvents: new Map<number, LogItem>() };
  const flush = (): void => {
    for (const topic of ['mailRequests', 'mailEvents'] as const) {
      for (const { position, result } of unwritten[topic].values()) {
        write.run(topic, position.partition, position.offset + 1, result.ok ? result.event.id : null);
      }
      unwritten[topic].clear();
    }
  };
  return {
    all(topic) {
      flush();
      return read.all(topic).map((row) => ({
        partition: Number(row['partition']),
        offset: Number(row['next_offset']),
        lastEventId: typeof row['last_event_id'] === 'string' ? row['last_event_id'] : null,
      }));
    },
    advance(topic, items) {
      for (const item of items) {
        unwritten[topic].set(item.position.partition, item);
      }
    },
    flush,
    forget() {
      unwritten.mailRequests.clear();
      unwritten.mailEvents.clear();
    },
  };
}
