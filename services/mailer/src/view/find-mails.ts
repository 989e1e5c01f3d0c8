/*
 * Lists and counts of mails, however they are filtered. SQLite answers on the thread that sends mail, so the work for one
 * answer is bounded, whatever is asked: after some thousand rows a page ends where it is, with a cursor, and counting ends.
 */
import { type MailState, mailStates } from '@postausgang/contracts';
import type { Mail, MailRow } from '@postausgang/mail';
import {
  type Bounds,
  type FinderDeps,
  firstSeq,
  joined,
  type Order,
  plan,
  referenceCondition,
  requesterCondition,
  slotBits,
  type Sql,
  sql,
  statesCondition,
  within,
} from './mail-sources.ts';
import { matchOf } from './mail-text.ts';
import type { MailCount, MailCounts, MailCursor, MailPage, MailQuery, MailSelection } from './mail-view.ts';

const usualBounds: Bounds = { few: 2_000, most: 20_000, mostCounted: 10_000 };

export interface MailFinder {
  list(query: MailQuery): MailPage;
  count(selection: Omit<MailSelection, 'states'>): MailCount;
}

export function mailFinder({
  bounds = usualBounds,
  ...given
}: Omit<FinderDeps, 'bounds'> & Partial<FinderDeps>): MailFinder {
  const deps = { ...given, bounds };
  return {
    list(query) {
      deps.flush();
      return listed(deps, query);
    },
    count(selection) {
      deps.flush();
      return counted(deps, selection);
    },
  };
}

interface Looked {
  readonly bucket: bigint;
  readonly cursor: MailCursor;
  /** undefined where the mail does not match. */
  readonly row: string | undefined;
}

/** A page, or what was found of it before enough rows were looked at. */
interface Found {
  readonly hits: readonly Looked[];
  /** Where to go on; null: everything was looked at. */
  readonly stopped: MailCursor | null;
  readonly looked: number;
}

const unlimited = -1;

function listed(deps: FinderDeps, query: MailQuery): MailPage {
  const { source, check } = plan(deps, query);
  const order: Order = query.order === 'oldest' ? 'ASC' : 'DESC';
  const columns = joined(
    [sql('m.accepted_at_ms AS at, m.id AS id, CASE WHEN '), check, sql(' THEN m.row END AS row')],
    '',
  );
  const { text, values } = source.select(columns, order);
  const statement = deps.database.prepare(text);
  statement.setReadBigInts(true);
  // Rows of the page before, from the millisecond in which it ended, are among them.
  let limit = source.isSorted === true ? query.limit + 100 : unlimited;
  let found = look(statement.iterate(...values, limit), query, deps.bounds);
  while (found.stopped === null && found.looked === limit) {
    limit *= 10;
    found = look(statement.iterate(...values, limit), query, deps.bounds);
  }
  const hits = found.hits.slice(0, query.limit);
  const mails = hits.flatMap(({ row }) => {
    const parsed = row === undefined ? undefined : (JSON.parse(row) as MailRow);
    return parsed === undefined || parsed.state === 'awaited' ? [] : [parsed satisfies Mail];
  });
  const isMore = found.hits.length > query.limit;
  return { mails, next: isMore ? (hits.at(-1)?.cursor ?? null) : found.stopped };
}

/** Mails of one millisecond are in the order of their ids, which no index has. */
function look(
  rows: Iterable<Readonly<Record<string, unknown>>>,
  { limit, order, cursor }: MailQuery,
  { most }: Bounds,
): Found {
  const begun =
    cursor === undefined || cursor === null ? undefined : firstSeq(cursor.acceptedAtMs) >> slotBits;
  const hits: Looked[] = [];
  let group: Looked[] = [];
  let looked = 0;
  const close = (): MailCursor | undefined => {
    const sorted = group.toSorted((a, b) => compare(a.cursor, b.cursor));
    if (order !== 'oldest') sorted.reverse();
    hits.push(...sorted.filter(({ row }) => row !== undefined));
    group = [];
    return sorted.at(-1)?.cursor;
  };
  for (const { seq, at, id, row } of rows) {
    const bucket = BigInt(String(seq)) >> slotBits;
    if (group[0] !== undefined && group[0].bucket !== bucket) {
      const isOfThisPage = group[0].bucket !== begun;
      const last = close();
      if (hits.length > limit || (looked >= most && isOfThisPage)) {
        return { hits, stopped: last ?? null, looked };
      }
    }
    looked += 1;
    const place = { acceptedAtMs: Number(at), id: String(id) };
    group.push({ bucket, cursor: place, row: typeof row === 'string' ? row : undefined });
  }
  close();
  return { hits, stopped: null, looked };
}

function compare(a: MailCursor, b: MailCursor): number {
  if (a.acceptedAtMs !== b.acceptedAtMs) {
    return a.acceptedAtMs - b.acceptedAtMs;
  }
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

/** Counts by state, where one index has all that is asked; else row by row, up to a bound. */
function counted(deps: FinderDeps, selection: Omit<MailSelection, 'states'>): MailCount {
  const { of, text = {}, ids, messageId, priority, failure, sinceMs, untilMs } = selection;
  const range = [...requesterCondition(selection), within('seq', selection)];
  const isOfRows = [matchOf(text), ids, messageId, priority, failure].some((one) => one !== undefined);
  if (isOfRows) {
    return countedRows(deps, selection);
  }
  const reference = referenceCondition(selection);
  if (reference !== undefined) {
    return inIndex(deps, 'mails_by_reference', joined([reference, ...range], ' AND '));
  }
  if (sinceMs === undefined && untilMs === undefined) {
    return withTotal(deps.known(of), true);
  }
  const index = of === undefined ? 'mails_by_state' : 'mails_by_requester';
  const where = joined([statesCondition({ states: mailStates }), ...range], ' AND ');
  return inIndex(deps, index, where);
}

/** Entries of an index are a tenth of the work of rows. */
const entriesPerRow = 10;

function inIndex({ database, bounds }: FinderDeps, index: string, { text, values }: Sql): MailCount {
  const most = bounds.mostCounted * entriesPerRow;
  const entries = `SELECT state FROM mails INDEXED BY ${index} WHERE ${text} LIMIT ?`;
  const rows = database
    .prepare(`SELECT state, count(*) AS count FROM (${entries}) GROUP BY state`)
    .all(...values, most + 1);
  return withTotal(countsOf(rows), lookedAt(rows) <= most);
}

function countedRows(deps: FinderDeps, selection: Omit<MailSelection, 'states'>): MailCount {
  const { mostCounted } = deps.bounds;
  const { source, check } = plan(deps, selection);
  const columns = joined([sql('CASE WHEN '), check, sql(' THEN m.state END AS state')], '');
  const { text, values } = source.select(columns, 'DESC');
  const rows = deps.database
    .prepare(`SELECT state, count(*) AS count FROM (${text}) GROUP BY state`)
    .all(...values, mostCounted + 1);
  return withTotal(countsOf(rows), lookedAt(rows) <= mostCounted);
}

type CountRow = Readonly<Record<string, unknown>>;

const lookedAt = (rows: readonly CountRow[]): number =>
  rows.reduce((sum, { count }) => sum + Number(count), 0);

function countsOf(rows: readonly CountRow[]): Partial<MailCounts> {
  return Object.fromEntries(rows.map(({ state, count }) => [String(state), Number(count)]));
}

function withTotal(counts: Partial<MailCounts>, complete: boolean): MailCount {
  const states = Object.fromEntries(mailStates.map((state) => [state, counts[state] ?? 0])) as Record<
    MailState,
    number
  >;
  return { total: Object.values(states).reduce((sum, count) => sum + count, 0), states, complete };
}
