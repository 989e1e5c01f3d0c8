/**
 * How many attempts may be under way at one time: one connection each. Postausgang finds the number by itself.
 *
 * - Where the settings name a number, that is a bound and the start. Where they name none, it begins with 5 and grows to 20
 *   at most, one more with each mail that the server took, as long as mail waits for a place.
 * - When the server objects, the number is halved, and as many as it objected to are not tried again for a while: twice as
 *   long each time. After that it grows by one in each round of deliveries.
 * - When the server fails as a whole, or nothing was under way for a minute, it comes down to where it began.
 *
 * `nextConnections` is pure. What the transport takes (the operator's ceiling, what the server turned out to allow) is above
 * it: `Bounds.most`. All times are monotonic.
 */
import type { Transport } from '@postausgang/mail';
import { effectiveLimits } from '@postausgang/settings';
import type { OutgoingServerContent } from '@postausgang/contracts';

/** Where nothing says how many: as many as most servers take from anybody. */
const usualStart = 5;
/** As many as other mail servers open to one destination by themselves. */
const mostByThemselves = 20;
const idleMs = 60_000;
const firstBeliefMs = 10 * 60_000;
const longestBeliefMs = 3 * 60 * 60_000;

/** Both at least 1. */
export interface Bounds {
  readonly start: number;
  /** Never more at this moment. */
  readonly most: number;
}

export interface Connections {
  readonly allowed: number;
  /** Deliveries since the last step, where it grows by one a round. */
  readonly credit: number;
  /** So many were one too many; null: the server has not objected. */
  readonly refused: number | null;
  readonly believedUntilMs: number;
  readonly beliefMs: number;
  readonly busyAtMs: number;
}

export type ConnectionFact =
  /** The server has answered for a mail. `mailWaits`: every place is in use, and there is mail for another. */
  | { readonly kind: 'delivered'; readonly mailWaits: boolean }
  /** The server says that it is sent too much at one time; `underWay`: how many there were. */
  | { readonly kind: 'objected'; readonly underWay: number }
  /** The server as a whole does not work. */
  | { readonly kind: 'failed' }
  | { readonly kind: 'looked'; readonly underWay: number };

export const noConnections: Connections = {
  allowed: Number.POSITIVE_INFINITY,
  credit: 0,
  refused: null,
  believedUntilMs: 0,
  beliefMs: firstBeliefMs,
  busyAtMs: Number.NEGATIVE_INFINITY,
};

/** What follows from a fact. `allowed` is between 1 and `bounds.most`. */
export function nextConnections(
  now: Connections,
  bounds: Bounds,
  fact: ConnectionFact,
  nowMs: number,
): Connections {
  const next = within(changed(now, bounds, fact, nowMs), bounds, nowMs);
  const isBusy = fact.kind !== 'looked' || fact.underWay > 0;
  return isBusy ? { ...next, busyAtMs: nowMs } : next;
}

function changed(now: Connections, bounds: Bounds, fact: ConnectionFact, nowMs: number): Connections {
  switch (fact.kind) {
    case 'delivered':
      return fact.mailWaits ? grown(within(now, bounds, nowMs)) : now;
    case 'objected':
      return objected(within(now, bounds, nowMs), fact.underWay, nowMs);
    case 'failed':
      return { ...now, allowed: Math.min(now.allowed, bounds.start), credit: 0 };
    case 'looked':
      return fact.underWay === 0 && nowMs - now.busyAtMs > idleMs
        ? { ...now, allowed: Math.min(now.allowed, bounds.start), credit: 0 }
        : now;
    default:
      return fact satisfies never;
  }
}

function grown(now: Connections): Connections {
  const credit = now.refused === null ? now.allowed : now.credit + 1;
  return credit >= now.allowed ? { ...now, allowed: now.allowed + 1, credit: 0 } : { ...now, credit };
}

/** A single one that is refused says nothing about how many may be open. */
function objected(now: Connections, underWay: number, nowMs: number): Connections {
  if (underWay <= 1) {
    return { ...now, credit: 0 };
  }
  const isBelieved = now.refused !== null && nowMs < now.believedUntilMs;
  return {
    ...now,
    allowed: Math.max(1, Math.floor(Math.min(now.allowed, underWay) / 2)),
    credit: 0,
    refused: isBelieved ? Math.min(now.refused, underWay) : underWay,
    believedUntilMs: nowMs + now.beliefMs,
    beliefMs: Math.min(2 * now.beliefMs, longestBeliefMs),
  };
}

function within(now: Connections, { most }: Bounds, nowMs: number): Connections {
  const believed = now.refused !== null && nowMs < now.believedUntilMs ? now.refused - 1 : most;
  return { ...now, allowed: Math.max(1, Math.min(now.allowed, most, believed)) };
}

/** How many connections a transport may have at most, below the ceiling of the operator. */
export function mostConnections(
  content: Pick<OutgoingServerContent, 'limits'>,
  ceiling: number,
  byThemselves = mostByThemselves,
): number {
  return Math.min(ceiling, effectiveLimits(content).maxConnections ?? byThemselves);
}

/** What is in service: its transport says how many it takes, its settings whether somebody has named a number. */
export interface Serves {
  readonly transport: Pick<Transport, 'capacity'>;
  readonly content: Pick<OutgoingServerContent, 'limits'>;
}

/** The number in use. Another transport begins anew. */
export interface ConnectionPace {
  /** How many attempts may be under way. */
  allowed(serves: Serves, underWay: number, nowMs: number): number;
  /** The same, for whoever only wants to know. */
  now(serves: Serves): number;
  /** Whether mail was left over for want of places. */
  looked(mailWaits: boolean): void;
  delivered(serves: Serves, nowMs: number): void;
  /** `underWay`: how many attempts there were, the refused one too. */
  objected(serves: Serves, underWay: number, nowMs: number): void;
  failed(serves: Serves, nowMs: number): void;
}

export function createConnectionPace(): ConnectionPace {
  let state = noConnections;
  let transport: Serves['transport'] | undefined;
  let mailWaits = false;
  const tell = (serves: Serves, fact: ConnectionFact, nowMs: number): number => {
    const bounds = boundsOf(serves);
    if (serves.transport !== transport) {
      transport = serves.transport;
      state = { ...noConnections, allowed: bounds.start };
    }
    state = nextConnections(state, bounds, fact, nowMs);
    return Math.min(state.allowed, serves.transport.capacity);
  };
  /** An attempt on a transport that has been replaced tells nothing about the one in service. */
  const tellCurrent = (serves: Serves, fact: ConnectionFact, nowMs: number): void => {
    if (serves.transport === transport) tell(serves, fact, nowMs);
  };
  return {
    allowed: (serves, underWay, nowMs) => tell(serves, { kind: 'looked', underWay }, nowMs),
    now(serves) {
      const { start, most } = boundsOf(serves);
      return Math.min(serves.transport === transport ? state.allowed : start, most);
    },
    looked: (isShort) => void (mailWaits = isShort),
    delivered: (serves, nowMs) => tellCurrent(serves, { kind: 'delivered', mailWaits }, nowMs),
    objected: (serves, underWay, nowMs) => tellCurrent(serves, { kind: 'objected', underWay }, nowMs),
    failed: (serves, nowMs) => tellCurrent(serves, { kind: 'failed' }, nowMs),
  };
}

function boundsOf({ transport, content }: Serves): Bounds {
  const most = Math.max(1, transport.capacity);
  const isNamed = effectiveLimits(content).maxConnections !== null;
  return { start: isNamed ? most : Math.min(usualStart, most), most };
}
