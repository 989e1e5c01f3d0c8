import { randomUUID } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { requireSameOrigin } from './same-origin.ts';
import { sealSession, type SessionContent, unsealSession } from './sealed-session.ts';
import { createSessionCookie } from './session-cookie.ts';

export interface SessionOptions {
  /** 32 bytes, the same for all processes that share sessions; see `openSessionKey`. */
  readonly key: Uint8Array;
  /** The cookie travels over TLS only. */
  readonly secure: boolean;
  /** A session that is not renewed for so long has ended. */
  readonly idleMs: number;
  /** No session lasts longer. */
  readonly longestMs: number;
  readonly now?: () => number;
}

export interface Session extends SessionContent {
  readonly idleUntilMs: number;
  readonly endsAtMs: number;
}

/** Sessions of people with a browser, sealed into a cookie: nothing is kept here, so they outlive a restart. */
export interface Sessions {
  /** The session of a request's cookie; undefined without one that counts. Throws `cross-site-request`. */
  find(request: FastifyRequest): Promise<Session | undefined>;
  hasCookie(request: FastifyRequest): boolean;
  isCurrent(session: Session): boolean;
  start(reply: FastifyReply, credential: string): Promise<Session>;
  renew(reply: FastifyReply, session: Session): Promise<Session>;
  /** Takes the cookie away, and no longer accepts it here should somebody have kept it. */
  end(reply: FastifyReply, session: Session | undefined): void;
}

export function createSessions(options: SessionOptions): Sessions {
  const { key, secure, idleMs, longestMs, now = Date.now } = options;
  const cookie = createSessionCookie(secure);
  const ended = new Map<string, number>();

  const withTimes = (content: SessionContent): Session => ({
    ...content,
    idleUntilMs: content.renewedAtMs + idleMs,
    endsAtMs: content.startedAtMs + longestMs,
  });
  const isCurrent = ({ id, idleUntilMs, endsAtMs }: Session): boolean =>
    now() < Math.min(idleUntilMs, endsAtMs) && !ended.has(id);
  const write = async (reply: FastifyReply, content: SessionContent): Promise<Session> => {
    cookie.set(reply, await sealSession(key, content));
    return withTimes(content);
  };

  return {
    isCurrent,
    hasCookie: (request) => cookie.read(request) !== undefined,
    async find(request) {
      const sealed = cookie.read(request);
      if (sealed === undefined) return undefined;
      requireSameOrigin(request);
      const content = await unsealSession(key, sealed);
      const session = content && withTimes(content);
      return session !== undefined && isCurrent(session) ? session : undefined;
    },
    start: (reply, credential) =>
      write(reply, { id: randomUUID(), credential, startedAtMs: now(), renewedAtMs: now() }),
    renew: (reply, { id, credential, startedAtMs }) =>
      write(reply, { id, credential, startedAtMs, renewedAtMs: now() }),
    end(reply, session) {
      cookie.clear(reply);
      for (const [id, untilMs] of ended) if (untilMs <= now()) ended.delete(id);
      if (session !== undefined) ended.set(session.id, session.endsAtMs);
    },
  };
}
