import {
  ApplyStatusSchema,
  closed,
  DiffSchema,
  HistorySchema,
  OutgoingServerVersionSchema,
  RevertSchema,
} from '@postausgang/contracts';
import type { HttpServer } from '@postausgang/http-server';
import { diffView, historyView, versionView } from '@postausgang/settings';
import { Type } from '@sinclair/typebox';
import { applyChange } from './apply-change.ts';
import { revertExample } from './examples.ts';
import { pageRequest, withCursor } from './page.ts';
import type { RouteContext } from './route-context.ts';
import {
  ChangedResponseSchema,
  ChangeHeadersSchema,
  changeProblems,
  PageQuerySchema,
  ServerParamsSchema,
  withExamples,
} from './schemas.ts';
import { found, requireServer } from './server-view.ts';

const tags = ['settings'];
const version = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const noVersion = 'There is no such version.';
const auditConfig = { scopes: ['audit:read'], problems: ['not-found'] } as const;

const historySchema = {
  operationId: 'getOutgoingServerHistory',
  summary: 'Who changed what, when and why; newest first',
  tags,
  params: ServerParamsSchema,
  querystring: PageQuerySchema,
  response: { 200: HistorySchema },
};

const versionSchema = {
  operationId: 'getOutgoingServerVersion',
  summary: 'The settings as they were in a version',
  tags,
  params: Type.Object({ ...ServerParamsSchema.properties, version }),
  response: { 200: OutgoingServerVersionSchema },
};

const diffSchema = {
  operationId: 'diffOutgoingServerVersions',
  summary: 'What differs between two versions',
  description: 'Of a secret only the fact that it differs is shown.',
  tags,
  params: ServerParamsSchema,
  querystring: Type.Object({ from: version, to: version }, closed),
  response: { 200: DiffSchema },
};

const revertSchema = {
  operationId: 'revertOutgoingServer',
  summary: 'Bring the settings of an earlier version back',
  description:
    'A new version with the old values. A password comes back with them, and still only for its own server.',
  tags,
  params: ServerParamsSchema,
  headers: ChangeHeadersSchema,
  body: withExamples(RevertSchema, revertExample),
  response: { 200: ChangedResponseSchema },
};

const applyStatusSchema = {
  operationId: 'getOutgoingServerApplyStatus',
  summary: 'Which mailers use the current version',
  tags,
  params: ServerParamsSchema,
  response: { 200: ApplyStatusSchema },
};

/** What the settings were, and how far the current ones have come. */
export function addHistoryRoutes(app: HttpServer, context: RouteContext): void {
  const path = '/outgoing-servers/:id';

  app.get(`${path}/history`, { schema: historySchema, config: auditConfig }, async ({ params, query }) =>
    withCursor(historyView(requireServer(context, params.id), pageRequest(query))),
  );

  app.get(`${path}/history/:version`, { schema: versionSchema, config: auditConfig }, async ({ params }) =>
    found(versionView(requireServer(context, params.id), params.version), noVersion),
  );

  app.get(`${path}/diff`, { schema: diffSchema, config: auditConfig }, async ({ params, query }) =>
    found(diffView(requireServer(context, params.id), query.from, query.to), noVersion),
  );

  const revertConfig = { scopes: ['settings:write'], problems: changeProblems } as const;
  app.post(`${path}/revert`, { schema: revertSchema, config: revertConfig }, async (request, reply) => {
    const { body, params, headers, principal } = request;
    const input = { serverId: params.id, principal, reason: body.reason, headers };
    const answer = await applyChange(context, { operation: 'revert', version: body.version }, input);
    return reply.headers(answer.headers).send(answer.view);
  });

  const statusConfig = { scopes: ['settings:read'], problems: ['not-found'] } as const;
  app.get(`${path}/apply-status`, { schema: applyStatusSchema, config: statusConfig }, async ({ params }) =>
    context.mailers.of(requireServer(context, params.id).version),
  );
}
