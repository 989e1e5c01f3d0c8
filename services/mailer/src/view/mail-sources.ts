/*
 * Which index answers a question about mails. Each of them gives the mails in the order of acceptance; the conditions that
 * it does not know are checked row by row. So nothing scans the table, and nothing sorts more than a page.
 */
import type { DatabaseSync } from 'node:sqlite';
import { type MailState, mailStates, type Requester } from '@postausgang/contracts';
import { requesterKey } from '@postausgang/mail';
import { matchOf, messageKey } from './mail-text.ts';
import type { MailCounts, MailQuery, MailSelection } from './mail-view.ts';

type Value = string | number | bigint;

/** A piece of SQL with the values of its parameters. */
export interface Sql {
  readonly text: string;
  readonly values: readonly Value[];
}

export const sql = (text: string, ...values: readonly Value[]): Sql => ({ text, values });

export function joined(parts: readonly Sql[], separator: string): Sql {
  return {
    text: parts.map(({ text }) => text).join(separator),
    values: parts.flatMap(({ values }) => values),
  };
}

const list = (values: readonly string[]): Sql => sql(values.map(() => '?').join(', '), ...values);

/** Mails of one millisecond have this many sequence numbers. */
export const slotBits = 20n;
/** The year 2248. Sequence numbers have 63 bits. */
const latestMs = 2 ** 43 - 2;

/**
 * The first sequence number of mails that were accepted at a time, in milliseconds since 1970: the rows of the table, and
 * the entries of each index, are in the order of acceptance. Times before 1970 count as 1970.
 */
export function firstSeq(acceptedAtMs: number): bigint {
  return BigInt(Math.min(Math.max(Math.floor(acceptedAtMs), 0), latestMs)) << slotBits;
}

export const slotsPerMs = 1n << slotBits;

/** Where the mails end that were accepted before a time. */
export function endSeq(untilMs: number): bigint {
  return firstSeq(untilMs) + (untilMs > 0 && untilMs <= latestMs ? 0n : slotsPerMs);
}

/** How much one answer may cost. */
export interface Bounds {
  /** Up to this many mails are looked through one by one rather than with the index of words. */
  readonly few: number;
  /** Rows that one page looks at. */
  readonly most: number;
  /** Rows that are looked at to count; of the entries of an index, ten times as many. */
  readonly mostCounted: number;
}

/** What the finder needs to know to choose an index. */
export interface FinderDeps {
  readonly database: Pick<DatabaseSync, 'prepare'>;
  /** Writes the rows that are only in memory yet. */
  readonly flush: () => void;
  /** All mails by state, or those of one requester. */
  readonly known: (of: Pick<Requester, 'kind' | 'id'> | undefined) => MailCounts;
  readonly bounds: Bounds;
}

/** A query without a limit. */
type Unlimited = Omit<MailQuery, 'limit'>;

export type Order = 'ASC' | 'DESC';

/** Where the rows come from. */
interface Source {
  /** `columns` may name the row as `m`. The result has the order of acceptance, and one parameter more: a limit. */
  readonly select: (columns: Sql, order: Order) => Sql;
  /** Whether the limit is needed, since the rows have to be sorted. */
  readonly isSorted?: boolean;
}

/** The sequence numbers in which the mails of a query are; the second one is not among them. */
function bounds({ sinceMs, untilMs, cursor, order }: Unlimited): readonly [bigint, bigint] {
  const from = firstSeq(sinceMs ?? 0);
  const to = endSeq(untilMs ?? Number.POSITIVE_INFINITY);
  if (cursor === undefined || cursor === null) {
    return [from, to];
  }
  const page = firstSeq(cursor.acceptedAtMs);
  return order === 'oldest'
    ? [page > from ? page : from, to]
    : [from, page + slotsPerMs < to ? page + slotsPerMs : to];
}

export function within(column: string, query: Unlimited): Sql {
  return sql(`${column} >= ? AND ${column} < ?`, ...bounds(query));
}

/** Sorts after every text that begins with the prefix. */
const lastCharacter = '\u{10ffff}';

export function referenceCondition({
  businessReference,
  businessReferencePrefix,
}: MailSelection): Sql | undefined {
  if (businessReference !== undefined) {
    return sql('business_reference = ?', businessReference);
  }
  return businessReferencePrefix === undefined || businessReferencePrefix === ''
    ? undefined
    : sql(
        'business_reference >= ? AND business_reference < ?',
        businessReferencePrefix,
        `${businessReferencePrefix}${lastCharacter}`,
      );
}

export function statesCondition({ states }: MailSelection): Sql {
  return states === undefined
    ? sql(`state <> 'awaited'`)
    : joined([sql('state IN ('), list(states), sql(')')], '');
}

export function requesterCondition({ of }: MailSelection): readonly Sql[] {
  return of === undefined ? [] : [sql('requested_by = ?', requesterKey(of))];
}

/** Everything that is asked of a mail, but its words. */
function conditions(query: Unlimited): readonly Sql[] {
  const { ids, messageId, priority, failure, businessReferencePrefix, sinceMs, untilMs, cursor, order } =
    query;
  const reference = referenceCondition(query);
  const after = order === 'oldest' ? '>' : '<';
  return [
    statesCondition(query),
    ...requesterCondition(query),
    ...(reference === undefined ? [] : [reference]),
    ...(businessReferencePrefix === undefined
      ? []
      : [
          sql(
            'substr(business_reference, 1, length(?)) = ?',
            businessReferencePrefix,
            businessReferencePrefix,
          ),
        ]),
    ...(ids === undefined ? [] : [joined([sql('m.id IN ('), list(ids), sql(')')], '')]),
    ...(messageId === undefined ? [] : [sql(`m.row ->> '$.messageId' = ?`, messageId)]),
    ...(priority === undefined ? [] : [sql(`coalesce(m.row ->> '$.priority', 'normal') = ?`, priority)]),
    ...(failure === undefined ? [] : [sql('instr(m.row, ?) > 0', `"${failure}"`), sql(hasFailure, failure)]),
    ...(sinceMs === undefined ? [] : [sql('accepted_at_ms >= ?', sinceMs)]),
    ...(untilMs === undefined ? [] : [sql('accepted_at_ms < ?', untilMs)]),
    ...(cursor === undefined || cursor === null
      ? []
      : [sql(`(accepted_at_ms, id) ${after} (?, ?)`, cursor.acceptedAtMs, cursor.id)]),
  ];
}

/** Few rows have the word at all; only those are taken to pieces. */
const hasFailure = `EXISTS (SELECT 1 FROM json_each(m.row, '$.recipients') AS one
  WHERE one.value ->> '$.failure.code' = ?)`;

/** Whom a server has taken everything of has no failure. */
const statesWithFailure = mailStates.filter((state) => state !== 'sent');

const hasWords = (match: string): Sql =>
  sql('EXISTS (SELECT 1 FROM mail_text WHERE mail_text MATCH ? AND mail_text.rowid = m.seq)', match);

/** Chooses the index, and says what is still to be checked of each row. */
export function plan(deps: FinderDeps, query: Unlimited): { source: Source; check: Sql } {
  const match = matchOf(query.text ?? {}, query.of);
  const rest = conditions(query);
  const all = match === undefined ? rest : [...rest, hasWords(match)];
  const checked = (source: Source, check = all) => ({ source, check: joined(check, ' AND ') });
  if (query.ids !== undefined) {
    return checked(byIds(query, query.ids));
  }
  if (query.messageId !== undefined) {
    return checked(byMessageId(query, query.messageId));
  }
  const reference = referenceCondition(query);
  if (
    reference !== undefined &&
    isSmall(deps, reference, query, match === undefined ? deps.bounds.most : deps.bounds.few)
  ) {
    return checked(byReference(query, reference));
  }
  const { failure, of, states = failure === undefined ? mailStates : statesWithFailure } = query;
  const known = deps.known(of);
  const isFew = states.reduce((sum, state) => sum + known[state], 0) <= deps.bounds.few;
  if (match !== undefined && !isFew) {
    return checked(byWords(query, match), rest);
  }
  const isAboutAll = query.states === undefined && failure === undefined && of === undefined;
  return isAboutAll && match === undefined ? checked(byTime(query)) : checked(byStates(query, states));
}

/** Whether no more than so many mails have a reference. */
function isSmall({ database }: FinderDeps, reference: Sql, query: Unlimited, most: number): boolean {
  const { text, values } = joined([reference, ...requesterCondition(query), within('seq', query)], ' AND ');
  const counted = database
    .prepare(
      `SELECT count(*) AS count FROM (
         SELECT 1 FROM mails INDEXED BY mails_by_reference WHERE ${text} LIMIT ?)`,
    )
    .get(...values, most + 1);
  return Number(counted?.['count']) <= most;
}

/** The index that the ids have because they are unique. */
function byIds(query: Unlimited, ids: readonly string[]): Source {
  const chosen = joined([sql('m.id IN ('), list(ids), sql(')')], '');
  const where = joined([chosen, within('m.seq', query)], ' AND ');
  return simple('mails AS m INDEXED BY sqlite_autoindex_mails_1', where);
}

function byMessageId(query: Unlimited, messageId: string): Source {
  const where = joined([sql('m.message_key = ?', messageKey(messageId)), within('m.seq', query)], ' AND ');
  return simple('mails AS m INDEXED BY mails_by_message', where);
}

function byTime(query: Unlimited): Source {
  return simple('mails AS m NOT INDEXED', within('m.seq', query));
}

function simple(table: string, where: Sql, seq = 'm.seq'): Source {
  return {
    select: (columns, order) =>
      joined(
        [
          sql(`SELECT ${seq} AS seq, `),
          columns,
          sql(` FROM ${table} WHERE `),
          where,
          sql(` ORDER BY ${seq} ${order} LIMIT ?`),
        ],
        '',
      ),
  };
}

function byWords(query: Unlimited, match: string): Source {
  const where = joined([sql('mail_text MATCH ?', match), within('mail_text.rowid', query)], ' AND ');
  return simple('mail_text CROSS JOIN mails AS m ON m.seq = mail_text.rowid', where, 'mail_text.rowid');
}

/** Each state has its mails in order; SQLite merges them while it reads. */
function byStates(query: Unlimited, states: readonly MailState[]): Source {
  const index = query.of === undefined ? 'mails_by_state' : 'mails_by_requester';
  const branch = (columns: Sql, state: string): Sql =>
    joined(
      [
        sql('SELECT m.seq AS seq, '),
        columns,
        sql(` FROM mails AS m INDEXED BY ${index} WHERE `),
        joined([...requesterCondition(query), sql('state = ?', state), within('m.seq', query)], ' AND '),
      ],
      '',
    );
  return {
    select: (columns, order) =>
      joined(
        [
          joined(
            states.map((state) => branch(columns, state)),
            ' UNION ALL ',
          ),
          sql(` ORDER BY seq ${order} LIMIT ?`),
        ],
        '',
      ),
  };
}

/** The index of references has all that is needed to choose the mails; only those are read. */
function byReference(query: Unlimited, reference: Sql): Source {
  const chosen = joined(
    [reference, ...requesterCondition(query), statesCondition(query), within('seq', query)],
    ' AND ',
  );
  return {
    isSorted: true,
    select: (columns, order) =>
      joined(
        [
          sql('SELECT m.seq AS seq, '),
          columns,
          sql(' FROM mails AS m WHERE m.seq IN (SELECT seq FROM mails INDEXED BY mails_by_reference WHERE '),
          chosen,
          sql(` ORDER BY seq ${order} LIMIT ?) ORDER BY m.seq ${order}`),
        ],
        '',
      ),
  };
}
