import type { EffectiveLimits } from '@postausgang/settings';
import type { DayUse } from './day-use.ts';
import { isResting, nextUnitsAtMs, type Sharing, unitsOf } from './limit-shares.ts';
import type { RecentUse } from './recent-use.ts';

/** What was charged to each partition. */
export interface Books {
  readonly minute: RecentUse;
  readonly day: DayUse;
}

/** An attempt that is under way, or not yet told in the log. */
export interface Reservation {
  readonly chargedTo: number;
  readonly recipients: number;
  readonly endedAtMs: number | undefined;
}

export interface LimitReached {
  readonly limit: 'maxConnections' | 'mailsPerMinute' | 'recipientsPerDay';
  /** Undefined: as soon as something that is under way has ended. */
  readonly untilMs: number | undefined;
}

/** Everything that says how much room there is at a moment. */
export interface Moment {
  readonly limits: EffectiveLimits;
  readonly books: Books;
  readonly reserved: readonly Reservation[];
  readonly owned: readonly number[];
  readonly nowMs: number;
  /** The window of mails a minute. */
  readonly minuteMs: number;
  readonly sharing: Sharing;
}

/** How many more mails may be charged to a partition within the minute. */
function mailRoom(partition: number, moment: Moment): number {
  const { limits, books, reserved, owned, nowMs, minuteMs, sharing } = moment;
  const { mailsPerMinute: limit } = limits;
  if (limit === null) {
    return Infinity;
  }
  if (isResting(limit, owned, nowMs, minuteMs, sharing)) {
    return 0;
  }
  const underWay = reserved.filter(({ chargedTo }) => chargedTo === partition).length;
  const ofPartition =
    unitsOf(limit, partition, nowMs, sharing) - books.minute.count(partition, nowMs) - underWay;
  return Math.min(ofPartition, limit - books.minute.total(nowMs) - reserved.length);
}

/** How many more recipients may be charged to a partition within the day. */
export function recipientRoom(partition: number, moment: Moment): number {
  const { limits, books, reserved, nowMs, sharing } = moment;
  const { recipientsPerDay: limit } = limits;
  if (limit === null) {
    return Infinity;
  }
  const underWay = reserved.reduce((sum, one) => sum + (one.chargedTo === partition ? one.recipients : 0), 0);
  return unitsOf(limit, partition, nowMs, sharing) - books.day.count(partition, nowMs) - underWay;
}

/** The own partition of the mail if it has room for all, else the one with the most; undefined where none has any. */
export function choosePartition(own: number, wanted: number, moment: Moment): number | undefined {
  const open = moment.owned
    .filter((partition) => mailRoom(partition, moment) > 0)
    .map((partition) => ({ partition, room: Math.min(recipientRoom(partition, moment), wanted) }))
    .filter(({ room }) => room > 0)
    .toSorted((one, other) => other.room - one.room);
  const first = open.find(({ partition, room }) => partition === own && room === open[0]?.room) ?? open[0];
  return first?.partition;
}

/** Which limit keeps every mail from moving, or null. */
export function limitReached(moment: Moment): LimitReached | null {
  return dayReached(moment) ?? minuteReached(moment);
}

function minuteReached(moment: Moment): LimitReached | null {
  const { limits, books, owned, nowMs, minuteMs, sharing } = moment;
  if (owned.some((partition) => mailRoom(partition, moment) > 0)) {
    return null;
  }
  const isShared =
    owned.length < sharing.partitionCount && (limits.mailsPerMinute ?? 0) < sharing.partitionCount;
  const times = [
    books.minute.nextFreeAtMs(nowMs),
    isShared ? nextUnitsAtMs(nowMs, minuteMs, sharing) : undefined,
  ].filter((atMs) => atMs !== undefined);
  return { limit: 'mailsPerMinute', untilMs: times.length === 0 ? undefined : Math.min(...times) };
}

function dayReached(moment: Moment): LimitReached | null {
  const { limits, books, owned, nowMs, sharing } = moment;
  const { recipientsPerDay: limit } = limits;
  if (limit === null || owned.some((partition) => recipientRoom(partition, moment) > 0)) {
    return null;
  }
  const times = owned.map((partition) =>
    books.day.belowAtMs(partition, unitsOf(limit, partition, nowMs, sharing), nowMs),
  );
  const untilMs = Math.min(...times);
  return { limit: 'recipientsPerDay', untilMs: untilMs > nowMs ? untilMs : undefined };
}
