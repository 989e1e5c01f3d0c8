import type { DatabaseSync } from 'node:sqlite';

/** One transaction over many batches: a commit per batch would write every index page each time. */
export interface LazyTransaction {
  /** Call before a write. Throws what the last commit failed with. */
  begin(): void;
  commit(): void;
  rollback(): void;
}

const commitAfterMs = 250;

/**
 * Commits at the latest 250 ms after the first write. Reads on the same connection see everything at once.
 *
 * @param beforeCommit writes what was kept back.
 */
export function lazyTransaction(database: DatabaseSync, beforeCommit: () => void): LazyTransaction {
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
  const commitInTime = (): void => {
    try {
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
    commit: () => end('COMMIT'),
    rollback: () => end('ROLLBACK'),
  };
}
