import type { DatabaseSync } from 'node:sqlite';
import type { Requester } from '@postausgang/contracts';
import { type MailRow, requesterKey } from '@postausgang/mail';
import type { MailCounts } from './mail-view.ts';

type Counts = Record<MailRow['state'], number>;

const noRows = (): Counts => ({
  awaited: 0,
  queued: 0,
  sending: 0,
  deferred: 0,
  held: 0,
  sent: 0,
  'partly-sent': 0,
  failed: 0,
  expired: 0,
  cancelled: 0,
  unknown: 0,
});

/** The rows by state: all, and those of each requester. */
export function rowCounts(database: DatabaseSync) {
  let total = noRows();
  const byRequester = new Map<string, Counts>();
  const add = (state: MailRow['state'], requester: string | null, count: number): void => {
    total[state] += count;
    if (requester !== null) {
      const counts = byRequester.get(requester) ?? noRows();
      counts[state] += count;
      byRequester.set(requester, counts);
    }
  };
  const addRow = (row: MailRow, count: number): void => {
    const requester = row.state === 'awaited' ? null : row.requestedBy;
    add(row.state, requester === null ? null : requesterKey(requester), count);
  };
  const forget = (): void => {
    total = noRows();
    byRequester.clear();
    const counted = database.prepare(
      'SELECT requested_by, state, count(*) AS count FROM mails GROUP BY requested_by, state',
    );
    for (const { requested_by: requester, state, count } of counted.all()) {
      add(state as MailRow['state'], typeof requester === 'string' ? requester : null, Number(count));
    }
  };
  forget();
  return {
    of: (requester?: Pick<Requester, 'kind' | 'id'>): MailCounts =>
      requester === undefined ? { ...total } : (byRequester.get(requesterKey(requester)) ?? noRows()),
    change(before: MailRow | undefined, after: MailRow | undefined): void {
      if (before !== undefined) addRow(before, -1);
      if (after !== undefined) addRow(after, 1);
    },
    removed: (state: MailRow['state'], requester: string | null) => add(state, requester, -1),
    forget,
  };
}
