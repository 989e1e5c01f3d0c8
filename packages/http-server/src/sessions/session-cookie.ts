import type { FastifyReply, FastifyRequest } from 'fastify';

export interface SessionCookie {
  readonly read: (request: FastifyRequest) => string | undefined;
  readonly set: (reply: FastifyReply, value: string) => void;
  readonly clear: (reply: FastifyReply) => void;
}

/**
 * The cookie: out of reach of scripts, never sent along from another site, gone with the browser's session. Behind TLS
 * its name says `__Host-`, so no other host of the domain and no connection without TLS can set it.
 */
export function createSessionCookie(secure: boolean): SessionCookie {
  const name = secure ? '__Host-postausgang-session' : 'postausgang-session';
  const attributes = `Path=/; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`;
  return {
    read({ headers }) {
      const pairs = (headers.cookie ?? '').split(';').map((pair) => pair.trim());
      const found = pairs.find((pair) => pair.startsWith(`${name}=`));
      return found?.slice(name.length + 1);
    },
    set: (reply, value) => void reply.header('set-cookie', `${name}=${value}; ${attributes}`),
    clear: (reply) => void reply.header('set-cookie', `${name}=; Max-Age=0; ${attributes}`),
  };
}
