import type { DatabaseSync } from 'node:sqlite';

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

export interface LazyTransactionOptions {
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
