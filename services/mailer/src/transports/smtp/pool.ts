import { type Failure, failure } from '@postausgang/contracts';
import type { Opened } from './open-session.ts';
import { isPositive } from './replies.ts';
import { close, command, type SmtpSession } from './session.ts';

/** How long a server may take for a last word or a reset. */
const patienceMs = 2000;

/** Says goodbye and closes, whether the server answers or not. */
export async function quitSession(session: SmtpSession): Promise<void> {
  await command(session, 'QUIT', patienceMs);
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
}

type Borrowed =
  { readonly ok: true; readonly lease: Lease } | { readonly ok: false; readonly failure: Failure };

/** Open sessions, at most so many at once; who comes when all are in use waits in line. */
export interface SessionPool {
  borrow(): Promise<Borrowed>;
  /** Instead of giving a dead session back: a new one in its place. */
  renew(lease: Lease): Promise<Borrowed>;
  giveBack(lease: Lease, condition: Condition): void;
  /** Serves those who wait, lets what is lent come back, says goodbye on every session. */
  close(): Promise<void>;
}

interface PoolOptions {
  readonly open: () => Promise<Opened>;
  readonly first: SmtpSession;
  readonly maxSessions: number;
  readonly idleMs: number;
}

/** A session retires after so many transactions, so that a new address of the server is noticed under load too. */
const maxTransactions = 1000;

const closedPool: Borrowed = { ok: false, failure: failure('connection-lost', 'this transport is closed') };

interface Pool {
  readonly options: PoolOptions;
  readonly waiting: ((borrowed: Borrowed) => void)[];
  readonly transactions: WeakMap<SmtpSession, number>;
  readonly drained: PromiseWithResolvers<void>;
  /** Sessions that are open or being opened: lent, idle or saying goodbye. */
  places: number;
  closing: boolean;
}

export function createSessionPool(options: PoolOptions): SessionPool {
  const drained = Promise.withResolvers<void>();
  const pool: Pool = {
    options,
    waiting: [],
    transactions: new WeakMap(),
    drained,
    places: 1,
    closing: false,
  };
  const idle = createIdleSessions(options.idleMs, {
    onExpired: (session) => void retire(pool, session),
    onEnded: () => freePlace(pool),
  });
  const offer = (session: SmtpSession): void => {
    const next = session.ended !== null ? undefined : pool.waiting.shift();
    if (next !== undefined) next({ ok: true, lease: { session, reused: true } });
    else if (session.ended !== null) freePlace(pool);
    else if (pool.closing) void retire(pool, session);
    else idle.put(session);
  };
  idle.put(options.first);
  return {
    borrow() {
      if (pool.closing) return Promise.resolve(closedPool);
      const session = idle.take();
      if (session !== undefined) return Promise.resolve({ ok: true, lease: { session, reused: true } });
      return pool.places < options.maxSessions ? openPlace(pool) : waitInLine(pool);
    },
    renew({ session }) {
      close(session);
      return openSessionFor(pool);
    },
    giveBack: ({ session }, condition) => void takeBack(pool, session, condition, offer),
    async close() {
      pool.closing = true;
      for (let session = idle.take(); session !== undefined; session = idle.take())
        void retire(pool, session);
      if (pool.places === 0) drained.resolve();
      await drained.promise;
    },
  };
}

const waitInLine = ({ waiting }: Pool): Promise<Borrowed> => new Promise((resolve) => waiting.push(resolve));

function openPlace(pool: Pool): Promise<Borrowed> {
  pool.places += 1;
  return openSessionFor(pool);
}

/** Fills a place that is counted already. */
async function openSessionFor(pool: Pool): Promise<Borrowed> {
  const opened = await pool.options.open();
  if (opened.ok) return { ok: true, lease: { session: opened.session, reused: false } };
  freePlace(pool);
  return { ok: false, failure: opened.failure };
}

/** A session has ended: the next in line gets a new one. */
function freePlace(pool: Pool): void {
  pool.places -= 1;
  const next = pool.waiting.shift();
  if (next !== undefined) void serve(pool, next);
  else if (pool.closing && pool.places === 0) pool.drained.resolve();
}

async function serve(pool: Pool, next: (borrowed: Borrowed) => void): Promise<void> {
  next(await openPlace(pool));
}

async function retire(pool: Pool, session: SmtpSession): Promise<void> {
  await quitSession(session);
  freePlace(pool);
}

async function takeBack(
  pool: Pool,
  session: SmtpSession,
  condition: Condition,
  offer: (session: SmtpSession) => void,
): Promise<void> {
  const count = (pool.transactions.get(session) ?? 0) + 1;
  pool.transactions.set(session, count);
  const isUsable = condition === 'good' || (condition === 'unfinished' && (await resetSession(session)));
  if (!isUsable) {
    close(session);
    freePlace(pool);
  } else if (count >= maxTransactions) {
    await retire(pool, session);
  } else {
    offer(session);
  }
}
