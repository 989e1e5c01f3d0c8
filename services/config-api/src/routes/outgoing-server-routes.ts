import {
  OutgoingServerPatchSchema,
  OutgoingServerPutSchema,
  OutgoingServerViewSchema,
} from '@postausgang/contracts';
import {
  formatEtag,
  type HttpServer,
  isNotModified,
  type Principal,
  requireScopes,
} from '@postausgang/http-server';
import { outgoingServerView } from '@postausgang/settings';
import { Type } from '@sinclair/typebox';
import { applyChange } from './apply-change.ts';
import { patchExamples, putExamples } from './examples.ts';
import type { RouteContext } from './route-context.ts';
import {
  ChangedResponseSchema,
  ChangeHeadersSchema,
  changeProblems,
  NotModifiedSchema,
  ReadHeadersSchema,
  ReasonQuerySchema,
  ServerParamsSchema,
  ServerResponseSchema,
  withExamples,
} from './schemas.ts';
import { requireServer } from './server-view.ts';

const tags = ['settings'];
const bodyLimit = 64 * 1024;
const ServerListSchema = Type.Object({ items: Type.Array(OutgoingServerViewSchema) });

const readConfig = { scopes: ['settings:read'], problems: ['not-found'] } as const;
const writeConfig = { scopes: ['settings:write'], problems: changeProblems } as const;

const listSchema = {
  operationId: 'listOutgoingServers',
  summary: 'The outgoing servers: in this version the default one',
  tags,
  response: { 200: ServerListSchema },
};

const getSchema = {
  operationId: 'getOutgoingServer',
  summary: 'The settings of an outgoing server',
  description: 'While sending is off, `warnings` says what would be wrong. A password is never returned.',
  tags,
  params: ServerParamsSchema,
  headers: ReadHeadersSchema,
  response: { 200: ServerResponseSchema, 304: NotModifiedSchema },
};

const changeDescription =
  'Needs `If-Match`. A password in the body, null included, needs the scope `secrets:write` as well. While ' +
  '`enabled` is false, only the structure is checked; switching on answers 422 with all findings. A change that ' +
  'changes nothing keeps the version.';

const changeSchema = {
  description: changeDescription,
  tags,
  params: ServerParamsSchema,
  querystring: ReasonQuerySchema,
  headers: ChangeHeadersSchema,
  response: { 200: ChangedResponseSchema },
};

const putSchema = {
  ...changeSchema,
  operationId: 'putOutgoingServer',
  summary: 'Replace the settings of an outgoing server',
  body: withExamples(OutgoingServerPutSchema, ...putExamples),
};

const patchSchema = {
  ...changeSchema,
  operationId: 'patchOutgoingServer',
  summary: 'Change some settings of an outgoing server (JSON merge patch)',
  consumes: ['application/merge-patch+json', 'application/json'],
  body: withExamples(OutgoingServerPatchSchema, ...patchExamples),
};

/** Reading and changing the settings. */
export function addOutgoingServerRoutes(app: HttpServer, context: RouteContext): void {
  const { mailers } = context;

  app.get('/outgoing-servers', { schema: listSchema, config: readConfig }, async () => {
    const state = requireServer(context, 'default');
    return { items: [outgoingServerView(state, mailers.of(state.version))] };
  });

  app.get('/outgoing-servers/:id', { schema: getSchema, config: readConfig }, async (request, reply) => {
    const state = requireServer(context, request.params.id);
    reply.header('etag', formatEtag(state.version));
    if (isNotModified(request.headers['if-none-match'], state.version)) return reply.code(304).send(null);
    return outgoingServerView(state, mailers.of(state.version));
  });

  const putOptions = { schema: putSchema, config: writeConfig, bodyLimit };
  app.put('/outgoing-servers/:id', putOptions, async ({ body, params, query, headers, principal }, reply) => {
    requireSecretScope(principal, body);
    const input = { serverId: params.id, principal, reason: query.reason, headers };
    const answer = await applyChange(context, { operation: 'put', body }, input);
    return reply.headers(answer.headers).send(answer.view);
  });

  const patchOptions = { schema: patchSchema, config: writeConfig, bodyLimit };
  app.patch(
    '/outgoing-servers/:id',
    patchOptions,
    async ({ body, params, query, headers, principal }, reply) => {
      requireSecretScope(principal, body);
      const input = { serverId: params.id, principal, reason: query.reason, headers };
      const answer = await applyChange(context, { operation: 'patch', body }, input);
      return reply.headers(answer.headers).send(answer.view);
    },
  );
}

function requireSecretScope(principal: Principal, { smtp = {} }: { readonly smtp?: object }): void {
  if ('password' in smtp) requireScopes(principal, ['secrets:write']);
}
