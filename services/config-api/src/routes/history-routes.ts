import { Type } from '@sinclair/typebox';
import { ApplyStatusSchema, closed, DiffSchema, HistorySchema, RevertSchema } from '@postausgang/contracts';
import type { HttpServer } from '@postausgang/http';
import { resourceDiff, resourceHistory } from '@postausgang/settings';
import {
  applyChange,
  changeProblems,
  found,
  requireExisting,
  requireKnown,
  type VersionedResource,
} from './changes.ts';
import { revertExample } from './examples.ts';
import { pageRequest, withCursor } from './page.ts';
import type { RouteContext } from './route-context.ts';
import { changedResponse, ChangeHeadersSchema, idParams, PageQuerySchema, withExamples } from './schemas.ts';

const version = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const noVersion = 'There is no such version.';
const auditConfig = { scopes: ['audit:read'], problems: ['not-found'] } as const;

type Kind<Content, Put, Patch> = VersionedResource<Content, Put, Patch>;
type Words = Pick<Kind<never, never, never>, 'tags' | 'noun' | 'title' | 'exampleId' | 'schemas'>;

function readSchemas({ tags, noun, title, exampleId, schemas }: Words) {
  const params = idParams(title, exampleId);
  return {
    history: {
      operationId: `get${noun}History`,
      summary: 'Who changed what, when and why; newest first',
      tags,
      params,
      querystring: PageQuerySchema,
      response: { 200: HistorySchema },
    },
    version: {
      operationId: `get${noun}Version`,
      summary: `What ${title} was in a version`,
      tags,
      params: Type.Object({ ...params.properties, version }),
      response: { 200: schemas.version },
    },
    diff: {
      operationId: `diff${noun}Versions`,
      summary: 'What differs between two versions',
      description: 'Of a secret only the fact that it differs is shown.',
      tags,
      params,
      querystring: Type.Object({ from: version, to: version }, closed),
      response: { 200: DiffSchema },
    },
    applyStatus: {
      operationId: `get${noun}ApplyStatus`,
      summary: 'Which mailers use the current version',
      tags,
      params,
      response: { 200: ApplyStatusSchema },
    },
  };
}

/** What a resource was, how to bring that back, and how far the current version has come. */
export function addHistoryRoutes<Content, Put, Patch>(
  app: HttpServer,
  context: RouteContext,
  kind: Kind<Content, Put, Patch>,
): void {
  const { subject, tags, noun, schemas } = kind;
  const path = `${kind.path}/:id`;
  const read = readSchemas(kind);

  app.get(`${path}/history`, { schema: read.history, config: auditConfig }, async ({ params, query }) =>
    withCursor(resourceHistory(subject.kind, requireKnown(context, kind, params.id), pageRequest(query))),
  );

  app.get(`${path}/history/:version`, { schema: read.version, config: auditConfig }, async ({ params }) =>
    found(kind.versionOf(context, requireKnown(context, kind, params.id), params.version), noVersion),
  );

  app.get(`${path}/diff`, { schema: read.diff, config: auditConfig }, async ({ params, query }) =>
    found(
      resourceDiff(subject.kind, requireKnown(context, kind, params.id), query.from, query.to),
      noVersion,
    ),
  );

  const revertSchema = {
    operationId: `revert${noun}`,
    summary: 'Bring the values of an earlier version back',
    description:
      'A new version with the old values. Secrets come back with them, and still only for their own server.',
    tags,
    params: idParams(kind.title, kind.exampleId),
    headers: ChangeHeadersSchema,
    body: withExamples(RevertSchema, revertExample),
    response: { 200: changedResponse(schemas.view) },
  };
  const revertConfig = { scopes: ['settings:write'], problems: changeProblems } as const;
  app.post(`${path}/revert`, { schema: revertSchema, config: revertConfig }, async (request, reply) => {
    const { body, params, headers, principal } = request;
    const { resource } = requireKnown(context, kind, params.id);
    const input = { resource, principal, reason: body.reason, headers };
    const answer = await applyChange(context, kind, { operation: 'revert', version: body.version }, input);
    return reply.headers(answer.headers).send(answer.view);
  });

  if (kind.hasApplyStatus === false) return;
  const statusConfig = { scopes: ['settings:read'], problems: ['not-found'] } as const;
  app.get(`${path}/apply-status`, { schema: read.applyStatus, config: statusConfig }, async ({ params }) => {
    const state = requireExisting(context, kind, params.id);
    return context.mailers.of(state.resource, state.version);
  });
}
