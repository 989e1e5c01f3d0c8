/**
 * Commands about mails, and about many mails.
 *
 * - A command about many mails becomes one for each of them. How far these are is counted as it is folded, so an answer costs
 *   the same for ten mails and for a million.
 * - The two topics are read independently: an answer may come before its command.
 */
import type { DatabaseSync } from 'node:sqlite';
import type { ActionSkip, AnsweredCommand, EventData } from '@postausgang/contracts';
import type { LogItem } from '@postausgang/event-log';
import { bulkIdOf, instantMs, type MailCommand, requesterKey } from '@postausgang/mail';
import {
  type ActionCursor,
  type ActionPage,
  type ActionQuery,
  type BulkRequest,
  type CommandAnswer,
  type DueBulk,
  type DueCommand,
  type MailAction,
  manyMails,
} from './mail-view.ts';
import { pruneSome } from './pruning.ts';

export const actionTables = `
  CREATE TABLE IF NOT EXISTS actions (
    id TEXT NOT NULL PRIMARY KEY,
    command TEXT,
    asked INTEGER NOT NULL,
    matched INTEGER,
    last_at_ms INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS action_answers (
    id TEXT NOT NULL,
    code TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (id, code)
  ) STRICT, WITHOUT ROWID;`;

/** When an action was asked for, in milliseconds since 1970. What SQLite would read as the present is no time. */
const askedAt = `CASE WHEN command ->> '$.time' GLOB '[0-9]*'
  THEN coalesce(CAST(round(unixepoch(upper(command ->> '$.time'), 'subsec') * 1000) AS INTEGER), 0) ELSE 0 END`;
/** As `requesterKey` writes it; null: it is about the mails of all. */
const askedOf = `(command ->> '$.data.of.kind') || ':' || (command ->> '$.data.of.id')`;
export const actionIndexes = `
  CREATE INDEX IF NOT EXISTS actions_by_time ON actions (${askedAt}, id) WHERE command IS NOT NULL;
  CREATE INDEX IF NOT EXISTS actions_by_requester ON actions (${askedOf}, ${askedAt}, id) WHERE command IS NOT NULL;`;

export const commandSchema = `
  CREATE TABLE commands (
    mail_id TEXT NOT NULL,
    id TEXT NOT NULL,
    partition INTEGER,
    offset INTEGER,
    key TEXT,
    command TEXT,
    producer TEXT,
    answered_at_ms INTEGER,
    code TEXT,
    detail TEXT,
    PRIMARY KEY (mail_id, id)
  ) STRICT;
  CREATE INDEX commands_due ON commands (partition, offset) WHERE answered_at_ms IS NULL;
  CREATE INDEX commands_answered ON commands (answered_at_ms) WHERE answered_at_ms IS NOT NULL;
  ${actionTables}
  ${actionIndexes}`;

/** `id`: that of the command about many mails. Times in milliseconds since 1970. */
interface ActionTable {
  requested(command: BulkRequest, atMs: number): void;
  /** One more mail was asked. */
  asked(id: string, atMs: number): void;
  /** One more mail has answered; null: the verb has had its effect. */
  answered(id: string, skipped: ActionSkip | null, atMs: number): void;
  /** All mails were asked. */
  expanded(id: string, matched: number, atMs: number): void;
  find(id: string): MailAction | undefined;
  list(query: ActionQuery): ActionPage;
  /** Removes some of those about which nothing was heard since a time; how many rows. */
  prune(beforeMs: number): number;
}

const upsert = `
  INSERT INTO actions VALUES (?1, ?2, ?3, ?4, ?5)
  ON CONFLICT (id) DO UPDATE SET command = coalesce(command, excluded.command), asked = asked + excluded.asked,
    matched = coalesce(matched, excluded.matched), last_at_ms = max(last_at_ms, excluded.last_at_ms)`;
const countAnswer = `
  INSERT INTO action_answers VALUES (?, ?, 1) ON CONFLICT (id, code) DO UPDATE SET count = count + 1`;
const done = 'done';

function actionTable(database: DatabaseSync): ActionTable {
  const write = database.prepare(upsert);
  const count = database.prepare(countAnswer);
  const read = database.prepare('SELECT * FROM actions WHERE id = ? AND command IS NOT NULL');
  const readAnswers = database.prepare('SELECT code, count FROM action_answers WHERE id = ?');
  const list = actionList(database, (row) => readAction(row, readAnswers.all(String(row['id']))));
  const prune = database.prepare(pruneSome('actions', 'id', 'last_at_ms < ?'));
  const pruneAnswers = database.prepare(
    pruneSome('action_answers', 'id, code', 'id NOT IN (SELECT id FROM actions)'),
  );
  return {
    requested: (command, atMs) => void write.run(command.id, JSON.stringify(command), 0, null, atMs),
    asked: (id, atMs) => void write.run(id, null, 1, null, atMs),
    answered(id, skipped, atMs) {
      write.run(id, null, 0, null, atMs);
      count.run(id, skipped ?? done);
    },
    expanded: (id, matched, atMs) => void write.run(id, null, 0, matched, atMs),
    find(id) {
      const row = read.get(id);
      return row === undefined ? undefined : readAction(row, readAnswers.all(id));
    },
    list,
    prune: (beforeMs) => Number(prune.run(beforeMs).changes) + Number(pruneAnswers.run().changes),
  };
}

/** So many actions are looked at for a page of those that are running. */
const mostLookedAt = 1_000;

/** Actions with their index, newest first. */
function actionList(database: DatabaseSync, read: (row: Row) => MailAction) {
  const select = (index: string, of: string) =>
    database.prepare(
      `SELECT *, ${askedAt} AS asked_at_ms FROM actions INDEXED BY ${index}
       WHERE command IS NOT NULL AND ${of} (${askedAt}, id) < (?, ?) ORDER BY ${askedAt} DESC, id DESC LIMIT ?`,
    );
  const all = select('actions_by_time', '');
  const own = select('actions_by_requester', `${askedOf} = ? AND`);
  return ({ of, state, cursor, limit }: ActionQuery): ActionPage => {
    const most = state === undefined ? limit : mostLookedAt;
    const rest = [cursor?.requestedAtMs ?? Number.MAX_SAFE_INTEGER, cursor?.id ?? '', most + 1] as const;
    const rows = of === undefined ? all.all(...rest) : own.all(requesterKey(of), ...rest);
    const actions: MailAction[] = [];
    let last: ActionCursor | null = null;
    for (const row of rows.slice(0, most)) {
      if (actions.length === limit) return { actions, next: last };
      const action = read(row);
      const isRunning = action.finishedAtMs === null;
      if (state === undefined || (state === 'running') === isRunning) actions.push(action);
      last = { requestedAtMs: Number(row['asked_at_ms']), id: action.command.id };
    }
    return { actions, next: rows.length > most ? last : null };
  };
}

function readAction(row: Row, answers: readonly Row[]): MailAction {
  const command = JSON.parse(String(row['command'])) as BulkRequest;
  const counts = new Map(answers.map(({ code, count }) => [String(code), Number(count)]));
  const answered = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const asked = Number(row['asked']);
  const isExpanded = row['matched'] !== null;
  const matched = Math.max(asked, Number(isExpanded ? row['matched'] : (command.data.counted ?? 0)));
  const isFinished = isExpanded && answered >= matched;
  const { [done]: doneCount = 0, ...skipped } = Object.fromEntries(counts);
  return {
    command,
    matched,
    asked,
    done: doneCount,
    skipped: skipped as MailAction['skipped'],
    finishedAtMs: isFinished ? Number(row['last_at_ms']) : null,
  };
}

type Row = Readonly<Record<string, unknown>>;

type Declined = Pick<EventData<'mailCommandDeclined'>, 'code' | 'detail'>;

/**
 * Commands about mails. One is due from when it is read until its answer is, and is remembered after that: a second
 * record of it, and a view that is built anew, must not decide it again on a mail that has moved on. The two topics are
 * read independently, so the answer may well come first.
 */
export interface CommandTable {
  /** About one mail, or about many. */
  add(
    command: MailCommand | BulkRequest,
    item: Pick<LogItem, 'position' | 'home' | 'key' | 'producer'>,
  ): void;
  /** `declined` null: it has had its effect. */
  answered(mailId: string, command: AnsweredCommand, declined: Declined | null, atMs: number): void;
  answerTo(mailId: string, commandId: string): CommandAnswer | undefined;
  /** The ids of the commands about a mail that begin like this. */
  idsOf(mailId: string, prefix: string): readonly string[];
  /**
   * Of the partitions in which the mails lie, for whoever acts on a mail decides about it, wherever a producer of its own
   * mind has put the command; where there is no such mail, of those of their keys. While the request of the
   * mail is awaited, nobody can tell which of the answers that were read count.
   */
  due(partitions: readonly number[], limit: number): readonly DueCommand[];
  /** Of the partitions in which they lie. */
  dueBulks(partitions: readonly number[]): readonly DueBulk[];
  isAnyDue(): boolean;
  /** A command about many mails. */
  action(id: string): MailAction | undefined;
  actions(query: ActionQuery): ActionPage;
  /** A command about many mails has become one for each of so many. */
  expanded(command: AnsweredCommand, matched: number, atMs: number): void;
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

/** The SQL of the table of commands. */
function commandStatements(database: DatabaseSync) {
  return {
    insert: database.prepare(
      `INSERT OR IGNORE INTO commands (mail_id, id, partition, offset, key, command, producer)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
    ),
    write: database.prepare(answer),
    read: database.prepare('SELECT answered_at_ms, code, detail FROM commands WHERE mail_id = ? AND id = ?'),
    ids: database.prepare('SELECT id FROM commands WHERE mail_id = ?1 AND substr(id, 1, length(?2)) = ?2'),
    prune: database.prepare(pruneCommands),
    count: database.prepare('SELECT count(*) AS count FROM commands WHERE answered_at_ms IS NULL'),
    select: database.prepare(
      `SELECT commands.* FROM commands LEFT JOIN mails ON mails.id = commands.mail_id
     WHERE commands.answered_at_ms IS NULL AND commands.mail_id <> '${manyMails}'
       AND coalesce(mails.state, '') <> 'awaited' AND coalesce(mails.request_partition, commands.partition) IN
       (SELECT value FROM json_each(?)) ORDER BY commands.partition, commands.offset LIMIT ?`,
    ),
    selectBulks: database.prepare(
      `SELECT * FROM commands WHERE answered_at_ms IS NULL AND mail_id = '${manyMails}' AND partition IN
       (SELECT value FROM json_each(?)) ORDER BY partition, offset LIMIT 10`,
    ),
  };
}

export function commandTable(database: DatabaseSync): CommandTable {
  const { insert, write, read, ids, prune, count, select, selectBulks } = commandStatements(database);
  const actions = actionTable(database);
  const isKnown = (mailId: string, id: string): boolean => read.get(mailId, id) !== undefined;
  // Nearly always 0, and then `due`, which is asked all the time, costs nothing.
  let waiting: number | undefined;
  const isAnyDue = (): boolean => {
    waiting ??= Number(count.get()?.['count']);
    return waiting > 0;
  };
  return {
    add(command, { position, home, key, producer = null }) {
      const { id } = command;
      const atMs = instantMs(command.time) ?? 0;
      const mailId = isBulk(command) ? manyMails : command.data.mailId;
      // One about many mails is about those before it: what counts is where it lies.
      const partition = isBulk(command) ? position.partition : (home ?? position.partition);
      const row = [mailId, id, partition, position.offset, key, JSON.stringify(command), producer] as const;
      const isNew = insert.run(...row).changes > 0;
      const bulkId = isNew ? bulkIdOf(id, mailId) : undefined;
      if (isBulk(command)) actions.requested(command, atMs);
      else if (bulkId !== undefined) actions.asked(bulkId, atMs);
      waiting = undefined;
    },
    answered(mailId, { id }, declined, atMs) {
      const bulkId = bulkIdOf(id, mailId);
      if (bulkId !== undefined && !isKnown(mailId, id)) actions.asked(bulkId, atMs);
      // An effect has no detail; a refusal and "nothing to do" have one.
      const { changes } = write.run(mailId, id, atMs, declined?.code ?? null, declined?.detail ?? null);
      if (bulkId !== undefined && changes > 0) {
        actions.answered(bulkId, declined === null ? null : (declined.code ?? 'nothing-to-do'), atMs);
      }
      waiting = undefined;
    },
    action: actions.find,
    actions: actions.list,
    expanded({ id }, matched, atMs) {
      write.run(manyMails, id, atMs, null, null);
      actions.expanded(id, matched, atMs);
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
    prune: (beforeMs) => Number(prune.run(beforeMs).changes) + actions.prune(beforeMs),
    forget() {
      waiting = undefined;
    },
  };
}

const isBulk = (command: MailCommand | BulkRequest): command is BulkRequest =>
  command.type === 'io.postausgang.mail-bulk-requested.v1';

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
    position: { partition: Number(row['partition']), offset: Number(row['offset']) },
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
