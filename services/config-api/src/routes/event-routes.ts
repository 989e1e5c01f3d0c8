import type { Readable } from 'node:stream';
import { Type } from '@sinclair/typebox';
import { closed } from '@postausgang/contracts';
import { hasScope, type HttpPlugin, type Principal, ProblemError } from '@postausgang/http';
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
