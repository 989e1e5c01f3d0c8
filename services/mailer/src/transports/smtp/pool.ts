import { type Failure, failure } from '@postausgang/contracts';
import { within } from '@postausgang/net';
import type { Opened } from './open-session.ts';
import { isPositive } from './replies.ts';
import type { Seat, SeatOptions, ServerMemory } from './server-memory.ts';
import { close, command, type SmtpSession } from './session.ts';

/** How long a server may take for a last word or a reset. */
const patienceMs = 2000;

/** How long a server may take to close the connection after its last word. */
const farewellMs = 200;

/** Says goodbye and closes, whether the server answers or not. A server counts the connection until it has closed it. */
export async function quitSession(session: SmtpSession): Promise<void> {
  const reply = await command(session, 'QUIT', patienceMs);
  if (reply !== null && session.ended === null) {
    const ended = new Promise<void>((resolve) => (session.onEnded = resolve));
    await within(farewellMs, ended, () => undefined);
  }
  close(session);
}

/** Makes the server forget an unfinished transaction; false when the session is of no more use. */
async function resetSession(session: SmtpSession): Promise<boolean> {
  const reply = await command(session, 'RSET', patienceMs);
  return reply !== null && isPositive(reply) && session.ended === null;
}

interface IdleSessions {
  put(session: SmtpSession): void;
  /** The one that was used last, so that the others can expire. */
  take(): SmtpSession | undefined;
}

interface IdleEvents {
  /** Nobody has wanted it for the whole time; it is still open and no longer here. */
  readonly onExpired: (session: SmtpSession) => void;
  /** The server has ended it. */
  readonly onEnded: (session: SmtpSession) => void;
}

/** Sessions that nobody uses at the moment. */
function createIdleSessions(idleMs: number, { onExpired, onEnded }: IdleEvents): IdleSessions {
  const leaves = new Map<SmtpSession, () => void>();
  return {
    put(session) {
      const leave = (): void => {
        clearTimeout(timer);
        session.onEnded = null;
        leaves.delete(session);
      };
      const timer = setTimeout(() => {
        leave();
        onExpired(session);
      }, idleMs);
      session.onEnded = () => {
        leave();
        onEnded(session);
      };
      leaves.set(session, leave);
    },
    take() {
      const session = [...leaves.keys()].at(-1);
      if (session !== undefined) leaves.get(session)?.();
      return session;
    },
  };
}

/** What a borrower found: the session can be used as it is, has an unfinished transaction, or is of no more use. */
export type Condition = 'good' | 'unfinished' | 'useless';

interface Lease {
  readonly session: SmtpSession;
  /** It was open before: the server may have ended it in the meantime. */
  readonly reused: boolean;
  /** How many messages it has carried. */
  readonly carried: number;
}

type Borrowed =
  { readonly ok: true; readonly lease: Lease } | { readonly ok: false; readonly failure: Failure };

/** Open sessions, as many as there are places; who comes when all are in use waits in line. */
export interface SessionPool {
  borrow(): Promise<Borrowed>;
  /** Instead of giving a session back that is of no more use: a new one, before all others in line. */
  renew(lease: Lease): Promise<Borrowed>;
  giveBack(lease: Lease, condition: Condition): void;
  /** Serves those who wait, lets what is lent come back, says goodbye on every session. */
  close(): Promise<void>;
}

interface PoolOptions {
  readonly open: () => Promise<Opened>;
  readonly memory: Pick<ServerMemory, 'places' | 'sessionLength'>;
  readonly maxSessions: number;
  readonly idleMs: number;
}

/** A session retires after so many transactions, so that a new address of the server is noticed under load too. */
const maxTransactions = 1000;

const closedPool: Borrowed = { ok: false, failure: failure('connection-lost', 'this transport is closed') };

interface Waiter {
  /** Takes no session that was used before. */
  readonly isFresh: boolean;
  readonly give: (borrowed: Borrowed) => void;
}

interface Pool {
  readonly options: PoolOptions;
  readonly seat: Seat;
  readonly idle: IdleSessions;
  readonly waiting: Waiter[];
  readonly carried: WeakMap<SmtpSession, number>;
  readonly drained: PromiseWithResolvers<void>;
  /** Sessions that are open or being opened: lent, idle or saying goodbye. */
  held: number;
  closing: boolean;
  /** The first session is opened for somebody who waits for it. */
  isAsked: boolean;
}

type OpenedPool =
  { readonly ok: true; readonly pool: SessionPool } | { readonly ok: false; readonly failure: Failure };

/** Opens one session, kept as the first one. */
export async function openSessionPool(options: PoolOptions): Promise<OpenedPool> {
  const pool = createPool(options);
  const first = await borrow(pool, false);
  pool.isAsked = false;
  if (!first.ok) {
    pool.seat.leave();
    return first;
  }
  offer(pool, first.lease.session);
  return { ok: true, pool: facade(pool) };
}

function createPool(options: PoolOptions): Pool {
  const seatOptions: SeatOptions = {
    max: options.maxSessions,
    isAsked: () => pool.isAsked,
    onGranted: () => void grow(pool),
    giveUpIdle() {
      const session = pool.idle.take();
      if (session !== undefined) void retire(pool, session);
      return session !== undefined;
    },
  };
  const pool: Pool = {
    options,
    seat: options.memory.places.join(seatOptions),
    idle: createIdleSessions(options.idleMs, {
      onExpired: (session) => void retire(pool, session),
      onEnded: () => lose(pool),
    }),
    waiting: [],
    carried: new WeakMap(),
    drained: Promise.withResolvers<void>(),
    held: 0,
    closing: false,
    isAsked: true,
  };
  return pool;
}

function facade(pool: Pool): SessionPool {
  return {
    borrow: () => (pool.closing ? Promise.resolve(closedPool) : borrow(pool, false)),
    renew({ session }) {
      close(session);
      const fresh = borrow(pool, true);
      lose(pool);
      return fresh;
    },
    giveBack: ({ session }, condition) => void takeBack(pool, session, condition),
    async close() {
      pool.closing = true;
      for (let session = pool.idle.take(); session !== undefined; session = pool.idle.take())
        void retire(pool, session);
      if (pool.held === 0 && pool.waiting.length === 0) pool.drained.resolve();
      await pool.drained.promise;
      pool.seat.leave();
    },
  };
}

const leaseOf = ({ carried }: Pool, session: SmtpSession, reused = true): Lease => ({
  session,
  reused,
  carried: carried.get(session) ?? 0,
});

function borrow(pool: Pool, isFresh: boolean): Promise<Borrowed> {
  const session = isFresh ? undefined : pool.idle.take();
  if (session !== undefined) return Promise.resolve({ ok: true, lease: leaseOf(pool, session) });
  const { promise, resolve } = Promise.withResolvers<Borrowed>();
  const waiter = { isFresh, give: resolve };
  if (isFresh) pool.waiting.unshift(waiter);
  else pool.waiting.push(waiter);
  lookForPlace(pool);
  return promise;
}

function lookForPlace(pool: Pool): void {
  if (pool.waiting.length === 0) return;
  if (pool.seat.tryTake()) void grow(pool);
  else pool.seat.want();
}

/** A place was taken: opens a session in it for the next in line. */
async function grow(pool: Pool): Promise<void> {
  pool.held += 1;
  if (pool.waiting.length === 0) return freePlace(pool, true);
  // While this one is opened, a place for another may be had.
  lookForMore(pool);
  const opened = await pool.options.open();
  if (opened.ok) {
    pool.carried.set(opened.session, 0);
    const next = pool.waiting.shift();
    pool.seat.opened();
    if (next === undefined) offer(pool, opened.session);
    else next.give({ ok: true, lease: leaseOf(pool, opened.session, false) });
    return lookForPlace(pool);
  }
  if (isOneTooMany(opened) && (await pool.seat.crowded())) {
    pool.held -= 1;
    return lookForPlace(pool);
  }
  fail(pool, opened.failure);
}

function lookForMore(pool: Pool): void {
  if (pool.waiting.length > 1 && pool.seat.tryTake()) void grow(pool);
}

/** Where no session stands, what is wrong concerns everybody in line. */
function fail(pool: Pool, why: Failure): void {
  const failed = pool.held > 1 ? pool.waiting.splice(0, 1) : pool.waiting.splice(0);
  freePlace(pool, true);
  failed.forEach(({ give }) => give({ ok: false, failure: why }));
}

const crowdedCodes: ReadonlySet<string> = new Set([
  'server-busy',
  'server-throttled',
  'too-many-connections',
  'server-refuses-service',
  'connection-lost',
  'connection-refused',
]);

/** Whether a server that has enough connections from here would answer like this. */
export const isOneTooMany = ({ stage, failure: why }: Extract<Opened, { ok: false }>): boolean =>
  stage !== 'authenticate' && crowdedCodes.has(why.code);

/** A session has ended, or did not come about. */
function freePlace(pool: Pool, isOpening = false): void {
  pool.held -= 1;
  pool.seat.free(isOpening);
  lookForPlace(pool);
  if (pool.closing && pool.held === 0 && pool.waiting.length === 0) pool.drained.resolve();
}

/** A session that nobody uses: for the next in line, unless its place is needed elsewhere. */
function offer(pool: Pool, session: SmtpSession): void {
  if (session.ended !== null) return lose(pool);
  if (pool.seat.mustYield()) return void retire(pool, session);
  const index = pool.waiting.findIndex(({ isFresh }) => !isFresh);
  const [next] = index === -1 ? [] : pool.waiting.splice(index, 1);
  if (next !== undefined) next.give({ ok: true, lease: leaseOf(pool, session) });
  else if (pool.closing) void retire(pool, session);
  else pool.idle.put(session);
}

async function retire(pool: Pool, session: SmtpSession): Promise<void> {
  pool.seat.ended();
  await quitSession(session);
  freePlace(pool);
}

/** A session that stood is over, without a word. */
function lose(pool: Pool): void {
  pool.seat.ended();
  freePlace(pool);
}

async function takeBack(pool: Pool, session: SmtpSession, condition: Condition): Promise<void> {
  const count = (pool.carried.get(session) ?? 0) + 1;
  pool.carried.set(session, count);
  const isUsable = condition === 'good' || (condition === 'unfinished' && (await resetSession(session)));
  const most = Math.min(maxTransactions, pool.options.memory.sessionLength.messages() ?? maxTransactions);
  if (!isUsable) {
    close(session);
    lose(pool);
  } else if (count >= most) {
    await retire(pool, session);
  } else {
    offer(pool, session);
  }
}
