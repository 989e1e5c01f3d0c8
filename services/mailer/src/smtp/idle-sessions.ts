import type { SmtpSession } from './smtp-session.ts';

export interface IdleSessions {
  put(session: SmtpSession): void;
  /** The one that was used last, so that the others can expire. */
  take(): SmtpSession | undefined;
}

export interface IdleEvents {
  /** Nobody has wanted it for the whole time; it is still open and no longer here. */
  readonly onExpired: (session: SmtpSession) => void;
  /** The server has ended it. */
  readonly onEnded: (session: SmtpSession) => void;
}

/** Sessions that nobody uses at the moment. */
export function createIdleSessions(idleMs: number, { onExpired, onEnded }: IdleEvents): IdleSessions {
  const leaves = new Map<SmtpSession, () => void>();
  return {
    put(session) {
      const leave = (): void => {
        clearTimeout(timer);
        session.off('end', ended);
        leaves.delete(session);
      };
      const ended = (): void => {
        leave();
        onEnded(session);
      };
      const timer = setTimeout(() => {
        leave();
        onExpired(session);
      }, idleMs);
      session.once('end', ended);
      leaves.set(session, leave);
    },
    take() {
      const session = [...leaves.keys()].at(-1);
      if (session !== undefined) leaves.get(session)?.();
      return session;
    },
  };
}
