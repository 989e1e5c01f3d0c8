import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openSqliteLog } from '@postausgang/event-log';
import type { SqliteLog, SqliteLogOptions } from '@postausgang/event-log';
import type { Test } from 'tap';

export const topic = 'tests.v1';

export async function open(
  t: Test,
  directory: string,
  options: Partial<SqliteLogOptions> = {},
): Promise<SqliteLog> {
  const topics = [{ name: topic, partitions: 12 }];
  const log = await openSqliteLog({ directory, topics, onError: (error) => t.error(error), ...options });
  t.teardown(() => log.close());
  return log;
}

/** Changes the file behind the log's back. */
export function withDatabase<Result>(directory: string, use: (database: DatabaseSync) => Result): Result {
  const database = new DatabaseSync(join(directory, 'events.db'), { timeout: 5_000 });
  try {
    return use(database);
  } finally {
    database.close();
  }
}
