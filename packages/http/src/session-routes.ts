import { type Static, Type } from '@sinclair/typebox';
import type { ServerVariables, SessionVariables } from '@postausgang/configuration';
import { closed, Instant, Line, Nullable, type Scope, scopes, StringEnum } from '@postausgang/contracts';
import { authenticationOf, hasScope, type Principal, type RequestAuthentication } from './authentication.ts';
import { NoContent } from './routes.ts';
import type { HttpServer } from './server-type.ts';
import {
  createSessions,
  openSessionKey,
  refuseOtherOrigins,
  type Session,
  type Sessions,
} from './sessions.ts';

/** Sessions as the variables want them, under the key in the file. Throws SessionKeyFileError. */
export async function openSessions(
  { BEHIND_PROXY: secure, SESSION_IDLE_MINUTES, SESSION_HOURS }: ServerVariables & SessionVariables,
  keyFile: string,
): Promise<Sessions> {
  return createSessions({
    key: await openSessionKey(keyFile),
    secure,
    idleMs: SESSION_IDLE_MINUTES * 60_000,
    longestMs: SESSION_HOURS * 3_600_000,
  });
}

/** A cookie holds 4096 bytes, sealing adds a third. */
const longestCredential = 2800;

const SignInSchema = Type.Object(
  {
    credential: Line(longestCredential, {
      minLength: 1,
      writeOnly: true,
      description: 'An API key, or an access token of the identity provider',
    }),
  },
  closed,
);

const SessionSchema = Type.Object({
  kind: StringEnum(['api-key', 'token']),
  id: Type.String(),
  name: Type.String(),
  scopes: Type.Array(StringEnum(scopes), { description: 'What one may do; admin is resolved into all' }),
  session: Nullable(
    Type.Object({
      startedAt: Instant(),
      idleUntil: Instant({ description: 'Ends then, unless it is read again before' }),
      endsAt: Instant({ description: 'Ends then in any case' }),
    }),
    { description: 'null: this request came with a header' },
  ),
});
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
  summary: 'Sign in: exchange an API key or a token for a session cookie',
  description: 'For browsers. Programs send their key with each request and need no session.',
  tags,
  body: SignInSchema,
  response: { 200: SessionSchema },
};
const getSchema = {
  operationId: 'getSession',
  summary: 'Who I am and what I may do',
  description: 'Reading it renews a session: it ends when it was not read for some time.',
  tags,
  response: { 200: SessionSchema },
};
const endSchema = {
  operationId: 'endSession',
  summary: 'Sign out',
  tags,
  response: { 204: NoContent('The session has ended') },
};

/** Signing in and out. */
export function addSessionRoutes(
  app: HttpServer,
  sessions: Sessions,
  { check }: RequestAuthentication,
): void {
  const startConfig = {
    scopes: 'public',
    problems: [
      'unauthenticated',
      'rate-limited',
      'request-invalid',
      'cross-site-request',
      'identity-provider-unavailable',
    ],
  } as const;
  const startOptions = { schema: startSchema, config: startConfig, bodyLimit: 8 * 1024 };
  app.post('/v1/session', startOptions, async (request, reply) => {
    refuseOtherOrigins(request);
    const { credential } = request.body;
    const principal = await check(request, credential);
    return viewOf(principal, await sessions.start(reply, credential));
  });

  app.get('/v1/session', { schema: getSchema, config: { scopes: [] } }, async (request, reply) => {
    const { principal, session } = authenticationOf(request);
    return viewOf(principal, session && (await sessions.renew(reply, session)));
  });

  const endConfig = { scopes: 'public', problems: ['cross-site-request'] } as const;
  app.delete('/v1/session', { schema: endSchema, config: endConfig }, async (request, reply) => {
    sessions.end(reply, await sessions.find(request));
    return reply.code(204).send();
  });
}
