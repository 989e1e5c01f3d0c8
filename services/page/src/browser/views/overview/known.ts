/*
 * What the overview knows: one load of everything it shows. Only what the person may see is asked for. A part that cannot be
 * loaded is left out; without the statistics and the queue there is nothing to show.
 */
import { call } from '../../api/client.ts';
import type {
  ConnectionTest,
  CredentialList,
  ExchangeConnectionList,
  History,
  OutgoingServerView,
  QueueStatus,
  Statistics,
} from '../../api/operations.ts';
import { may } from '../../api/session.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** How many steps of which length each range has. Days of a week are put together from hours, so they are the person's. */
export const ranges = {
  '1h': { step: 'minute', stepMs: minuteMs, count: 60 },
  '24h': { step: 'hour', stepMs: hourMs, count: 24 },
  '7d': { step: 'hour', stepMs: hourMs, count: 168 },
  '30d': { step: 'day', stepMs: dayMs, count: 30 },
} as const;
export type RangeName = keyof typeof ranges;

export function rangeNamed(text: string | undefined): RangeName {
  return text !== undefined && Object.hasOwn(ranges, text) ? (text as RangeName) : '24h';
}

export interface Known {
  readonly range: RangeName;
  readonly statistics: Statistics;
  /** The last 24 hours. */
  readonly day: Statistics['totals'];
  readonly queue: QueueStatus;
  readonly server: OutgoingServerView | null;
  readonly connections: ExchangeConnectionList['items'];
  /** Changes of the server in the range, newest first. */
  readonly changes: History['items'];
  readonly credentials: CredentialList['items'];
  readonly test: ConnectionTest | null;
  /** In how many days the disk is full; null: that is not to be expected. */
  readonly diskFullInDays: number | null;
}

const path = { id: 'default' };
/** More changes than a chart has room for. */
const mostChanges = 50;

async function statisticsOf(name: RangeName): Promise<Statistics> {
  const { step, stepMs, count } = ranges[name];
  const firstMs = Math.floor(Date.now() / stepMs) * stepMs - (count - 1) * stepMs;
  const from = new Date(firstMs).toISOString();
  const to = new Date(firstMs + count * stepMs).toISOString();
  return await call('GET /v1/statistics', { query: { from, to, step } });
}

async function optional<T>(isAllowed: boolean, load: () => Promise<T>, otherwise: T): Promise<T> {
  return isAllowed ? await load().catch(() => otherwise) : otherwise;
}

async function diskOf(): Promise<number | null> {
  const { checks } = await call('GET /health/ready', {});
  const days = /^full-in-(\d+)-days$/.exec(checks['disk'] ?? '')?.[1];
  return days === undefined ? null : Number(days);
}

export async function loadKnown(range: RangeName): Promise<Known> {
  const isReader = may('settings:read');
  const shown = statisticsOf(range);
  const [statistics, day, queue, server, connections, changes, credentials, test, diskFullInDays] =
    await Promise.all([
      shown,
      range === '24h' ? shown : statisticsOf('24h'),
      call('GET /v1/queue', {}),
      optional(isReader, () => call('GET /v1/outgoing-servers/{id}', { path }), null),
      optional(isReader, async () => (await call('GET /v1/exchange-connections', {})).items, []),
      optional(may('audit:read'), changesOf, []),
      optional(isReader, async () => (await call('GET /v1/credentials', {})).items, []),
      optional(isReader, lastTest, null),
      optional(true, diskOf, null),
    ]);
  const since = Date.parse(statistics.from);
  return {
    range,
    statistics,
    day: day.totals,
    queue,
    server,
    connections,
    changes: changes.filter(({ changedAt }) => Date.parse(changedAt) >= since),
    credentials,
    test,
    diskFullInDays,
  };
}

async function changesOf(): Promise<History['items']> {
  const query = { limit: mostChanges };
  return (await call('GET /v1/outgoing-servers/{id}/history', { path, query })).items;
}

async function lastTest(): Promise<ConnectionTest | null> {
  const query = { limit: 1 };
  return (await call('GET /v1/outgoing-servers/{id}/connection-tests', { path, query })).items[0] ?? null;
}
