import type { DatabaseSync } from 'node:sqlite';
import type { RequestPosition } from '../queue/mail-row.ts';
import type { DueRefusal } from './mail-view.ts';

/** Requests to be refused, from when they are read until their refusal is: so none is forgotten and none doubled. */
export interface RefusalTable {
  add(refusal: DueRefusal): void;
  remove(request: RequestPosition): void;
  due(partitions: readonly number[], limit: number): readonly DueRefusal[];
  /** Counts anew, after the table was changed by SQL. */
  forget(): void;
}

export function refusalTable(database: DatabaseSync): RefusalTable {
  const insert = database.prepare('INSERT OR IGNORE INTO refusals VALUES (?, ?, ?, ?, ?, ?)');
  const remove = database.prepare('DELETE FROM refusals WHERE partition = ? AND offset = ?');
  const count = database.prepare('SELECT count(*) AS count FROM refusals');
  const select = database.prepare(
    'SELECT * FROM refusals WHERE partition IN (SELECT value FROM json_each(?)) ORDER BY partition, offset LIMIT ?',
  );
  // Nearly always 0, and then `due`, which is asked all the time, costs nothing.
  let waiting = 0;
  const forget = (): void => {
    waiting = Number(count.get()?.['count']);
  };
  forget();
  return {
    add({ request, key, mailId, code, detail }) {
      waiting += Number(insert.run(request.partition, request.offset, key, mailId, code, detail).changes);
    },
    remove({ partition, offset }) {
      waiting -= Number(remove.run(partition, offset).changes);
    },
    due(partitions, limit) {
      return waiting === 0 ? [] : select.all(JSON.stringify(partitions), limit).map(readRefusal);
    },
    forget,
  };
}

function readRefusal(row: Readonly<Record<string, unknown>>): DueRefusal {
  return {
    request: { partition: Number(row['partition']), offset: Number(row['offset']) },
    key: String(row['key']),
    mailId: typeof row['mail_id'] === 'string' ? row['mail_id'] : null,
    code: row['code'] as DueRefusal['code'],
    detail: String(row['detail']),
  };
}
