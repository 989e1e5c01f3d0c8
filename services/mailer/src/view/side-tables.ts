import type { DatabaseSync } from 'node:sqlite';
import type { AnsweredCommand, EventData, EventOf, RefusedRequest } from '@postausgang/contracts';
import type { LogItem } from '@postausgang/event-log';
import { instantMs, type MailCommand, type RequestPosition, toInstant } from '@postausgang/mail';
import { minuteOf, type UsageBucket } from '../limits/usage.ts';
import { pruneSome } from './pruning.ts';
import {
  type BulkRequest,
  type CommandAnswer,
  type DueBulk,
  type DueCommand,
  type DueRefusal,
  type FoldedPosition,
  type MailTopic,
  manyMails,
  type RefusalCursor,
  type RefusalPage,
  type RefusalQuery,
} from './mail-view.ts';

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
  INSERT INTO refusals VALUES (?, ?, ?, ?, ?, ?, ?)
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
     AND partition IN (SELECT value FROM json_each(?)) ORDER BY partition, offset LIMIT ?`,
  );
  const list = database.prepare(listed);
  // Nearly always 0, and then `due`, which is asked all the time, costs nothing.
  let waiting: number | undefined;
  const put = ({ request, key, mailId, code, detail }: DueRefusal, atMs: number | null): void => {
    write.run(request.partition, request.offset, key, mailId, code, detail, atMs);
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
  };
}

function readRefused(row: Row): RefusedRequest {
  const { request, mailId, code, detail } = readRefusal(row);
  return { ...request, code, detail, mailId, refusedAt: toInstant(Number(row['refused_at_ms'])) };
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

type Declined = Pick<EventData<'mailCommandDeclined'>, 'code' | 'detail'>;

/**
 * Commands about mails. One is due from when it is read until its answer is, and is remembered after that: a second
 * record of it, and a view that is built anew, must not decide it again on a mail that has moved on. The two topics are
 * read independently, so the answer may well come first.
 */
export interface CommandTable {
  /** About one mail, or about many. */
  add(command: MailCommand | BulkRequest, item: Pick<LogItem, 'position' | 'key' | 'producer'>): void;
  /** `declined` null: it has had its effect. */
  answered(mailId: string, command: AnsweredCommand, declined: Declined | null, atMs: number): void;
  answerTo(mailId: string, commandId: string): CommandAnswer | undefined;
  /** The ids of the commands about a mail that begin like this. */
  idsOf(mailId: string, prefix: string): readonly string[];
  /**
   * Of the partitions in which the mails lie, for whoever acts on a mail decides about it, wherever a producer of its own
   * mind has put the command; where there is no such mail, of those in which the commands lie. While the request of the
   * mail is awaited, nobody can tell which of the answers that were read count.
   */
  due(partitions: readonly number[], limit: number): readonly DueCommand[];
  /** Of the partitions in which they lie. */
  dueBulks(partitions: readonly number[]): readonly DueBulk[];
  isAnyDue(): boolean;
  /** Removes some of what was answered before a time; how many. */
  prune(beforeMs: number): number;
  /** Counts anew, after the table was changed by SQL. */
  forget(): void;
}

const answer = `
  INSERT INTO commands (mail_id, id, answered_at_ms, code, detail) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (mail_id, id) DO UPDATE SET command = NULL, answered_at_ms = excluded.answered_at_ms,
    code = excluded.code, detail = excluded.detail WHERE answered_at_ms IS NULL`;

/** Also those that nobody can answer any more: the request of their mail never came. */
const pruneCommands = pruneSome(
  'commands',
  'mail_id, id',
  `answered_at_ms < ?1 OR (answered_at_ms IS NULL AND mail_id IN (
    SELECT id FROM mails WHERE state = 'awaited' AND finished_at_ms < ?1))`,
);

export function commandTable(database: DatabaseSync): CommandTable {
  const insert = database.prepare(
    `INSERT OR IGNORE INTO commands (mail_id, id, partition, offset, key, command, producer)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
  );
  const write = database.prepare(answer);
  const read = database.prepare(
    'SELECT answered_at_ms, code, detail FROM commands WHERE mail_id = ? AND id = ?',
  );
  const ids = database.prepare(
    'SELECT id FROM commands WHERE mail_id = ?1 AND substr(id, 1, length(?2)) = ?2',
  );
  const prune = database.prepare(pruneCommands);
  const count = database.prepare('SELECT count(*) AS count FROM commands WHERE answered_at_ms IS NULL');
  const select = database.prepare(
    `SELECT commands.* FROM commands LEFT JOIN mails ON mails.id = commands.mail_id
     WHERE commands.answered_at_ms IS NULL AND commands.mail_id <> '${manyMails}'
       AND coalesce(mails.state, '') <> 'awaited' AND coalesce(mails.request_partition, commands.partition) IN
       (SELECT value FROM json_each(?)) ORDER BY commands.partition, commands.offset LIMIT ?`,
  );
  const selectBulks = database.prepare(
    `SELECT * FROM commands WHERE answered_at_ms IS NULL AND mail_id = '${manyMails}' AND partition IN
       (SELECT value FROM json_each(?)) ORDER BY partition, offset LIMIT 10`,
  );
  // Nearly always 0, and then `due`, which is asked all the time, costs nothing.
  let waiting: number | undefined;
  const isAnyDue = (): boolean => {
    waiting ??= Number(count.get()?.['count']);
    return waiting > 0;
  };
  return {
    add(command, { position, key, producer = null }) {
      const { id, data } = command;
      const { partition, offset } = position;
      const mailId = 'mailId' in data ? data.mailId : manyMails;
      insert.run(mailId, id, partition, offset, key, JSON.stringify(command), producer);
      waiting = undefined;
    },
    answered(mailId, { id }, declined, atMs) {
      // An effect has no detail; a refusal and "nothing to do" have one.
      write.run(mailId, id, atMs, declined?.code ?? null, declined?.detail ?? null);
      waiting = undefined;
    },
    dueBulks: (partitions) =>
      isAnyDue() ? selectBulks.all(JSON.stringify(partitions)).map(readDueBulk) : [],
    idsOf: (mailId, prefix) => ids.all(mailId, prefix).map(({ id }) => String(id)),
    answerTo(mailId, commandId) {
      const row = read.get(mailId, commandId);
      return row === undefined || row['answered_at_ms'] === null ? undefined : readAnswer(row);
    },
    due(partitions, limit) {
      return isAnyDue() ? select.all(JSON.stringify(partitions), limit).map(readDue) : [];
    },
    isAnyDue,
    prune: (beforeMs) => Number(prune.run(beforeMs).changes),
    forget() {
      waiting = undefined;
    },
  };
}

function readAnswer({ code, detail }: Row): CommandAnswer {
  return {
    code: code as CommandAnswer['code'],
    detail: typeof detail === 'string' ? detail : null,
  };
}

function readDueBulk(row: Row): DueBulk {
  return {
    command: JSON.parse(String(row['command'])) as BulkRequest,
    key: typeof row['key'] === 'string' ? row['key'] : null,
    partition: Number(row['partition']),
    producer: typeof row['producer'] === 'string' ? row['producer'] : null,
  };
}

function readDue(row: Row): DueCommand {
  return {
    command: JSON.parse(String(row['command'])) as MailCommand,
    key: typeof row['key'] === 'string' ? row['key'] : null,
    position: { partition: Number(row['partition']), offset: Number(row['offset']) },
    producer: typeof row['producer'] === 'string' ? row['producer'] : null,
  };
}
