import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  mkdirSync,
  openSync,
  rmSync,
  statfsSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { actionIndexes, actionTables, commandSchema } from './command-table.ts';
import { addFlows, flowIndex } from './flows.ts';
import { textSchema } from './mail-text.ts';
import { addStatistics, statisticsSchema } from './statistics.ts';

/** A view has one process. */
class ViewInUseError extends Error {
  override readonly name = 'ViewInUseError';
  readonly code = 'view-in-use';

  constructor(directory: string) {
    super(`DATA_DIR ${directory} is in use by another mailer. Each mailer needs a folder of its own.`);
  }
}

/**
 * Takes a folder for the view of this process alone; the returned function gives it back. It is SQLite's own file lock,
 * so the operating system releases it however the process ends.
 *
 * @throws an error with code `view-in-use`
 */
export function lockViewDirectory(directory: string): () => void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const database = new DatabaseSync(join(directory, 'mail-view.lock'));
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch {
    database.close();
    throw new ViewInUseError(directory);
  }
  return () => database.close();
}

/** Whether the view in a folder was made from a log that had mail. Nothing is changed. */
export function hasFoldedMail(directory: string): boolean {
  const path = join(directory, viewFileName);
  if (!existsSync(path)) return false;
  try {
    const database = new DatabaseSync(path, { readOnly: true });
    try {
      return database.prepare('SELECT 1 FROM positions WHERE next_offset > 0 LIMIT 1').get() !== undefined;
    } finally {
      database.close();
    }
  } catch {
    return false;
  }
}

/** More than a commit and the write-ahead log of the view take. */
const leastFreeBytes = 16 * 1024 * 1024;

/**
 * Whether the disk surely takes a commit now. A commit that fails is rolled back by SQLite, and with it rows that were
 * acted upon; one that is put off costs memory only, and of a view nothing gets lost. The file itself must not be opened:
 * closing it would drop SQLite's locks.
 */
export function hasRoom(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize >= leastFreeBytes;
  } catch {
    return false;
  }
}

/** One transaction over many batches: a commit per batch would write every index page each time. */
export interface LazyTransaction {
  /** Call before a write. Throws what the last commit failed with. */
  begin(): void;
  /** Does nothing while there is no room: what is not committed comes back from the log. */
  commit(): void;
  rollback(): void;
}

const commitAfterMs = 250;
const againMs = 1_000;

interface LazyTransactionOptions {
  /** Writes what was kept back. */
  readonly beforeCommit: () => void;
  /** Whether a commit would surely succeed; without it, the transaction goes on in memory. */
  readonly hasRoom: () => boolean;
}

/**
 * Commits at the latest 250 ms after the first write, or when there is room again. Reads on the same connection see
 * everything at once.
 */
export function lazyTransaction(
  database: DatabaseSync,
  { beforeCommit, hasRoom }: LazyTransactionOptions,
): LazyTransaction {
  let timer: NodeJS.Timeout | undefined;
  let failure: Error | undefined;
  const end = (statement: 'COMMIT' | 'ROLLBACK'): void => {
    clearTimeout(timer);
    if (timer !== undefined) {
      timer = undefined;
      if (statement === 'COMMIT') {
        beforeCommit();
      }
      database.exec(statement);
    }
  };
  /** Pages that do not fit into the cache would go to the disk before the commit. */
  const spill = (state: 'ON' | 'OFF'): void => database.exec(`PRAGMA cache_spill = ${state}`);
  const commitInTime = (): void => {
    try {
      if (!hasRoom()) {
        spill('OFF');
        timer = setTimeout(commitInTime, againMs).unref();
        return;
      }
      spill('ON');
      end('COMMIT');
    } catch (error) {
      failure = new Error('The mail view cannot be written', { cause: error });
    }
  };
  return {
    begin() {
      if (failure !== undefined) {
        throw failure;
      }
      if (timer === undefined) {
        database.exec('BEGIN');
        timer = setTimeout(commitInTime, commitAfterMs).unref();
      }
    },
    commit() {
      if (hasRoom()) {
        end('COMMIT');
      }
    },
    rollback: () => end('ROLLBACK'),
  };
}

/** Changes with the tables, and with whatever `evolve` makes of the same events. Another version is rebuilt. */
const viewVersion = 18;

/** What makes a version the next one, by the version. The log may have forgotten some of its mails: it is not built anew. */
const changes: Readonly<Record<number, (database: DatabaseSync) => void>> = {
  12: (database) => database.exec(addFlows),
  13: addStatistics,
  14: (database) => database.exec('ALTER TABLE refusals ADD COLUMN home INTEGER;'),
  15: (database) => database.exec(actionTables),
  16: (database) => database.exec('ALTER TABLE refusals ADD COLUMN about TEXT;'),
  17: (database) => database.exec(actionIndexes),
};

/**
 * Columns beside the row itself exist for an index only; they are null where the row must not be found by it. The
 * partial indexes keep a finished mail out of everything but the lists. Rows are numbered in the order of acceptance (see
 * `firstSeq`). The number is the end of every entry of an index, so each index gives its mails in that order.
 * `request_partition` is the home of the mail (see `homeOf`).
 */
const viewSchema = `
  CREATE TABLE mails (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL,
    accepted_at_ms INTEGER NOT NULL,
    business_reference TEXT,
    request_partition INTEGER,
    request_offset INTEGER,
    due_at_ms INTEGER,
    not_after_ms INTEGER,
    ordering_key TEXT,
    finished_at_ms INTEGER,
    held_for TEXT,
    look_up_at_ms INTEGER,
    requested_by TEXT,
    message_key INTEGER,
    row TEXT NOT NULL,
    flow TEXT
  ) STRICT;
  CREATE INDEX mails_by_state ON mails (state);
  CREATE INDEX mails_by_requester ON mails (requested_by, state);
  CREATE INDEX mails_by_reference ON mails (business_reference, requested_by, state)
    WHERE business_reference IS NOT NULL;
  CREATE INDEX mails_by_message ON mails (message_key) WHERE message_key IS NOT NULL;
  CREATE INDEX mails_due ON mails (due_at_ms) WHERE due_at_ms IS NOT NULL;
  ${flowIndex}
  CREATE INDEX mails_expiring ON mails (not_after_ms) WHERE not_after_ms IS NOT NULL;
  CREATE INDEX mails_held ON mails (held_for) WHERE held_for IS NOT NULL;
  CREATE INDEX mails_to_look_up ON mails (look_up_at_ms) WHERE look_up_at_ms IS NOT NULL;
  CREATE INDEX mails_in_order ON mails (ordering_key, request_partition, request_offset)
    WHERE ordering_key IS NOT NULL;
  ${textSchema}
  CREATE TABLE positions (
    topic TEXT NOT NULL,
    partition INTEGER NOT NULL,
    next_offset INTEGER NOT NULL,
    last_event_id TEXT,
    PRIMARY KEY (topic, partition)
  ) STRICT;

  CREATE TABLE refusals (
    partition INTEGER NOT NULL,
    offset INTEGER NOT NULL,
    key TEXT NOT NULL,
    mail_id TEXT,
    code TEXT NOT NULL,
    detail TEXT NOT NULL,
    refused_at_ms INTEGER,
    home INTEGER,
    about TEXT,
    PRIMARY KEY (partition, offset)
  ) STRICT;
  CREATE INDEX refusals_due ON refusals (partition, offset) WHERE refused_at_ms IS NULL;
  CREATE INDEX refusals_by_time ON refusals (refused_at_ms, partition, offset) WHERE refused_at_ms IS NOT NULL;

  ${commandSchema}

  CREATE TABLE usage (
    partition INTEGER NOT NULL,
    minute INTEGER NOT NULL,
    mails INTEGER NOT NULL,
    recipients INTEGER NOT NULL,
    PRIMARY KEY (partition, minute)
  ) STRICT;
  CREATE INDEX usage_by_minute ON usage (minute);

  CREATE TABLE requester_usage (
    requested_by TEXT NOT NULL,
    minute INTEGER NOT NULL,
    mails INTEGER NOT NULL,
    recipients INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    PRIMARY KEY (requested_by, minute)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX requester_usage_by_minute ON requester_usage (minute);
  ${statisticsSchema}
  PRAGMA user_version = ${viewVersion};
`;

const sideTables = [
  'positions',
  'refusals',
  'commands',
  'actions',
  'action_answers',
  'usage',
  'requester_usage',
  'statistics',
] as const;

export function emptyTables(database: DatabaseSync): void {
  const rest = sideTables.map((table) => `DELETE FROM ${table};`).join(' ');
  database.exec(`DELETE FROM mails; INSERT INTO mail_text (mail_text) VALUES ('delete-all'); ${rest}`);
}

export const viewFileName = 'mail-view.db';

/**
 * Opens the database of the view. A file of another version, or one that cannot be read, is deleted: everything in it
 * comes back from the log. `synchronous=NORMAL` may lose the last moments in a power failure, but leaves no damage.
 */
export function openViewDatabase(directory: string): DatabaseSync {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, viewFileName);
  makeOwnerOnly(path);
  return openExisting(path) ?? createNew(path);
}

/** SQLite gives the files beside the database the rights of the database. */
function makeOwnerOnly(path: string): void {
  const file = openSync(path, 'a', 0o600);
  fchmodSync(file, 0o600);
  closeSync(file);
}

function openExisting(path: string): DatabaseSync | undefined {
  const database = new DatabaseSync(path);
  try {
    configure(database);
    if (bringUpToDate(database) && isReadable(database)) {
      return database;
    }
  } catch {
    // Not a database, or a damaged one: rebuilt below.
  }
  database.close();
  return undefined;
}

/** Whether the tables are, or have become, those of this version. */
function bringUpToDate(database: DatabaseSync): boolean {
  const version = (): number => Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
  for (let change = changes[version()]; change !== undefined; change = changes[version()]) {
    database.exec('BEGIN');
    change(database);
    database.exec(`PRAGMA user_version = ${version() + 1}; COMMIT;`);
  }
  return version() === viewVersion;
}

/** Reads what every start needs anyway, across the whole file's structure but not its content. */
function isReadable(database: DatabaseSync): boolean {
  database.prepare('SELECT state, count(*) FROM mails GROUP BY state').all();
  database.prepare('SELECT 1 FROM mail_text LIMIT 1').all();
  for (const table of sideTables) {
    database.prepare(`SELECT * FROM ${table} LIMIT 100`).all();
  }
  return true;
}

export function removeDatabase(path: string): void {
  for (const suffix of ['', '-wal', '-shm']) {
    rmSync(path + suffix, { force: true });
  }
}

export function createNew(path: string): DatabaseSync {
  removeDatabase(path);
  makeOwnerOnly(path);
  const database = new DatabaseSync(path);
  configure(database);
  database.exec(viewSchema);
  return database;
}

/** Rows are large and come by the hundred: with pages of 4 KiB a commit costs twice as much. 1000 of these are 16 MiB. */
function configure(database: DatabaseSync): void {
  database.exec(`
    PRAGMA page_size = 16384;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    PRAGMA wal_autocheckpoint = 1000;
    PRAGMA cache_size = -16000;
    PRAGMA temp_store = MEMORY;
  `);
}
