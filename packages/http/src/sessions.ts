import { randomBytes, randomUUID } from 'node:crypto';
import cookies, { type CookieSerializeOptions } from '@fastify/cookie';
import { type Static, Type } from '@sinclair/typebox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  createPrivateFile,
  readPrivateFile,
  type ServerVariables,
  type SessionVariables,
} from '@postausgang/configuration';
import { closed, Instant, Line, Nullable, type Scope, scopes, StringEnum } from '@postausgang/contracts';
import { authenticationOf, hasScope, type Principal } from './authentication.ts';
import { serverPlugin } from './plugin.ts';
import { ProblemError } from './problems.ts';
import { NoContent } from './routes.ts';
import {
  everyPiece,
  joinPieces,
  sealSession,
  type SessionContent,
  splitIntoPieces,
  unsealSession,
} from './session-cookie.ts';
import { longestToken } from './tokens.ts';

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses an unsafe request that a browser says comes from another origin, or of which nobody says where it comes
 * from. `SameSite=Strict` keeps the cookie away from other sites already; this also holds against other ports and other
 * hosts of the same site. Every current browser sends `Sec-Fetch-Site`; an older one sends `Origin`.
 */
function requireSameOrigin({ method, headers }: FastifyRequest): void {
  if (safeMethods.has(method) || isSameOrigin(headers)) return;
  throw new ProblemError('cross-site-request', {
    detail: 'A request with a session cookie must come from the settings page itself.',
  });
}

/** Refuses only what a browser says comes from elsewhere: for requests that carry their credentials themselves. */
function refuseOtherOrigins(request: FastifyRequest): void {
  const { headers } = request;
  if (headers['sec-fetch-site'] === undefined && headers.origin === undefined) return;
  requireSameOrigin(request);
}

function isSameOrigin(headers: FastifyRequest['headers']): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin';
  const { origin, host } = headers;
  return origin !== undefined && URL.canParse(origin) && new URL(origin).host === host;
}

/** The file of the session key cannot be used. The message never holds what stands there. */
class SessionKeyFileError extends Error {
  override readonly name = 'SessionKeyFileError';
}

const keySizeBytes = 32;
const form = /^[A-Za-z0-9_-]{43}\n?$/;

/**
 * The key that session cookies are sealed with; made, for its owner only, where there is no file yet. Whoever shares the
 * file shares the sessions; deleting it ends them all at the next start.
 *
 * @throws SessionKeyFileError, PrivateFileError
 */
export async function openSessionKey(path: string): Promise<Uint8Array> {
  const text = (await readPrivateFile(path)) ?? (await makeSessionKey(path));
  if (form.test(text)) return Buffer.from(text.trim(), 'base64url');
  throw new SessionKeyFileError(`${path} does not hold a session key. Remove it, and a new one is made.`);
}

/** The new key, or the one of a process that was faster. */
async function makeSessionKey(path: string): Promise<string> {
  const text = `${randomBytes(keySizeBytes).toString('base64url')}\n`;
  return (await createPrivateFile(path, text)) ? text : ((await readPrivateFile(path)) ?? '');
}

/** A browser takes a cookie for TLS only from a page that came over TLS, or from its own machine. */
function dropsSecureCookies({ headers }: FastifyRequest): boolean {
  const { origin = '' } = headers;
  if (!origin.startsWith('http://') || !URL.canParse(origin)) return false;
  return !/^(localhost|.+\.localhost|127\.[\d.]+|\[::1\])$/.test(new URL(origin).hostname);
}

const detail =
  'BEHIND_PROXY=true means that a proxy speaks TLS, but the page was opened over plain http: the browser would drop ' +
  'the session cookie. Open the page over https, or have the proxy redirect to it.';

/** Where it is kept that somebody has signed out. */
export interface SessionEndings {
  has(sessionId: string): boolean;
  /** Resolves when every process that shares the sessions will know, also after a restart. May throw a problem. */
  add(sessionId: string, endsAtMs: number): Promise<void>;
}

interface SessionOptions {
  /** Default: in this process only. */
  readonly endings?: SessionEndings | undefined;
  /** 32 bytes, the same for all processes that share sessions; see `openSessionKey`. */
  readonly key: Uint8Array;
  /** The cookie travels over TLS only. */
  readonly secure: boolean;
  /** The path that the cookie is for. Default: the root. */
  readonly basePath?: string;
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

interface StartOptions {
  /** The request comes from a link of another site, so it does not show the cookies of an earlier session. They have to go. */
  readonly isFromElsewhere?: boolean;
}

/** Sessions of people with a browser, sealed into a cookie: nothing is kept here, so they outlive a restart. */
export interface Sessions {
  /** The session of a request's cookie; undefined without one that counts. Throws `cross-site-request`. */
  find(request: FastifyRequest): Promise<Session | undefined>;
  hasCookie(request: FastifyRequest): boolean;
  isCurrent(session: Session): boolean;
  /** Throws `session-needs-https` where the browser would drop the cookie without a word. */
  start(reply: FastifyReply, credential: string, options?: StartOptions): Promise<Session>;
  renew(reply: FastifyReply, session: Session): Promise<Session>;
  /** Takes the cookie away, and no longer accepts it should somebody have kept it: here at once, then anywhere. */
  end(reply: FastifyReply, session: Session | undefined): Promise<void>;
}

export function createSessions(options: SessionOptions): Sessions {
  const { key, secure, basePath = '', idleMs, longestMs, endings, now = Date.now } = options;
  // Behind TLS the name says that no connection without TLS and, at the root, no other host of the domain can have set it.
  const prefix = basePath === '' ? '__Host-' : '__Secure-';
  const cookieName = `${secure ? prefix : ''}postausgang-session`;
  const path = basePath === '' ? '/' : basePath;
  const attributes: CookieSerializeOptions = { path, httpOnly: true, sameSite: 'strict', secure };
  const ended = new Map<string, number>();

  const withTimes = (content: SessionContent): Session => ({
    ...content,
    idleUntilMs: content.renewedAtMs + idleMs,
    endsAtMs: content.startedAtMs + longestMs,
  });
  const isCurrent = ({ id, idleUntilMs, endsAtMs }: Session): boolean =>
    now() < Math.min(idleUntilMs, endsAtMs) && !ended.has(id) && endings?.has(id) !== true;
  const jarOf = ({ server, headers }: FastifyRequest) => server.parseCookie(headers.cookie ?? '');
  const read = (request: FastifyRequest): string | undefined => joinPieces(cookieName, jarOf(request));
  const setCookies = (
    reply: FastifyReply,
    sealed: string,
    { isFromElsewhere = false }: StartOptions = {},
  ) => {
    const jar = isFromElsewhere ? everyPiece(cookieName) : jarOf(reply.request);
    for (const [name, value] of splitIntoPieces(cookieName, sealed, jar)) {
      if (value === undefined) reply.clearCookie(name, attributes);
      else reply.setCookie(name, value, attributes);
    }
  };
  const write = async (reply: FastifyReply, content: SessionContent, options?: StartOptions) => {
    setCookies(reply, await sealSession(key, content), options);
    return withTimes(content);
  };

  return {
    isCurrent,
    hasCookie: (request) => read(request) !== undefined,
    async find(request) {
      const sealed = read(request);
      if (sealed === undefined) return undefined;
      requireSameOrigin(request);
      const content = await unsealSession(key, sealed);
      const session = content && withTimes(content);
      return session !== undefined && isCurrent(session) ? session : undefined;
    },
    async start(reply, credential, options) {
      if (secure && dropsSecureCookies(reply.request))
        throw new ProblemError('session-needs-https', { detail });
      const content = { id: randomUUID(), credential, startedAtMs: now(), renewedAtMs: now() };
      return write(reply, content, options);
    },
    renew: (reply, { id, credential, startedAtMs }) =>
      write(reply, { id, credential, startedAtMs, renewedAtMs: now() }),
    async end(reply, session) {
      setCookies(reply, '');
      for (const [id, untilMs] of ended) if (untilMs <= now()) ended.delete(id);
      if (session === undefined) return;
      ended.set(session.id, session.endsAtMs);
      await endings?.add(session.id, session.endsAtMs);
    },
  };
}

/** Sessions as the variables want them. */
export function sessionsOf(
  { BEHIND_PROXY: secure, BASE_PATH: basePath, ...times }: ServerVariables & SessionVariables,
  key: Uint8Array,
  endings: SessionEndings,
): Sessions {
  return createSessions({
    key,
    secure,
    endings,
    basePath,
    idleMs: times.SESSION_IDLE_MINUTES * 60_000,
    longestMs: times.SESSION_HOURS * 3_600_000,
  });
}

const SignInSchema = Type.Object(
  {
    credential: Line(longestToken, {
      minLength: 1,
      writeOnly: true,
      description: 'An API key, or an access token of the identity provider',
    }),
  },
  { ...closed, $id: 'SignIn' },
);

const SessionSchema = Type.Object(
  {
    kind: StringEnum(['api-key', 'token']),
    id: Type.String(),
    name: Type.String(),
    scopes: Type.Array(StringEnum(scopes), {
      description: 'What the caller is allowed to do. admin is expanded to all scopes',
    }),
    session: Nullable(
      Type.Object({
        startedAt: Instant(),
        idleUntil: Instant({ description: 'The session ends at this time unless it is read before' }),
        endsAt: Instant({ description: 'The session ends at this time in any case' }),
      }),
      { description: 'null: the request was authenticated by a header' },
    ),
  },
  { $id: 'Session' },
);
type SessionView = Static<typeof SessionSchema>;

const instant = (ms: number): string => new Date(ms).toISOString();

function viewOf(principal: Principal, session: Session | undefined): SessionView {
  const { kind, id, name, expiresAtMs = Number.POSITIVE_INFINITY } = principal;
  const held: Scope[] = scopes.filter((scope) => hasScope(principal, scope));
  if (session === undefined) return { kind, id, name, scopes: held, session: null };
  const endsAtMs = Math.min(session.endsAtMs, expiresAtMs);
  const times = {
    startedAt: instant(session.startedAtMs),
    idleUntil: instant(Math.min(session.idleUntilMs, endsAtMs)),
    endsAt: instant(endsAtMs),
  };
  return { kind, id, name, scopes: held, session: times };
}

const tags = ['session'];

const startSchema = {
  operationId: 'startSession',
  summary: 'Sign in with an API key or a token, and get a session cookie',
  description: 'For browsers. Programs send their key with each request and do not need a session.',
  tags,
  body: { ...SignInSchema, examples: [{ credential: 'the key in admin.key' }] },
  response: { 200: SessionSchema },
};
const getSchema = {
  operationId: 'getSession',
  summary: 'Get the caller and its scopes',
  description: 'Reading renews a session. A session that is not read for some time ends.',
  tags,
  response: { 200: SessionSchema },
};
const SignedOutSchema = Type.Object({
  continueAt: Type.String({ description: 'Where the browser signs out of the identity provider as well' }),
});
const endSchema = {
  operationId: 'endSession',
  summary: 'Sign out',
  tags,
  response: { 200: SignedOutSchema, 204: NoContent('The session has ended') },
};

/** What another way to sign in means for sessions. */
export interface SignInRules {
  /** A key starts a session only if it may administer; nothing else does. */
  readonly onlyAdministratorKeys: boolean;
  /** Where a browser goes after the sign-out of a session with this credential; undefined where it stays. */
  endAddressOf(request: FastifyRequest, credential: string): Promise<string | undefined>;
}

function refuseOrdinaryKeys({ kind, scopes: held }: Principal): void {
  if (kind !== 'api-key' || !held.has('admin')) throw new ProblemError('sign-in-account-only');
}

const startConfig = {
  scopes: 'public',
  problems: [
    'unauthenticated',
    'rate-limited',
    'request-invalid',
    'cross-site-request',
    'session-needs-https',
    'sign-in-account-only',
    'identity-provider-unavailable',
  ],
} as const;
const endConfig = {
  scopes: 'public',
  problems: ['cross-site-request', 'outcome-unknown', 'overloaded', 'log-unavailable', 'log-full'],
} as const;

/** The session cookie, and the routes to sign in and out. */
export const sessionRoutes = serverPlugin<{
  readonly sessions: Sessions;
  readonly rules: SignInRules | undefined;
}>('sessions', ['authentication'], async (app, { sessions, rules }) => {
  // Only where a request has no header its cookie is read.
  await app.register(cookies, { hook: false });

  const startOptions = { schema: startSchema, config: startConfig, bodyLimit: 2 * longestToken };
  app.post('/v1/session', startOptions, async (request, reply) => {
    refuseOtherOrigins(request);
    const { credential } = request.body;
    const principal = await app.checkCredential(request, credential);
    if (rules?.onlyAdministratorKeys === true) refuseOrdinaryKeys(principal);
    return viewOf(principal, await sessions.start(reply, credential));
  });

  app.get('/v1/session', { schema: getSchema, config: { scopes: [] } }, async (request, reply) => {
    const { principal, session } = authenticationOf(request);
    return viewOf(principal, session && (await sessions.renew(reply, session)));
  });

  app.delete('/v1/session', { schema: endSchema, config: endConfig }, async (request, reply) => {
    const session = await sessions.find(request);
    await sessions.end(reply, session);
    const continueAt = session && (await rules?.endAddressOf(request, session.credential));
    return continueAt === undefined ? reply.code(204).send() : reply.code(200).send({ continueAt });
  });
});
