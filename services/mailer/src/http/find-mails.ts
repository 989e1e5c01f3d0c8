/*
 * GET /v1/mails, its counts and its CSV export: one filter for all three. Without `mail:read:all` they are about the mails
 * that the caller has asked for.
 */
import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import {
  closed,
  finding,
  MailCountsSchema,
  mailFilterFields,
  MailListSchema,
  mailStatesField,
  type MailSummary,
  StringEnum,
} from '@postausgang/contracts';
import { type HttpPlugin, type Principal, ProblemError } from '@postausgang/http';
import { parseInstant } from '@postausgang/settings';
import { type Static, Type } from '@sinclair/typebox';
import { filterFindings, filterStates, selectionOf } from '../view/mail-filter.ts';
import { type MailQuery, type MailSelection, readMailCursor } from '../view/mail-view.ts';
import { readableRequester } from './mail-owner.ts';
import { historyIncomplete, type MailRoutesDeps } from './route-deps.ts';

const sort = Type.Optional(
  StringEnum(['-acceptedAt', 'acceptedAt'], {
    default: '-acceptedAt',
    description: 'By time of acceptance: the newest first, or the oldest first',
  }),
);

const CountsQuerySchema = Type.Object(mailFilterFields, closed);
const ListQuerySchema = Type.Object(
  {
    ...mailFilterFields,
    state: mailStatesField,
    sort,
    cursor: Type.Optional(Type.String({ maxLength: 1000, description: '`nextCursor` of the previous page' })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 50 })),
  },
  closed,
);
const ExportQuerySchema = Type.Object(
  {
    ...mailFilterFields,
    state: mailStatesField,
    sort,
    separator: Type.Optional(
      StringEnum(['comma', 'semicolon'], {
        default: 'comma',
        description: 'semicolon: as Excel expects it where the comma is the decimal point, as in Germany',
      }),
    ),
  },
  closed,
);

const defaultPageSize = 50;

/** A time of the query, in milliseconds since 1970. Throws `request-invalid` for a day that does not exist. */
export function readTime(pointer: string, text: string | undefined): number | undefined {
  if (text === undefined) {
    return undefined;
  }
  const timeMs = parseInstant(text);
  if (timeMs === undefined) {
    const findings = [finding(pointer, 'date-invalid')];
    throw new ProblemError('request-invalid', { detail: 'The finding points into the query.', findings });
  }
  return timeMs;
}

/** The cursor of the query. Throws `request-invalid` where `read` does not know it. */
export function readCursor<Cursor>(
  text: string | undefined,
  read: (text: string) => Cursor | undefined,
): Cursor | undefined {
  if (text === undefined) {
    return undefined;
  }
  const cursor = read(text);
  if (cursor === undefined) {
    const detail = 'Use the nextCursor of the previous page. The finding points into the query.';
    throw new ProblemError('request-invalid', { detail, findings: [finding('/cursor', 'wrong-format')] });
  }
  return cursor;
}

type Filter = Static<typeof CountsQuerySchema>;

/** The mails of a filter that a principal may see. Throws `request-invalid`. */
function readableMails(filter: Filter, principal: Principal): Omit<MailSelection, 'states'> {
  const findings = filterFindings(filter);
  if (findings.length > 0) {
    throw new ProblemError('request-invalid', { detail: 'The findings point into the query.', findings });
  }
  return { ...selectionOf(filter), of: readableRequester(principal) };
}

type Listed = Filter & Pick<Static<typeof ListQuerySchema>, 'state' | 'sort'>;

function queryOf(query: Listed, principal: Principal): Omit<MailQuery, 'cursor' | 'limit'> {
  return {
    ...readableMails(query, principal),
    states: filterStates(query),
    order: query.sort === 'acceptedAt' ? 'oldest' : 'newest',
  };
}

/** Spreadsheets take a text for a formula that begins like this, and calculate it (OWASP, CSV injection). */
const formula = /^[\s]*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r]/;

/** A field as RFC 4180 writes it. What a spreadsheet would calculate begins with an apostrophe. */
export function csvField(text: string, separator: string): string {
  const harmless = formula.test(text) ? `'${text}` : text;
  return /["\r\n]/.test(harmless) || harmless.includes(separator) || harmless !== harmless.trim()
    ? `"${harmless.replaceAll('"', '""')}"`
    : harmless;
}

/** What comes later stands at the end: whoever reads by position goes on reading. */
const columns: Readonly<Record<string, (mail: MailSummary) => string | null>> = {
  id: ({ id }) => id,
  acceptedAt: ({ acceptedAt }) => acceptedAt,
  state: ({ state: current }) => current,
  subject: ({ subject }) => subject,
  from: ({ from }) => from,
  recipients: ({ recipients }) => recipients.map((one) => `${one.address} (${one.outcome})`).join(', '),
  attachments: ({ attachments }) => attachments.join(', '),
  businessReference: ({ businessReference }) => businessReference,
  requestedBy: ({ requestedBy }) => requestedBy?.name ?? null,
  messageId: ({ messageId }) => messageId,
  failure: ({ failure }) => failure?.code ?? null,
  reply: ({ recipients }) => recipients.find(({ failure }) => failure !== undefined)?.reply ?? null,
  priority: ({ priority }) => priority,
};

const exportPageSize = 200;

/** Page by page, so that a large export takes no more memory than a small one, and mail is sent between two pages. */
async function* csvOf(
  { queue }: Pick<MailRoutesDeps, 'queue'>,
  query: Omit<MailQuery, 'cursor' | 'limit'>,
  separator: string,
): AsyncGenerator<string> {
  const line = (fields: readonly (string | null)[]): string =>
    `${fields.map((field) => csvField(field ?? '', separator)).join(separator)}\r\n`;
  yield `\ufeff${line(Object.keys(columns))}`;
  let cursor: MailQuery['cursor'] = null;
  do {
    const { items, nextCursor } = queue.list({ ...query, cursor, limit: exportPageSize });
    yield items.map((mail) => line(Object.values(columns).map((read) => read(mail)))).join('');
    cursor = nextCursor === null ? null : (readMailCursor(nextCursor) ?? null);
    await setImmediate();
  } while (cursor !== null);
}

const own = 'Without `mail:read:all`, these are only mails that the caller requested.';

const listSchema = {
  operationId: 'listMails',
  summary: 'Find mails',
  description:
    'All parameters that are given have to match. The list has pages: pass `nextCursor` as `cursor` until it is null. If ' +
    'few of many mails match, a page can have fewer mails than `limit`, and even none. Mails that need attention have ' +
    '`state=failed,expired,unknown`. `failure` gives the reason, and `recipients` contains the replies of the server. ' +
    own,
  tags: ['mails'],
  querystring: ListQuerySchema,
  response: { 200: MailListSchema },
};

const countsSchema = {
  operationId: 'countMails',
  summary: 'Count the mails of a filter by state',
  description: `The parameters are those of the list. Counting ends after 10,000 mails, by time or reference after 100,000. ${own}`,
  tags: ['mails'],
  querystring: CountsQuerySchema,
  response: { 200: MailCountsSchema },
};

const exportSchema = {
  operationId: 'exportMails',
  summary: 'Export the mails of a filter as CSV',
  description:
    'All mails of the filter, one a line, as in RFC 4180: UTF-8 with a byte order mark, CRLF, names of the columns in the ' +
    'first line. A text that a spreadsheet would take for a formula begins with an apostrophe. ' +
    own,
  tags: ['mails'],
  querystring: ExportQuerySchema,
  response: {
    200: {
      description: 'The mails',
      content: { 'text/csv': { schema: Type.Unsafe<Readable>({ type: 'string' }) } },
    },
  },
};

const config = { scopes: ['mail:read'], problems: ['history-incomplete'] } as const;

/** GET /v1/mails, GET /v1/mails/counts and GET /v1/mails.csv. */
export const findMails: HttpPlugin<Pick<MailRoutesDeps, 'queue'>> = async (app, { queue }) => {
  app.get('/v1/mails', { schema: listSchema, config }, async ({ query, principal }) =>
    queue.list({
      ...queryOf(query, principal),
      cursor: readCursor(query.cursor, readMailCursor),
      limit: query.limit ?? defaultPageSize,
    }),
  );

  app.get('/v1/mails/counts', { schema: countsSchema, config }, async ({ query, principal }) =>
    queue.counts(readableMails(query, principal)),
  );

  app.get('/v1/mails.csv', { schema: exportSchema, config }, async ({ query, principal }, reply) => {
    // A file does not say that mails are missing.
    if (queue.history().state !== 'complete') throw historyIncomplete();
    const separator = query.separator === 'semicolon' ? ';' : ',';
    const rows = csvOf({ queue }, queryOf(query, principal), separator);
    reply.header('content-disposition', 'attachment; filename="mails.csv"');
    return reply.type('text/csv; charset=utf-8').send(Readable.from(rows, { objectMode: false }));
  });
};
