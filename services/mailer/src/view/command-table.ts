import type { DatabaseSync } from 'node:sqlite';
import type { AnsweredCommand, EventData } from '@postausgang/contracts';
import type { LogItem } from '@postausgang/event-log';
import type { MailCommand } from '@postausgang/mail';
import {
  type BulkRequest,
  type CommandAnswer,
  type DueBulk,
  type DueCommand,
  manyMails,
} from './mail-view.ts';
import { pruneSome } from './pruning.ts';

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
  /** Removes some of what was answered before a time; how many. */
  prune(beforeMs: number): number;
  /** Counts anew, after the table was changed by SQL. */
  forget(): void;
}

const answer = `
  INSERT INTO commands (mail_id, id, answered_at_ms, code, detail) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (mail_id, id) DO UPDATE SET command = NULL, answered_at_ms = excluded.answered_at_ms,
    code = excluded.code, detail = excluded.detail WHERE answered_at_ms IS NULL`;

const dueCommands = `SELECT commands.* FROM commands LEFT JOIN mails ON mails.id = commands.mail_id
     WHERE commands.answered_at_ms IS NULL AND commands.mail_id <> '${manyMails}'
       AND coalesce(mails.state, '') <> 'awaited' AND coalesce(mails.request_partition, commands.partition) IN
       (SELECT value FROM json_each(?)) ORDER BY commands.partition, commands.offset LIMIT ?`;
const dueBulks = `SELECT * FROM commands WHERE answered_at_ms IS NULL AND mail_id = '${manyMails}' AND partition IN
       (SELECT value FROM json_each(?)) ORDER BY partition, offset LIMIT 10`;

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
  const select = database.prepare(dueCommands);
  const selectBulks = database.prepare(dueBulks);
  // Nearly always 0, and then `due`, which is asked all the time, costs nothing.
  let waiting: number | undefined;
  const isAnyDue = (): boolean => {
    waiting ??= Number(count.get()?.['count']);
    return waiting > 0;
  };
  return {
    add(command, { position, home, key, producer = null }) {
      const { id, data } = command;
      const mailId = 'mailId' in data ? data.mailId : manyMails;
      insert.run(
        mailId,
        id,
        home ?? position.partition,
        position.offset,
        key,
        JSON.stringify(command),
        producer,
      );
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

function readAnswer({ code, detail }: Readonly<Record<string, unknown>>): CommandAnswer {
  return {
    code: code as CommandAnswer['code'],
    detail: typeof detail === 'string' ? detail : null,
  };
}

function readDueBulk(row: Readonly<Record<string, unknown>>): DueBulk {
  return {
    command: JSON.parse(String(row['command'])) as BulkRequest,
    key: typeof row['key'] === 'string' ? row['key'] : null,
    partition: Number(row['partition']),
    producer: typeof row['producer'] === 'string' ? row['producer'] : null,
  };
}

function readDue(row: Readonly<Record<string, unknown>>): DueCommand {
  return {
    command: JSON.parse(String(row['command'])) as MailCommand,
    key: typeof row['key'] === 'string' ? row['key'] : null,
    position: { partition: Number(row['partition']), offset: Number(row['offset']) },
    producer: typeof row['producer'] === 'string' ? row['producer'] : null,
  };
}
