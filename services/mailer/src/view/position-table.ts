import type { DatabaseSync } from 'node:sqlite';
import type { LogItem } from '@postausgang/event-log';
import type { FoldedPosition, MailTopic } from './mail-view.ts';

export interface PositionTable {
  all(topic: MailTopic): readonly FoldedPosition[];
  /** Records that a batch of one or several partitions is folded. */
  advance(topic: MailTopic, items: readonly LogItem[]): void;
}

export function positionTable(database: DatabaseSync): PositionTable {
  const read = database.prepare(
    'SELECT partition, next_offset, last_event_id FROM positions WHERE topic = ? ORDER BY partition',
  );
  const write = database.prepare('INSERT OR REPLACE INTO positions VALUES (?, ?, ?, ?)');
  return {
    all: (topic) =>
      read.all(topic).map((row) => ({
        partition: Number(row['partition']),
        offset: Number(row['next_offset']),
        lastEventId: typeof row['last_event_id'] === 'string' ? row['last_event_id'] : null,
      })),
    advance(topic, items) {
      const last = new Map(items.map((item) => [item.position.partition, item] as const));
      for (const { position, result } of last.values()) {
        write.run(topic, position.partition, position.offset + 1, result.ok ? result.event.id : null);
      }
    },
  };
}
