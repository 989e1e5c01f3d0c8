import type { Readable } from 'node:stream';
import { Type } from '@sinclair/typebox';
import { closed, Instant, productVersion } from '@postausgang/contracts';
import {
  authenticationOf,
  hasScope,
  type HttpPlugin,
  type HttpServer,
  type Principal,
  ProblemError,
  withHeaders,
} from '@postausgang/http';
import type { RouteContext } from '../config-api.ts';
import {
  ofRequester,
  openEventStream,
  parsePosition,
  type StreamTopic,
  topicScopes,
} from '../event-stream.ts';

const maxStreams = 200;
const maxStreamsPerPrincipal = 30;

const position = Type.String({ maxLength: 2000, description: 'ID of the last event that was read' });

const StreamSchema = Type.Unsafe<Readable>({ type: 'string' });

const schema = {
  operationId: 'streamEvents',
  summary: 'Stream live events (server-sent events)',
  description:
    'Events are visible by scope: settings and mailers with `settings:read`, connection tests and their steps with ' +
    '`connection:test`, own mails with `mail:read`, all mails with `mail:read:all`. The names are the event ' +
    'types without prefix and version ' +
    '(`settings-changed`); the data is `{"time": …, "data": …}`. `Last-Event-ID` resumes after the given event. The first ' +
    'event is `ready`, or `reset` if events may have been missed.',
  tags: ['events'],
  headers: Type.Object({ 'last-event-id': Type.Optional(position) }),
  querystring: Type.Object(
    {
      lastEventId: Type.Optional({
        ...position,
        description: 'Same as the header, for clients that cannot set headers',
      }),
    },
    closed,
  ),
  response: { 200: { description: 'Events', content: { 'text/event-stream': { schema: StreamSchema } } } },
};

/** What support wants to know first. All of it is answered elsewhere too, without secrets, mail and addresses of recipients. */
const bundled: Readonly<Record<string, string>> = {
  health: '/health/ready',
  environment: '/v1/environment',
  sendingMode: '/v1/environment/sending-mode',
  outgoingServer: '/v1/outgoing-servers/default',
  history: '/v1/outgoing-servers/default/history?limit=20',
  applyStatus: '/v1/outgoing-servers/default/apply-status',
  exchangeConnections: '/v1/exchange-connections',
  credentials: '/v1/credentials',
  queue: '/v1/queue',
  statistics: '/v1/statistics',
  metrics: '/metrics',
};

const PartSchema = Type.Object({
  status: Type.Integer({ description: 'Of the answer at the path' }),
  body: Type.Unknown({ description: 'The answer; metrics as text' }),
});
const bundleHeaders = { 'content-disposition': Type.String({ description: 'A name for the file' }) };

const bundleSchema = {
  operationId: 'getSupportBundle',
  summary: 'Get what support needs to know, without secrets',
  description:
    'Health, settings, their last changes, what the mailers have applied, the queue, statistics and metrics in one file. ' +
    'It contains no passwords, keys or mail. It contains host names, user names and senders: look at it before you pass it on.',
  tags: ['events'],
  response: {
    200: withHeaders(
      Type.Object({
        createdAt: Instant(),
        version: Type.String({ description: 'The release' }),
        node: Type.String({ description: 'The release of Node.js' }),
        platform: Type.String({ examples: ['linux x64'] }),
        uptimeSeconds: Type.Integer(),
        parts: Type.Record(Type.String(), PartSchema),
      }),
      bundleHeaders,
    ),
  },
};

/** Asks this service as the caller would. */
async function partsFor(app: HttpServer, credential: string) {
  const headers = { authorization: `Bearer ${credential}`, host: 'localhost' };
  const parts = await Promise.all(
    Object.entries(bundled).map(async ([name, url]) => {
      const { statusCode: status, payload } = await app.inject({ url: `${app.basePath}${url}`, headers });
      const body: unknown = payload.startsWith('{') ? JSON.parse(payload) : payload;
      return [name, { status, body }] as const;
    }),
  );
  return Object.fromEntries(parts);
}

/** A file of what one needs to know of a service, for whoever helps from afar. */
export const supportRoutes: HttpPlugin<Pick<RouteContext, 'now'>> = async (app, { now }) => {
  app.get(
    '/support-bundle',
    { schema: bundleSchema, config: { scopes: ['admin'] } },
    async (request, reply) => {
      const createdAt = now().toISOString();
      const parts = await partsFor(app, authenticationOf(request).credential);
      const day = createdAt.slice(0, 10);
      reply.header('content-disposition', `attachment; filename="postausgang-support-${day}.json"`);
      return reply.send({
        createdAt,
        version: productVersion,
        node: process.version,
        platform: `${process.platform} ${process.arch}`,
        uptimeSeconds: Math.round(process.uptime()),
        parts,
      });
    },
  );
};

/** Watching. */
export const eventRoutes: HttpPlugin<RouteContext> = async (app, context) => {
  const open = new Map<string, number>();
  const config = { scopes: [], problems: ['log-unavailable'] } as const;
  app.get('/events', { schema, config }, async (request, reply) => {
    const { principal, headers, query } = request;
    const topics = topicsFor(principal);
    if (topics.length === 0)
      throw new ProblemError('forbidden', { detail: 'None of your scopes includes events.' });
    const leave = enter(open, principal.id);
    const from = parsePosition(headers['last-event-id'] ?? query.lastEventId ?? '');
    const isStillAllowed = (): Promise<boolean> => request.isStillAuthenticated();
    try {
      const body = await openEventStream(context.eventStream, {
        topics,
        from,
        isVisible: hasScope(principal, 'mail:read:all') ? () => true : ofRequester(principal),
        isStillAllowed,
      });
      body.once('close', leave);
      return await reply
        .type('text/event-stream; charset=utf-8')
        .headers({
          'cache-control': 'no-store, no-transform',
          'x-accel-buffering': 'no',
          // Kept for another request afterwards, it would hold up a stop of the server.
          connection: 'close',
        })
        .send(body);
    } catch {
      leave();
      throw new ProblemError('log-unavailable', { detail: 'The log could not be followed.' });
    }
  });
};

function topicsFor(principal: Principal): readonly StreamTopic[] {
  const names = Object.keys(topicScopes) as StreamTopic[];
  return names.filter((name) => hasScope(principal, topicScopes[name]));
}

/** Counts a reader in; the result counts it out, once. */
function enter(open: Map<string, number>, principalId: string): () => void {
  const own = open.get(principalId) ?? 0;
  const all = open.values().reduce((sum, count) => sum + count, 0);
  if (own >= maxStreamsPerPrincipal || all >= maxStreams) {
    throw new ProblemError('rate-limited', {
      detail: 'There are too many event streams.',
      headers: { 'retry-after': '30' },
    });
  }
  open.set(principalId, own + 1);
  let isIn = true;
  return () => {
    const left = (open.get(principalId) ?? 1) - 1;
    if (isIn && left === 0) open.delete(principalId);
    else if (isIn) open.set(principalId, left);
    isIn = false;
  };
}
