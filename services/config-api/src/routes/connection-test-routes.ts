import { type TSchema, Type } from '@sinclair/typebox';
import {
  type ConnectionTest,
  ConnectionTestListSchema,
  type ConnectionTestRequest,
  ConnectionTestRequestSchema,
  ConnectionTestSchema,
  type ExchangeConnectionTestRequest,
  ExchangeConnectionTestRequestSchema,
  finding,
} from '@postausgang/contracts';
import {
  hasScope,
  type HttpPlugin,
  type HttpReply,
  type HttpServer,
  parsePrefer,
  preferenceApplied,
  type Principal,
  ProblemError,
  requireScopes,
  withHeaders,
} from '@postausgang/http';
import {
  allowedSendersText,
  allowsRecipient,
  defaultServerOf,
  maySendAs,
  type ResourceState,
} from '@postausgang/settings';
import type { RouteContext } from '../config-api.ts';
import { testedConnection, type TestedContent, testedServer } from '../connection-tests.ts';
import { actorOf } from '../settings/changes.ts';
import { appendProblems, found, requireExisting, type VersionedResource } from './resource-change.ts';
import {
  idParams,
  locationHeader,
  PageQuerySchema,
  pageRequest,
  withCursor,
  withExamples,
} from './schemas.ts';
import { exchangeConnectionResource, outgoingServerResource } from './settings-routes.ts';

const tags = ['connection tests'];
const scopes = ['connection:test'] as const;

const connectionTestExamples = [
  {},
  { draft: { smtp: { hostname: 'mail2.acme.example' } } },
  { probe: { to: 'me@acme.example' } },
];

const exchangeTestExamples = [
  {},
  { draft: { protocol: 'smtp-oauth' } },
  { probe: { to: 'me@acme.example', from: 'invoices@acme.example' } },
];

type TestRequest = ConnectionTestRequest | ExchangeConnectionTestRequest;

/** A kind of resource that can be tested. */
interface TestedKind<Content, Put, Patch, Request extends TestRequest> {
  readonly kind: VersionedResource<Content, Put, Patch>;
  /** In operation ids: `startConnectionTest`, `startExchangeConnectionTest`. */
  readonly noun: string;
  readonly summary: string;
  readonly body: TSchema;
  readonly contentOf: (
    context: RouteContext,
    state: ResourceState<Content>,
    request: Request,
    principal: Principal,
  ) => Promise<TestedContent>;
}

/** Testing the outgoing server, and Exchange connections by themselves. */
export const connectionTestRoutes: HttpPlugin<RouteContext> = async (app, context) => {
  addTestRoutes(app, context, {
    kind: outgoingServerResource,
    noun: 'ConnectionTest',
    summary: 'Test the connection to the mail server step by step',
    body: withExamples(ConnectionTestRequestSchema, ...connectionTestExamples),
    contentOf: (routes, state, request: ConnectionTestRequest, principal) =>
      testedServer(routes, state, request, mayGrant(principal)),
  });
  addTestRoutes(app, context, {
    kind: exchangeConnectionResource,
    noun: 'ExchangeConnectionTest',
    summary: 'Test an Exchange connection step by step: token, mailbox, test mail',
    body: withExamples(ExchangeConnectionTestRequestSchema, ...exchangeTestExamples),
    contentOf(routes, { resource, content }, request: ExchangeConnectionTestRequest, principal) {
      if (content === null) throw new ProblemError('not-found');
      return testedConnection(routes, { resource, content }, request, mayGrant(principal));
    },
  });
};

const mayGrant = (principal: Principal): boolean => hasScope(principal, 'secrets:write');

function addTestRoutes<Content, Put, Patch, Request extends TestRequest>(
  app: HttpServer,
  context: RouteContext,
  tested: TestedKind<Content, Put, Patch, Request>,
): void {
  addStartRoute(app, context, tested);
  addReadRoutes(app, context, tested);
}

const pathOf = ({ path }: { readonly path: string }): string => `${path}/:id/connection-tests`;

/** Of a request that starts a test or a check. */
export function waitHeaders(what: 'test' | 'check') {
  const description = `wait=30: answer with the result if the ${what} finishes in 30 s`;
  return Type.Object({ prefer: Type.Optional(Type.String({ description, examples: ['wait=30'] })) });
}

const startDescription =
  'Tests the saved settings, or a draft (a merge patch on them), with the code that sends mail. A secret in the draft ' +
  'is sealed for the destination of the draft and is not saved; the scope `connection:test` is sufficient. A certificate ' +
  'or the Kerberos identity of the service is used only where somebody with `secrets:write` has allowed it. ' +
  'An SMTP server is also asked (RCPT) whether it takes mail for `outsideAddress`; a server that does not relay fails the ' +
  'test, and a refusal of that one address is a `warning`. `probe.to` sends one real mail the way of every mail, with ' +
  'copies and S/MIME, from `probe.from` if given, and also needs `mail:send`. It counts towards the quotas of the key; ' +
  'beyond them the step `probe` fails with `key-quota-reached`. At most 10 tests per minute.';

const startConfig = {
  scopes,
  problems: [
    'not-found',
    'sender-not-allowed',
    'recipient-not-allowed',
    'settings-invalid',
    'no-mailer',
    'rate-limited',
    ...appendProblems,
  ],
  optionalBody: true,
} as const;

function addStartRoute<Content, Put, Patch, Request extends TestRequest>(
  app: HttpServer,
  context: RouteContext,
  tested: TestedKind<Content, Put, Patch, Request>,
): void {
  const { connectionTests, closing } = context;
  const { kind, noun, summary, body: bodySchema } = tested;
  const path = pathOf(kind);
  const schema = {
    operationId: `start${noun}`,
    summary,
    description: startDescription,
    tags,
    params: idParams(kind.title, kind.exampleId),
    headers: waitHeaders('test'),
    body: bodySchema,
    response: {
      200: withHeaders(ConnectionTestSchema, { 'Preference-Applied': Type.String() }),
      202: withHeaders(ConnectionTestSchema, locationHeader),
    },
  };
  const options = { schema, config: startConfig, bodyLimit: 64 * 1024 };
  app.post(path, options, async ({ params: { id }, body, headers, principal }, reply) => {
    // The schema of the route is the one of the kind.
    const request = body as Request;
    if (request.probe !== undefined) requireProbe(principal, request.probe.to);
    const test = await start(context, tested, id, request, principal);
    return answerFinished(reply, headers, {
      begun: test,
      location: `/v1${path.replace(':id', id)}/${test.id}`,
      untilFinished: (timeoutMs) => connectionTests.untilFinished(test, { timeoutMs, signal: closing }),
    });
  });
}

function addReadRoutes<Content, Put, Patch, Request extends TestRequest>(
  app: HttpServer,
  context: RouteContext,
  { kind, noun }: TestedKind<Content, Put, Patch, Request>,
): void {
  const { connectionTests } = context;
  const path = pathOf(kind);
  const params = idParams(kind.title, kind.exampleId);
  const config = { scopes, problems: ['not-found'] } as const;
  const resourceOf = (id: string): string => requireExisting(context, kind, id).resource;

  const listSchema = {
    operationId: `list${noun}s`,
    summary: 'List the connection tests, newest first',
    tags,
    params,
    querystring: PageQuerySchema,
    response: { 200: ConnectionTestListSchema },
  };
  app.get(path, { schema: listSchema, config }, async ({ params: { id }, query }) =>
    withCursor(connectionTests.list(resourceOf(id), pageRequest(query))),
  );

  const getSchema = {
    operationId: `get${noun}`,
    summary: 'Get a connection test with its steps',
    tags,
    params: Type.Object({
      ...params.properties,
      testId: Type.String({ examples: ['8d5c3b1a-6f0e-4d7e-9a53-0c1f7f0e2b11'] }),
    }),
    response: { 200: ConnectionTestSchema },
  };
  app.get(`${path}/:testId`, { schema: getSchema, config }, async ({ params: { id, testId } }) =>
    found(connectionTests.find(resourceOf(id), testId), 'This connection test does not exist.'),
  );
}

async function start<Content, Put, Patch, Request extends TestRequest>(
  context: RouteContext,
  { kind, contentOf }: TestedKind<Content, Put, Patch, Request>,
  id: string,
  request: Request,
  principal: Principal,
): Promise<ConnectionTest> {
  const { mailers, connectionTests, newId } = context;
  const state = requireExisting(context, kind, id);
  const content = await contentOf(context, state, request, principal);
  if (request.probe !== undefined) requireProbeSender(context, principal, content, request);
  if (!mailers.isAnyLive()) throw new ProblemError('no-mailer', { detail: 'No mailer is running.' });
  requireTestRate(context, principal);
  const { probe, outsideAddress } = request;
  return connectionTests.request({
    testId: newId(),
    resource: state.resource,
    settingsVersion: state.version,
    draft: request.draft !== undefined,
    ...content,
    probeTo: probe?.to ?? null,
    ...(probe?.from === undefined ? {} : { probeFrom: probe.from }),
    ...(outsideAddress === undefined ? {} : { outsideAddress }),
    actor: actorOf(principal),
  });
}

/** A probe is a real mail. */
function requireProbe(principal: Principal, to: string): void {
  requireScopes(principal, ['mail:send']);
  const { permissions } = principal;
  if (permissions === undefined || allowsRecipient(permissions, to)) return;
  throw new ProblemError('recipient-not-allowed', {
    detail: `This API key may send to ${permissions.recipientDomains?.join(', ')}.`,
    findings: [finding('/probe/to', 'domain-not-allowed')],
  });
}

/**
 * The sender of a probe comes under the rules for mail. Whoever may change the settings may also try out others; for
 * everybody else the saved ones count, whatever a draft says.
 */
function requireProbeSender(
  { store }: RouteContext,
  principal: Principal,
  { content }: TestedContent,
  { draft, probe }: TestRequest,
): void {
  const saved = defaultServerOf(store.state).content;
  const isTrusted = draft === undefined || hasScope(principal, 'settings:write');
  const defaultSender = isTrusted ? content.senderAddress : saved.senderAddress;
  const changesPolicy = isTrusted && draft !== undefined && 'fromPolicy' in draft;
  const policy = (changesPolicy ? content.fromPolicy : undefined) ?? saved.fromPolicy;
  const address = probe?.from ?? content.senderAddress?.address;
  const rules = { policy, defaultSender, senders: store.state.senders };
  const limits = principal.permissions ?? {};
  if (address === undefined || maySendAs(address, rules, limits)) return;
  throw new ProblemError('sender-not-allowed', {
    detail: allowedSendersText(rules, limits),
    findings: [
      finding(probe?.from === undefined ? '/draft/senderAddress' : '/probe/from', 'sender-not-allowed'),
    ],
  });
}

interface Begun<Result> {
  readonly begun: Result;
  /** Where it can be read. */
  readonly location: string;
  /** Undefined: it takes longer. */
  readonly untilFinished: (timeoutMs: number) => Promise<Result | undefined>;
}

/** Answers with what has finished if somebody waits for it, otherwise with where it can be read. */
export async function answerFinished<Result>(
  reply: HttpReply,
  { prefer }: { readonly prefer?: string },
  { begun, location, untilFinished }: Begun<Result>,
): Promise<HttpReply> {
  const { waitSeconds = 0, respondAsync } = parsePrefer(prefer);
  const timeoutMs = respondAsync ? 0 : waitSeconds * 1000;
  const finished = timeoutMs > 0 ? await untilFinished(timeoutMs) : undefined;
  const honored = preferenceApplied(finished === undefined ? { respondAsync } : { waitSeconds });
  if (honored !== undefined) reply.header('preference-applied', honored);
  if (finished !== undefined) return reply.send(finished);
  return reply.code(202).header('location', location).send(begun);
}

/** A test or a check opens connections to a server. Throws `rate-limited`. */
export function requireTestRate({ connectionTestLimiter }: RouteContext, { id }: Principal): void {
  const retryAfterSeconds = connectionTestLimiter.take(id);
  if (retryAfterSeconds === undefined) return;
  throw new ProblemError('rate-limited', {
    detail: 'Too many connection tests.',
    headers: { 'retry-after': `${retryAfterSeconds}` },
  });
}
