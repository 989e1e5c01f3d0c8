/**
 * Keeps what all mailers send through a server below its limits, without a word between them. Every use of a limit is
 * charged to a partition, and the intent in the log says to which; every mailer folds every intent, so whoever takes a
 * partition over knows what was charged to it. An owner uses the units of its own partitions for any of its mails, and
 * lets go of an attempt whose charged partition, or its unit, it has lost before the intent was recorded. What is under
 * way counts as used at this moment, until it is told in the log.
 */
import type { EffectiveLimits } from '@postausgang/settings';
import {
  type ConnectionPlaces,
  createConnectionPlaces,
  type GovernorTimes,
  haveStayed,
  isResting,
  minuteOf,
  nextUnitsAtMs,
  openUsage,
  type Sharing,
  unitsOf,
  type Usage,
  type UsageBucket,
  type Used,
  usedIn,
} from './usage.ts';

/** An attempt that is under way, or not yet told in the log. */
interface Reservation {
  readonly chargedTo: number;
  readonly recipients: number;
  readonly endedAtMs: number | undefined;
}

interface LimitReached {
  readonly limit: 'maxConnections' | 'mailsPerMinute' | 'recipientsPerDay';
  /** Undefined: as soon as something that is under way has ended. */
  readonly untilMs: number | undefined;
}

/** Everything that says how much room there is at a moment. */
interface Moment {
  readonly limits: EffectiveLimits;
  readonly usage: Usage;
  readonly reserved: readonly Reservation[];
  readonly owned: readonly number[];
  readonly nowMs: number;
  /** The window of mails a minute. */
  readonly minuteMs: number;
  readonly sharing: Sharing;
}

/** How many more mails may be charged to a partition within the minute. */
function mailRoom(partition: number, moment: Moment): number {
  const { limits, usage, reserved, owned, nowMs, minuteMs, sharing } = moment;
  const { mailsPerMinute: limit } = limits;
  if (limit === null) {
    return Infinity;
  }
  if (isResting(limit, owned, nowMs, minuteMs, sharing)) {
    return 0;
  }
  const underWay = reserved.filter(({ chargedTo }) => chargedTo === partition).length;
  const ofPartition =
    unitsOf(limit, partition, nowMs, sharing) - usage.minute.count(partition, nowMs) - underWay;
  return Math.min(ofPartition, limit - usage.minute.total(nowMs) - reserved.length);
}

/** How many more recipients may be charged to a partition within the day. */
function recipientRoom(partition: number, moment: Moment): number {
  const { limits, usage, reserved, nowMs, sharing } = moment;
  const { recipientsPerDay: limit } = limits;
  if (limit === null) {
    return Infinity;
  }
  const underWay = reserved.reduce((sum, one) => sum + (one.chargedTo === partition ? one.recipients : 0), 0);
  return unitsOf(limit, partition, nowMs, sharing) - usage.day.count(partition, nowMs) - underWay;
}

/** The own partition of the mail if it has room for all, else the one with the most; undefined where none has any. */
function choosePartition(own: number, wanted: number, moment: Moment): number | undefined {
  const open = moment.owned
    .filter((partition) => mailRoom(partition, moment) > 0)
    .map((partition) => ({ partition, room: Math.min(recipientRoom(partition, moment), wanted) }))
    .filter(({ room }) => room > 0)
    .toSorted((one, other) => other.room - one.room);
  const first = open.find(({ partition, room }) => partition === own && room === open[0]?.room) ?? open[0];
  return first?.partition;
}

/** Watches that a partition stays ours without a break, and keeps its units. */
function holding(
  chargedTo: number,
  { limits, nowMs, sharing }: Moment,
  epochOf: GovernorOptions['epochOf'],
): Permit['isHeld'] {
  const epoch = epochOf(chargedTo);
  return (laterMs) =>
    epoch !== undefined &&
    epochOf(chargedTo) === epoch &&
    haveStayed(limits.mailsPerMinute, nowMs, laterMs, sharing);
}

/** Which limit keeps every mail from moving, or null. */
function limitReached(moment: Moment): LimitReached | null {
  return dayReached(moment) ?? minuteReached(moment);
}

function minuteReached(moment: Moment): LimitReached | null {
  const { limits, usage, owned, nowMs, minuteMs, sharing } = moment;
  if (owned.some((partition) => mailRoom(partition, moment) > 0)) {
    return null;
  }
  const isShared =
    owned.length < sharing.partitionCount && (limits.mailsPerMinute ?? 0) < sharing.partitionCount;
  const times = [
    usage.minute.nextFreeAtMs(nowMs),
    isShared ? nextUnitsAtMs(nowMs, minuteMs, sharing) : undefined,
  ].filter((atMs) => atMs !== undefined);
  return { limit: 'mailsPerMinute', untilMs: times.length === 0 ? undefined : Math.min(...times) };
}

function dayReached(moment: Moment): LimitReached | null {
  const { limits, usage, owned, nowMs, sharing } = moment;
  const { recipientsPerDay: limit } = limits;
  if (limit === null || owned.some((partition) => recipientRoom(partition, moment) > 0)) {
    return null;
  }
  const times = owned.map((partition) =>
    usage.day.belowAtMs(partition, unitsOf(limit, partition, nowMs, sharing), nowMs),
  );
  const untilMs = Math.min(...times);
  return { limit: 'recipientsPerDay', untilMs: untilMs > nowMs ? untilMs : undefined };
}

interface GovernorOptions {
  readonly partitionCount: number;
  /** What was used since this minute, as far as it is folded. */
  readonly usageSince: (minute: number) => readonly UsageBucket[];
  /** The partitions this process may act on. */
  readonly partitions: () => readonly number[];
  /** See `Acting`. */
  readonly epochOf: (partition: number) => number | undefined;
  /** Only tests bring other times. */
  readonly times?: Partial<GovernorTimes> | undefined;
}

const usualTimes: GovernorTimes = {
  minuteMs: 61_000,
  dayMs: 24 * 60 * 60 * 1000,
  turnMs: 10 * 60 * 1000,
  handOverMs: 20_000,
};

/** The right to use a part of the limits for one attempt. */
export interface Permit {
  /** To how many recipients. */
  readonly recipients: number;
  readonly chargedTo: number;
  /** Whether the partition it is charged to has been ours without a break, and has kept its units. */
  readonly isHeld: (nowMs: number) => boolean;
}

/** An intent as it stands in the log. */
export interface FoldedIntent {
  readonly mailId: string;
  readonly attempt: string;
  readonly chargedTo: number;
  readonly recipients: number;
  readonly atMs: number;
}

export interface Governor {
  /** Puts limits in force. */
  setLimits(limits: EffectiveLimits, nowMs: number): void;
  /** How many attempts may be under way at this moment. */
  places(nowMs: number): number;
  /** A permit for a mail with so many open recipients, or null while a limit is reached. */
  take(mailId: string, partition: number, wanted: number, nowMs: number): Permit | null;
  /** The attempt came to nothing. */
  giveBack(mailId: string): void;
  /** The attempt has ended; it counts as under way until that is folded. */
  ended(mailId: string, nowMs: number): void;
  /** An intent is folded, whoever has written it. */
  intentFolded(intent: FoldedIntent): void;
  /** The outcome of an attempt is folded. */
  outcomeFolded(mailId: string, attempt: string | null, atMs: number): void;
  /** Which limit keeps due mail from moving, or null. */
  reached(nowMs: number): LimitReached | null;
  /** Both at once: no place where a limit is reached. */
  look(nowMs: number): { readonly reached: LimitReached | null; readonly places: number };
  /** What all mailers have used so far, of the minute and of the day. */
  used(nowMs: number): Used;
}

const maxRecipients = 100;
const noLimits: EffectiveLimits = { maxConnections: null, mailsPerMinute: null, recipientsPerDay: null };

interface State extends GovernorOptions {
  readonly times: GovernorTimes;
  readonly sharing: Sharing;
  readonly connections: ConnectionPlaces;
  readonly reservations: Map<string, Reservation>;
  limits: EffectiveLimits;
  /** Kept only while there is a limit. */
  usage: Usage | null;
}

export function createGovernor(options: GovernorOptions): Governor {
  const times = { ...usualTimes, ...options.times };
  const sharing = { partitionCount: options.partitionCount, turnMs: times.turnMs };
  const connections = createConnectionPlaces(sharing, times.handOverMs, options.epochOf);
  const state: State = {
    ...options,
    times,
    sharing,
    connections,
    reservations: new Map(),
    limits: noLimits,
    usage: null,
  };
  const { reservations } = state;
  return {
    setLimits(next, nowMs) {
      state.limits = next;
      const isLimited = Object.values(next).some((limit) => limit !== null);
      state.usage = isLimited ? (state.usage ?? openUsage(bucketsUntil(state, nowMs), times, nowMs)) : null;
      connections.notice(options.partitions(), nowMs);
    },
    places: (nowMs) => placesOf(state, nowMs),
    take: (mailId, partition, wanted, nowMs) => takePermit(state, mailId, partition, wanted, nowMs),
    giveBack: (mailId) => void reservations.delete(mailId),
    ended(mailId, nowMs) {
      const reservation = reservations.get(mailId);
      if (reservation !== undefined) {
        reservations.set(mailId, { ...reservation, endedAtMs: nowMs });
      }
    },
    intentFolded({ mailId, attempt, chargedTo, recipients, atMs }) {
      state.usage?.day.add(chargedTo, minuteOf(atMs), recipients);
      if (!reservations.has(mailId)) {
        state.usage?.minute.use(attempt, chargedTo, atMs);
      }
    },
    outcomeFolded(mailId, attempt, atMs) {
      const reservation = reservations.get(mailId);
      if (reservation?.endedAtMs !== undefined) {
        reservations.delete(mailId);
        state.usage?.minute.use(attempt ?? mailId, reservation.chargedTo, reservation.endedAtMs);
      } else if (attempt !== null) {
        state.usage?.minute.prolong(attempt, atMs);
      }
    },
    reached: (nowMs) => reachedNow(state, nowMs),
    look(nowMs) {
      const reached = reachedNow(state, nowMs);
      return { reached, places: reached === null ? placesOf(state, nowMs) : 0 };
    },
    used: (nowMs) => usedNow(state, nowMs),
  };
}

function momentAt(
  { limits, reservations, partitions, times, sharing }: State,
  usage: Usage,
  nowMs: number,
): Moment {
  const reserved = [...reservations.values()];
  return { limits, usage, reserved, owned: partitions(), nowMs, minuteMs: times.minuteMs, sharing };
}

function bucketsUntil({ usageSince, times }: State, nowMs: number): readonly UsageBucket[] {
  return usageSince(minuteOf(nowMs - times.dayMs) - 1);
}

function placesOf({ partitions, connections, limits }: State, nowMs: number): number {
  const owned = partitions();
  connections.notice(owned, nowMs);
  return connections.count(limits.maxConnections, owned, nowMs);
}

function takePermit(
  state: State,
  mailId: string,
  partition: number,
  wanted: number,
  nowMs: number,
): Permit | null {
  const { usage, reservations, epochOf } = state;
  if (usage === null) {
    return { recipients: maxRecipients, chargedTo: partition, isHeld: () => true };
  }
  const most = Math.min(Math.max(wanted, 1), maxRecipients);
  const moment = momentAt(state, usage, nowMs);
  const chargedTo = choosePartition(partition, most, moment);
  if (chargedTo === undefined) {
    return null;
  }
  const recipients = Math.min(most, recipientRoom(chargedTo, moment));
  reservations.set(mailId, { chargedTo, recipients, endedAtMs: undefined });
  return { recipients, chargedTo, isHeld: holding(chargedTo, moment, epochOf) };
}

function reachedNow(state: State, nowMs: number): LimitReached | null {
  const { usage, connections, partitions } = state;
  // Without a partition nothing is ours to send, limit or not.
  if (usage === null || partitions().length === 0) {
    return null;
  }
  return placesOf(state, nowMs) === 0
    ? { limit: 'maxConnections', untilMs: connections.nextAtMs(partitions(), nowMs) }
    : limitReached(momentAt(state, usage, nowMs));
}

function usedNow(state: State, nowMs: number): Used {
  const { usage, reservations, times, partitionCount } = state;
  if (usage === null) {
    const { mails, recipients } = usedIn(bucketsUntil(state, nowMs), times, nowMs);
    return { mails: mails + reservations.size, recipients };
  }
  const every = Array.from({ length: partitionCount }, (_, partition) => partition);
  return {
    mails: usage.minute.total(nowMs) + reservations.size,
    recipients: every.reduce((sum, partition) => sum + usage.day.count(partition, nowMs), 0),
  };
}
