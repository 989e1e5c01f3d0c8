import {
  ConnectionTestListSchema,
  ConnectionTestRequestSchema,
  ConnectionTestSchema,
} from '@postausgang/contracts';
import type { ConnectionTest, ConnectionTestRequest } from '@postausgang/contracts';
import {
  type HttpServer,
  parsePrefer,
  preferenceApplied,
  type Principal,
  ProblemError,
} from '@postausgang/http-server';
import { outgoingServerKind, referencesOf, sealPlan } from '@postausgang/settings';
import { Type } from '@sinclair/typebox';
import { planConnectionTest } from '../connection-tests/plan-connection-test.ts';
import { actorOf } from '../settings/actor.ts';
import { connectionTestExamples } from './examples.ts';
import { pageRequest, withCursor } from './page.ts';
import type { RouteContext } from './route-context.ts';
import {
  appendProblems,
  idParams,
  locationHeader,
  PageQuerySchema,
  withExamples,
  withHeaders,
} from './schemas.ts';
import { outgoingServerResource } from './outgoing-server-routes.ts';
import { found, requireExisting } from './versioned-resource.ts';

const tags = ['connection tests'];
const path = '/outgoing-servers/:id/connection-tests';
const params = idParams(outgoingServerResource.title, outgoingServerResource.exampleId);
const scopes = ['connection:test'] as const;

const startSchema = {
  operationId: 'startConnectionTest',
  summary: 'Test the connection to the mail server, step by step',
  description:
    'Tests the saved settings, or a draft as a merge patch over them, with the code that sends. A password in the ' +
    'draft is sealed for the server of the draft and is not saved; `connection:test` is enough for it. `probe.to` ' +
    'sends one real mail. At most 10 tests per minute.',
  tags,
  params,
  headers: Type.Object({
    prefer: Type.Optional(
      Type.String({
        description: 'wait=30: answer with the result if there is one in time',
        examples: ['wait=30'],
      }),
    ),
  }),
  body: withExamples(ConnectionTestRequestSchema, ...connectionTestExamples),
  response: {
    200: withHeaders(ConnectionTestSchema, { 'Preference-Applied': Type.String() }),
    202: withHeaders(ConnectionTestSchema, locationHeader),
  },
};

const listSchema = {
  operationId: 'listConnectionTests',
  summary: 'The connection tests, newest first',
  tags,
  params,
  querystring: PageQuerySchema,
  response: { 200: ConnectionTestListSchema },
};

const getSchema = {
  operationId: 'getConnectionTest',
  summary: 'A connection test with its steps',
  tags,
  params: Type.Object({ ...params.properties, testId: Type.String() }),
  response: { 200: ConnectionTestSchema },
};

/** Testing the connection. */
export function addConnectionTestRoutes(app: HttpServer, context: RouteContext): void {
  const { connectionTests, closing } = context;

  const startConfig = {
    scopes,
    problems: ['not-found', 'settings-invalid', 'no-mailer', 'rate-limited', ...appendProblems],
    optionalBody: true,
  } as const;
  const startOptions = { schema: startSchema, config: startConfig, bodyLimit: 64 * 1024 };
  app.post(path, startOptions, async ({ params: of, body, headers, principal }, reply) => {
    const test = await start(context, of.id, body, principal);
    const { waitSeconds = 0, respondAsync } = parsePrefer(headers.prefer);
    const limits = { timeoutMs: respondAsync ? 0 : waitSeconds * 1000, signal: closing };
    const finished = limits.timeoutMs > 0 ? await connectionTests.untilFinished(test.id, limits) : undefined;
    const honored = preferenceApplied(finished === undefined ? { respondAsync } : { waitSeconds });
    if (honored !== undefined) reply.header('preference-applied', honored);
    if (finished !== undefined) return finished;
    return reply.code(202).header('location', locationOf(of.id, test.id)).send(test);
  });

  const readConfig = { scopes, problems: ['not-found'] } as const;
  app.get(path, { schema: listSchema, config: readConfig }, async ({ params: of, query }) => {
    requireExisting(context, outgoingServerResource, of.id);
    return withCursor(connectionTests.list(pageRequest(query)));
  });

  app.get(`${path}/:testId`, { schema: getSchema, config: readConfig }, async ({ params: of }) => {
    requireExisting(context, outgoingServerResource, of.id);
    return found(connectionTests.find(of.testId), 'There is no such connection test.');
  });
}

async function start(
  context: RouteContext,
  serverId: string,
  request: ConnectionTestRequest,
  principal: Principal,
): Promise<ConnectionTest> {
  const { mailers, connectionTests, seal, now, newId, store } = context;
  const { resource, version, content } = requireExisting(context, outgoingServerResource, serverId);
  const planned = planConnectionTest(request, { resource, content }, referencesOf(store.state));
  if (!planned.ok) throw new ProblemError('settings-invalid', { findings: planned.findings });
  if (!mailers.isAnyLive()) throw new ProblemError('no-mailer', { detail: 'No mailer is running.' });
  requireRate(context, principal);
  return connectionTests.request({
    testId: newId(),
    resource,
    settingsVersion: version,
    draft: request.draft !== undefined,
    content: await sealPlan(planned.plan, outgoingServerKind, now().toISOString(), seal),
    probeTo: request.probe?.to ?? null,
    actor: actorOf(principal),
  });
}

function requireRate({ connectionTestLimiter }: RouteContext, { id }: Principal): void {
  const retryAfterSeconds = connectionTestLimiter.take(id);
  if (retryAfterSeconds === undefined) return;
  throw new ProblemError('rate-limited', {
    detail: 'Too many connection tests.',
    headers: { 'retry-after': `${retryAfterSeconds}` },
  });
}

function locationOf(serverId: string, testId: string): string {
  return `/v1${path.replace(':id', serverId)}/${testId}`;
}
