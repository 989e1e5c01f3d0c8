/*
 * What this process has learned about a mail server, and shares among all that connect to it: the transport in service, the
 * one that replaces it, the old one that still drains, and connection tests.
 *
 * - Every connection has a place. There are as many as the settings allow, or as the server turned out to allow: where it
 *   refuses a connection while others of ours stand, those others are the limit, for a while.
 * - More connections than have ever stood at one time are opened one by one, so that a server that allows few refuses one of
 *   ours and not many.
 * - Who was asked by a person goes first (a test, a save). Who has no place at all goes before those who have some. For both,
 *   a session that nobody uses is given up, and one that ends its work is not used again.
 * - A secret that was refused three times is not tried again for an hour, unless a person asks for it: servers lock accounts.
 * - An address that does not serve is tried last, for some minutes.
 */
import { hash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Failure, failure, type FailureCode } from '@postausgang/contracts';
import { createRepeatedSecrets, type RepeatedSecrets } from '@postausgang/credentials';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** Whoever connects to a server: one transport, or one connection test. */
export interface Seat {
  /** A place for a connection that is opened now, if there is one and nobody goes before. */
  tryTake(): boolean;
  /** Asks for a place; `onGranted` is called, at once or later. Once for each time it was granted. */
  want(): void;
  /** The connection stands. */
  opened(): void;
  /** It stands no more, though the server may count it until it is closed. */
  ended(): void;
  /** The place of a connection that has ended, or did not come about. */
  free(isOpening?: boolean): void;
  /**
   * The connection was refused as one too many, perhaps; its place is given up. False where no other stands: then the
   * server means something else.
   */
  crowded(): Promise<boolean>;
  /** Whether a connection that is not in use has to end for somebody else. */
  mustYield(): boolean;
  leave(): void;
}

export interface SeatOptions {
  readonly max: number;
  /** A person waits for it. */
  readonly isAsked: () => boolean;
  readonly onGranted: () => void;
  /** Ends one connection that nobody uses; false where there is none. */
  readonly giveUpIdle: () => boolean;
}

interface Taken extends SeatOptions {
  held: number;
  wants: boolean;
}

/** The connections to a server. */
export interface Places {
  join(options: SeatOptions): Seat;
  /** How many the server was seen to allow; null: as many as we wanted. */
  limit(): number | null;
  open(): number;
}

/** A server may count a connection for a moment longer than we do: its place is given on after that. */
const settleMs = 25;
const lingeringMs = 3000;
const lingerPauseMs = 500;
const lingerTries = 3;
const firstBeliefMs = 20 * minuteMs;
const longestBeliefMs = 3 * hourMs;

/** What is counted, and what is believed of the server. */
interface Counts {
  readonly nowMs: () => number;
  readonly seats: Set<Taken>;
  /** Connections that stand, are being opened, or have ended a moment ago. */
  open: number;
  opening: number;
  standing: number;
  /** As many have stood at one time. */
  proven: number;
  /** In a row. */
  refusals: number;
  endedAtMs: number;
  limit: number;
  untilMs: number;
  beliefMs: number;
}

export function createPlaces(nowMs: () => number): Places {
  const counts: Counts = {
    nowMs,
    seats: new Set(),
    open: 0,
    opening: 0,
    standing: 0,
    proven: 1,
    refusals: 0,
    endedAtMs: -Infinity,
    limit: Infinity,
    untilMs: 0,
    beliefMs: firstBeliefMs,
  };
  return {
    limit: () => (limitOf(counts) === Infinity ? null : limitOf(counts)),
    open: () => counts.open,
    join(options) {
      const seat: Taken = { ...options, held: 0, wants: false };
      counts.seats.add(seat);
      return createSeat(counts, seat);
    },
  };
}

function createSeat(counts: Counts, seat: Taken): Seat {
  const { seats } = counts;
  const othersBefore = (): readonly Taken[] => [...seats].filter((one) => one !== seat && goesBefore(one));
  return {
    tryTake() {
      const may = mayOpen(counts, seat) && othersBefore().length === 0;
      if (may) take(counts, seat);
      return may;
    },
    want() {
      seat.wants = true;
      if (goesBefore(seat) && !mayOpen(counts, seat)) {
        [...seats].some((other) => other !== seat && other.giveUpIdle());
      }
      grant(counts);
    },
    opened() {
      counts.opening -= 1;
      counts.standing += 1;
      counts.refusals = 0;
      counts.proven = Math.max(counts.proven, counts.standing);
      grant(counts);
    },
    ended() {
      counts.standing -= 1;
      counts.endedAtMs = counts.nowMs();
    },
    free(isOpening = false) {
      if (isOpening) release(counts, seat, true);
      else setTimeout(() => release(counts, seat, false), settleMs);
    },
    async crowded() {
      if (!(await isCrowded(counts))) return false;
      release(counts, seat, true);
      return true;
    },
    mustYield: () => othersBefore().some((other) => !mayOpen(counts, other)),
    leave() {
      seats.delete(seat);
      grant(counts);
    },
  };
}

const limitOf = ({ nowMs, untilMs, limit }: Counts): number => (nowMs() < untilMs ? limit : Infinity);

function mayOpen(counts: Counts, { max }: Taken): boolean {
  const { open, opening, proven } = counts;
  return open < Math.min(max, limitOf(counts)) && (opening === 0 || open < proven);
}

const goesBefore = (seat: Taken): boolean => seat.wants && (seat.isAsked() || seat.held === 0);
const rank = (seat: Taken): number => (seat.isAsked() ? 0 : seat.held === 0 ? 1 : 2);

function take(counts: Counts, seat: Taken): void {
  counts.open += 1;
  counts.opening += 1;
  seat.held += 1;
}

function grant(counts: Counts): void {
  const waiting = [...counts.seats].filter(({ wants }) => wants).toSorted((a, b) => rank(a) - rank(b));
  for (const seat of waiting) {
    if (!mayOpen(counts, seat)) continue;
    seat.wants = false;
    take(counts, seat);
    seat.onGranted();
  }
}

function release(counts: Counts, seat: Taken, isOpening: boolean): void {
  counts.open -= 1;
  counts.opening -= isOpening ? 1 : 0;
  seat.held -= 1;
  grant(counts);
}

/** Judges a refused connection: one too many, or one that the server still counts though it has ended. */
async function isCrowded(counts: Counts): Promise<boolean> {
  counts.refusals += 1;
  const { nowMs, endedAtMs, standing, refusals } = counts;
  const isLingering = nowMs() - endedAtMs < lingeringMs && refusals <= lingerTries;
  if (!isLingering && standing === 0) return false;
  if (isLingering && standing < counts.proven) await sleep(lingerPauseMs);
  else if (standing > 0) learnLimit(counts);
  return true;
}

function learnLimit(counts: Counts): void {
  counts.proven = Math.min(counts.proven, counts.standing);
  counts.limit = counts.standing;
  counts.untilMs = counts.nowMs() + counts.beliefMs;
  counts.beliefMs = Math.min(2 * counts.beliefMs, longestBeliefMs);
}

/** Of use as the id of a secret, and nothing else. */
export const secretId = (username: string, secret: string): string =>
  hash('sha256', JSON.stringify([username, secret]), 'hex');

/** The attempts that somebody makes with one secret. */
export interface SecretAttempts {
  /** Why it is not to be tried now; null: it may be. */
  paused(): Failure | null;
  /** What came of an attempt; null: it was accepted. What says nothing about the secret does not count. */
  ended(code: FailureCode | null): void;
}

/** @param isAsked a person has asked for the first attempt, by a change or a test */
type AttemptsWith = (id: string, isAsked: boolean) => SecretAttempts;

const triesInARow = 3;
const ofTheSecret: ReadonlySet<FailureCode> = new Set([
  'credentials-rejected',
  'client-secret-wrong',
  'client-secret-expired',
  'client-certificate-rejected',
]);

function createAttemptsWith(nowMs: () => number): AttemptsWith {
  const refusals = new Map<string, { readonly count: number; readonly lastMs: number }>();
  const pauseMsOf = (id: string): number => {
    const { count, lastMs } = refusals.get(id) ?? { count: 0, lastMs: 0 };
    return count < triesInARow ? 0 : Math.max(0, lastMs + hourMs - nowMs());
  };
  return (id, isAsked) => {
    let isFree = isAsked;
    return {
      paused() {
        const pauseMs = isFree ? 0 : pauseMsOf(id);
        isFree = false;
        if (pauseMs === 0) return null;
        return { ...failure('sign-in-paused'), retryAt: new Date(Date.now() + pauseMs).toISOString() };
      },
      ended(code) {
        if (code === null) refusals.delete(id);
        else if (ofTheSecret.has(code)) {
          refusals.set(id, { count: (refusals.get(id)?.count ?? 0) + 1, lastMs: nowMs() });
        }
      },
    };
  };
}

/** Something that is believed for a while. */
export interface Notes {
  note(key: string): void;
  has(key: string): boolean;
}

function createNotes(nowMs: () => number, forMs: number): Notes {
  const untilMs = new Map<string, number>();
  return {
    note: (key) => void untilMs.set(key, nowMs() + forMs),
    has: (key) => (untilMs.get(key) ?? 0) > nowMs(),
  };
}

/** How many messages a session may carry. */
export interface SessionLength {
  /** Null: as many as we want. */
  messages(): number | null;
  /** A session had carried so many when the server wanted no more. */
  learn(messages: number): void;
}

function createSessionLength(nowMs: () => number): SessionLength {
  let known: { readonly messages: number; readonly untilMs: number } | null = null;
  const messages = (): number | null => (known !== null && nowMs() < known.untilMs ? known.messages : null);
  return {
    messages,
    learn(seen) {
      known = { messages: Math.min(seen, messages() ?? seen), untilMs: nowMs() + hourMs };
    },
  };
}

export interface ServerMemory {
  readonly places: Places;
  readonly attemptsWith: AttemptsWith;
  /** What the server was told, and may repeat at any time, on other connections too. */
  readonly told: RepeatedSecrets;
  /** Addresses that did not serve. */
  readonly dead: Notes;
  readonly sessionLength: SessionLength;
  /** Refusals that a new session did not help against. */
  readonly fruitless: Notes;
}

const deadForMs = 5 * minuteMs;
const fruitlessForMs = 10 * minuteMs;

/** What is known of each server, by `host:port`. */
export type ServerMemories = (server: string) => ServerMemory;

export function createServerMemories(nowMs: () => number = () => performance.now()): ServerMemories {
  const servers = new Map<string, ServerMemory>();
  return (server) => {
    const key = server.toLowerCase();
    const known = servers.get(key) ?? {
      places: createPlaces(nowMs),
      attemptsWith: createAttemptsWith(nowMs),
      told: createRepeatedSecrets(),
      dead: createNotes(nowMs, deadForMs),
      sessionLength: createSessionLength(nowMs),
      fruitless: createNotes(nowMs, fruitlessForMs),
    };
    servers.set(key, known);
    return known;
  };
}
