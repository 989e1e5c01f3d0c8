import type { DatabaseSync } from 'node:sqlite';
import type { EventOf, RefusedRequest } from '@postausgang/contracts';
import type { LogItem } from '@postausgang/event-log';
import { instantMs, type RequestPosition, toInstant } from '@postausgang/mail';
import { minuteOf, type UsageBucket } from '../limits/usage.ts';
import { pruneSome } from './pruning.ts';
import {
  type DueRefusal,
  type FoldedPosition,
  type MailTopic,
  type RefusalCursor,
  type RefusalPage,
  type RefusalQuery,
} from './mail-view.ts';
import type { RefusedParts } from '../request/readable-parts.ts';

interface PositionTable {
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

/**
 * Requests that cannot be taken. One is due from when it is read until its refusal is: so none is forgotten and none
 * doubled. The two topics are read independently, so the refusal may well come first.
 */
export interface RefusalTable {
  add(refusal: DueRefusal): void;
  /** The refusal has been read. */
  refused(refusal: DueRefusal, atMs: number): void;
  due(partitions: readonly number[], limit: number): readonly DueRefusal[];
  list(query: RefusalQuery): RefusalPage;
  /** Removes some of what was refused before a time; how many. */
  prune(beforeMs: number): number;
  /** Counts anew, after the table was changed by SQL. */
  forget(): void;
}

const upsert = `
  INSERT INTO refusals VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (partition, offset) DO UPDATE SET refused_at_ms = coalesce(refused_at_ms, excluded.refused_at_ms)`;
const listed = `
  SELECT * FROM refusals
  WHERE refused_at_ms IS NOT NULL AND refused_at_ms >= ?1 AND refused_at_ms < ?2
    AND (refused_at_ms, partition, offset) < (?3, ?4, ?5)
  ORDER BY refused_at_ms DESC, partition DESC, offset DESC LIMIT ?6`;

export function refusalTable(database: DatabaseSync): RefusalTable {
  const write = database.prepare(upsert);
  const prune = database.prepare(pruneSome('refusals', 'partition, offset', 'refused_at_ms < ?'));
  const count = database.prepare('SELECT count(*) AS count FROM refusals WHERE refused_at_ms IS NULL');
  const select = database.prepare(
    `SELECT * FROM refusals WHERE refused_at_ms IS NULL
     AND coalesce(home, partition) IN (SELECT value FROM json_each(?)) ORDER BY partition, offset LIMIT ?`,
  );
  const list = database.prepare(listed);
  // Nearly always 0, and then `due`, which is asked all the time, costs nothing.
  let waiting: number | undefined;
  const put = (refusal: DueRefusal, atMs: number | null): void => {
    const { request, home = null, key, mailId, code, detail, about = {} } = refusal;
    const { partition, offset } = request;
    write.run(partition, offset, key, mailId, code, detail, atMs, home, JSON.stringify(about));
    waiting = undefined;
  };
  return {
    add: (refusal) => put(refusal, null),
    refused: put,
    due(partitions, limit) {
      waiting ??= Number(count.get()?.['count']);
      return waiting === 0 ? [] : select.all(JSON.stringify(partitions), limit).map(readRefusal);
    },
    list({ sinceMs = 0, untilMs = Number.MAX_SAFE_INTEGER, cursor, limit }) {
      const after = cursor ?? { refusedAtMs: Number.MAX_SAFE_INTEGER, partition: 0, offset: 0 };
      const { refusedAtMs, partition, offset } = after;
      const rows = list.all(sinceMs, untilMs, refusedAtMs, partition, offset, limit + 1);
      const items = rows.slice(0, limit).map(readRefused);
      return { items, next: rows.length > limit ? cursorOf(rows[limit - 1]) : null };
    },
    prune: (beforeMs) => Number(prune.run(beforeMs).changes),
    forget() {
      waiting = undefined;
    },
  };
}

type Row = Readonly<Record<string, unknown>>;

function readRefusal(row: Row): DueRefusal {
  return {
    request: positionOf(row),
    key: String(row['key']),
    mailId: typeof row['mail_id'] === 'string' ? row['mail_id'] : null,
    code: row['code'] as DueRefusal['code'],
    detail: String(row['detail']),
    about: typeof row['about'] === 'string' ? (JSON.parse(row['about']) as RefusedParts) : {},
  };
}

function readRefused(row: Row): RefusedRequest {
  const { request, mailId, code, detail, about } = readRefusal(row);
  const refusedAt = toInstant(Number(row['refused_at_ms']));
  return { ...request, code, detail, mailId, refusedAt, ...about };
}

function cursorOf(row: Row | undefined): RefusalCursor | null {
  return row === undefined ? null : { refusedAtMs: Number(row['refused_at_ms']), ...positionOf(row) };
}

function positionOf(row: Row): RequestPosition {
  return { partition: Number(row['partition']), offset: Number(row['offset']) };
}

/** How many mails were handed over, and to how many recipients, minute by minute: what limits are measured by. */
export interface UsageTable {
  /** Counts the intents of a batch. */
  add(items: readonly LogItem[]): void;
  since(minute: number): readonly UsageBucket[];
  /** Removes some of what is older; how many. */
  pruneBefore(minute: number): number;
  /** Writes what was counted since the last call; before a commit. */
  flush(): void;
  /** Takes back what is only in memory. */
  forget(): void;
}

const upsertUsage = `
  INSERT INTO usage VALUES (?, ?, ?, ?)
  ON CONFLICT (partition, minute) DO UPDATE SET
    mails = mails + excluded.mails, recipients = recipients + excluded.recipients`;

export function usageTable(database: DatabaseSync): UsageTable {
  const write = database.prepare(upsertUsage);
  const read = database.prepare('SELECT * FROM usage WHERE minute >= ? ORDER BY minute');
  const remove = database.prepare(pruneSome('usage', 'partition, minute', 'minute < ?'));
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
    pruneBefore: (minute) => Number(remove.run(minute).changes),
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
