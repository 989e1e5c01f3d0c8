/*
 * The routes of a versioned resource. They are the same for every kind: reading with an ETag, changing under If-Match,
 * creating and deleting where the kind has it, and what it was, how to bring that back, and how far the current version
 * has come.
 */
import { type Static, Type } from '@sinclair/typebox';
import { ApplyStatusSchema, closed, DiffSchema, HistorySchema, RevertSchema } from '@postausgang/contracts';
import {
  type ContentCheck,
  formatEtag,
  hasScope,
  type HttpReply,
  type HttpServer,
  isNotModified,
  NoContent,
  parseIdempotencyKey,
  type Principal,
} from '@postausgang/http';
import { requestFindings, resourceDiff, resourceHistory, type ResourceRequest } from '@postausgang/settings';
import type { RouteContext } from '../config-api.ts';
import {
  applyChange,
  type ChangeHeaders,
  changeProblems,
  creationProblems,
  found,
  newResourceId,
  requireExisting,
  requireKnown,
  requireSecretScope,
  requireUnused,
  type VersionedResource,
} from './resource-change.ts';
import { stateOf } from '../settings/changes.ts';
import {
  changedResponse,
  ChangeHeadersSchema,
  createdResponse,
  CreationHeadersSchema,
  idParams,
  NotModifiedSchema,
  PageQuerySchema,
  pageRequest,
  ReadHeadersSchema,
  readResponse,
  ReasonQuerySchema,
  withCursor,
  withExamples,
} from './schemas.ts';

type Kind<Content, Put, Patch> = VersionedResource<Content, Put, Patch>;
type Words = Omit<
  Kind<never, never, never>,
  'viewOf' | 'versionOf' | 'guard' | 'requireUnused' | 'isReported' | 'subject'
>;

const bodyLimit = 64 * 1024;
const readConfig = { scopes: ['settings:read'], problems: ['not-found'] } as const;
const auditConfig = { scopes: ['audit:read'], problems: ['not-found'] } as const;
const writeConfig = { scopes: ['settings:write'], problems: changeProblems } as const;

/** What is wrong with the content that a body asks for, as far as its members have the form. */
function contentCheck<Content, Put, Patch>(
  { store, now }: RouteContext,
  { subject }: Kind<Content, Put, Patch>,
  operation: 'create' | 'put' | 'patch',
): ContentCheck {
  const { kind } = subject;
  return {
    parts: kind.parts,
    findings({ params, authentication }, body) {
      const id: unknown = typeof params === 'object' && params !== null ? Reflect.get(params, 'id') : '';
      const state = stateOf(subject, store, `${kind.prefix}${String(id)}`);
      const mayGrant = authentication !== null && hasScope(authentication.principal, 'secrets:write');
      const grantsAt = mayGrant ? now().toISOString() : undefined;
      // Its members have the form of the schema, which is that of the kind.
      const request = { operation, body, grantsAt } as ResourceRequest<Put, Patch> & { operation: 'put' };
      return requestFindings(kind, request, state, store.references(now().getTime()));
    },
  };
}

/** All the routes of a kind. */
export function addResourceRoutes<Content, Put, Patch>(
  app: HttpServer,
  context: RouteContext,
  kind: Kind<Content, Put, Patch>,
): void {
  addReadRoute(app, context, kind);
  addWriteRoutes(app, context, kind);
  if (kind.operations.includes('create')) addCreationRoute(app, context, kind);
  if (kind.operations.includes('delete')) addDeletionRoute(app, context, kind);
  addHistoryRoutes(app, context, kind);
  addRevertRoute(app, context, kind);
  if (kind.hasApplyStatus !== false) addApplyStatusRoute(app, context, kind);
}

function addReadRoute<Content, Put, Patch>(
  app: HttpServer,
  context: RouteContext,
  kind: Kind<Content, Put, Patch>,
): void {
  const { tags, noun, title, schemas, descriptions } = kind;
  const schema = {
    operationId: `get${noun}`,
    summary: `Read ${title}`,
    description: descriptions.get,
    tags,
    params: idParams(title, kind.exampleId),
    headers: ReadHeadersSchema,
    response: { 200: readResponse(schemas.view), 304: NotModifiedSchema },
  };
  app.get(`${kind.path}/:id`, { schema, config: readConfig }, async ({ params: { id }, headers }, reply) => {
    const state = requireExisting(context, kind, id);
    reply.header('etag', formatEtag(state.version));
    if (isNotModified(headers['if-none-match'], state.version)) return reply.code(304).send();
    return kind.viewOf(context, state, state.version);
  });
}

function changeSchema({ tags, title, exampleId, schemas, descriptions }: Words) {
  return {
    description: descriptions.change,
    tags,
    params: idParams(title, exampleId),
    querystring: ReasonQuerySchema,
    headers: ChangeHeadersSchema,
    response: { 200: changedResponse(schemas.view) },
  };
}

interface WriteRequest {
  readonly params: { readonly id: string };
  readonly query: { readonly reason?: string | undefined };
  readonly headers: ChangeHeaders;
  readonly principal: Principal;
}

function addWriteRoutes<Content, Put, Patch>(
  app: HttpServer,
  context: RouteContext,
  kind: Kind<Content, Put, Patch>,
): void {
  const { noun, title, schemas, operations, subject } = kind;
  type Change = Extract<ResourceRequest<Put, Patch>, { readonly body: unknown }>;

  const write = async (change: Change, request: WriteRequest, reply: HttpReply): Promise<HttpReply> => {
    const { params, query, headers, principal } = request;
    requireSecretScope(principal, change.body, subject.kind.secretPointers);
    const { resource } = requireExisting(context, kind, params.id);
    const input = { resource, principal, reason: query.reason, headers, body: change.body };
    const answer = await applyChange(context, kind, change, input);
    return reply.headers(answer.headers).send(answer.view);
  };

  const putSchema = {
    ...changeSchema(kind),
    operationId: `put${noun}`,
    summary: `Replace ${title}`,
    body: schemas.put,
  };
  const configOf = (operation: 'put' | 'patch') => ({
    ...writeConfig,
    content: contentCheck(context, kind, operation),
  });
  const putOptions = { schema: putSchema, config: configOf('put'), bodyLimit };
  if (operations.includes('put')) {
    app.put(`${kind.path}/:id`, putOptions, async (request, reply) =>
      // The schema of the route is the one of the kind.
      write({ operation: 'put', body: request.body as Put }, request, reply),
    );
  }

  const patchSchema = {
    ...changeSchema(kind),
    operationId: `patch${noun}`,
    summary: `Update some fields of ${title} (JSON merge patch)`,
    consumes: ['application/merge-patch+json', 'application/json'],
    body: schemas.patch,
  };
  const patchOptions = { schema: patchSchema, config: configOf('patch'), bodyLimit };
  app.patch(`${kind.path}/:id`, patchOptions, async (request, reply) =>
    write({ operation: 'patch', body: request.body as Patch }, request, reply),
  );
}

function addCreationRoute<Content, Put, Patch>(
  app: HttpServer,
  context: RouteContext,
  kind: Kind<Content, Put, Patch>,
): void {
  const { subject, path, tags, noun, title, schemas } = kind;
  const { prefix, secretPointers } = subject.kind;
  const schema = {
    operationId: `create${noun}`,
    summary: `Create ${title}`,
    tags,
    querystring: ReasonQuerySchema,
    headers: CreationHeadersSchema,
    body: schemas.create ?? schemas.put,
    response: { 201: createdResponse(schemas.view) },
  };
  const content = contentCheck(context, kind, 'create');
  const config = { scopes: ['settings:write'], problems: creationProblems, content } as const;
  app.post(path, { schema, config, bodyLimit }, async (request, reply) => {
    const { query, headers, principal } = request;
    const body = request.body as Put;
    requireSecretScope(principal, body, secretPointers);
    const id = newResourceId(context, principal, prefix, parseIdempotencyKey(headers['idempotency-key']));
    const input = { resource: `${prefix}${id}`, principal, reason: query.reason, headers };
    const answer = await applyChange(context, kind, { operation: 'create', body }, input);
    return reply
      .code(201)
      .headers({ ...answer.headers, location: `/v1${path}/${id}` })
      .send(answer.view);
  });
}

function addDeletionRoute<Content, Put, Patch>(
  app: HttpServer,
  context: RouteContext,
  kind: Kind<Content, Put, Patch>,
): void {
  const { path, tags, noun, title } = kind;
  const schema = {
    operationId: `delete${noun}`,
    summary: `Delete ${title}`,
    description:
      'Possible only if nothing uses it; 409 lists the users. The history is kept, and `revert` restores the resource.',
    tags,
    params: idParams(title, kind.exampleId),
    querystring: ReasonQuerySchema,
    headers: ChangeHeadersSchema,
    response: { 204: NoContent('Deleted') },
  };
  const problems = [...changeProblems, 'resource-in-use', ...(kind.deletionProblems ?? [])] as const;
  const config = { scopes: ['settings:write'], problems } as const;
  app.delete(`${path}/:id`, { schema, config }, async (request, reply) => {
    const { params, query, headers, principal } = request;
    const { resource } = await requireUnused(context, kind, params.id, request);
    const input = { resource, principal, reason: query.reason, headers: { ...headers, prefer: undefined } };
    await applyChange(context, kind, { operation: 'delete' }, input);
    return reply.code(204).send();
  });
}

const version = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, examples: [1] });
const noVersion = 'This version does not exist.';

function historySchemas({ tags, noun, title, exampleId, schemas }: Words) {
  const params = idParams(title, exampleId);
  return {
    history: {
      operationId: `get${noun}History`,
      summary: 'List the changes, newest first',
      tags,
      params,
      querystring: PageQuerySchema,
      response: { 200: HistorySchema },
    },
    version: {
      operationId: `get${noun}Version`,
      summary: `Read a version of ${title}`,
      tags,
      params: Type.Object({ ...params.properties, version }),
      response: { 200: schemas.version },
    },
    diff: {
      operationId: `diff${noun}Versions`,
      summary: 'Compare two versions',
      description: 'For a secret, only the fact that it differs is shown.',
      tags,
      params,
      querystring: Type.Object({ from: version, to: version }, closed),
      response: { 200: DiffSchema },
    },
  };
}

function addHistoryRoutes<Content, Put, Patch>(
  app: HttpServer,
  context: RouteContext,
  kind: Kind<Content, Put, Patch>,
): void {
  const resourceKind = kind.subject.kind;
  const path = `${kind.path}/:id`;
  const schemas = historySchemas(kind);

  app.get(`${path}/history`, { schema: schemas.history, config: auditConfig }, async ({ params, query }) =>
    withCursor(resourceHistory(resourceKind, requireKnown(context, kind, params.id), pageRequest(query))),
  );

  app.get(`${path}/history/:version`, { schema: schemas.version, config: auditConfig }, async ({ params }) =>
    found(kind.versionOf(context, requireKnown(context, kind, params.id), params.version), noVersion),
  );

  app.get(`${path}/diff`, { schema: schemas.diff, config: auditConfig }, async ({ params, query }) => {
    const state = requireKnown(context, kind, params.id);
    return found(resourceDiff(resourceKind, state, query.from, query.to), noVersion);
  });
}

const revertExample = { version: 1, reason: 'The new server refuses our mail' };

function addRevertRoute<Content, Put, Patch>(
  app: HttpServer,
  context: RouteContext,
  kind: Kind<Content, Put, Patch>,
): void {
  const { tags, noun, title, exampleId, schemas } = kind;
  const schema = {
    operationId: `revert${noun}`,
    summary: 'Restore an earlier version',
    description:
      'Creates a new version with the old values. Secrets are restored too, and remain bound to their destination.',
    tags,
    params: idParams(title, exampleId),
    headers: ChangeHeadersSchema,
    body: withExamples(schemas.revert ?? RevertSchema, revertExample),
    response: { 200: changedResponse(schemas.view) },
  };
  app.post(`${kind.path}/:id/revert`, { schema, config: writeConfig }, async (request, reply) => {
    const { params, headers, principal } = request;
    // The schema of the route has at least these fields.
    const body = request.body as Static<typeof RevertSchema>;
    const { resource } = requireKnown(context, kind, params.id);
    const input = { resource, principal, reason: body.reason, headers, body };
    const answer = await applyChange(context, kind, { operation: 'revert', version: body.version }, input);
    return reply.headers(answer.headers).send(answer.view);
  });
}

function addApplyStatusRoute<Content, Put, Patch>(
  app: HttpServer,
  context: RouteContext,
  kind: Kind<Content, Put, Patch>,
): void {
  const schema = {
    operationId: `get${kind.noun}ApplyStatus`,
    summary: 'Get which mailers use the current version',
    tags: kind.tags,
    params: idParams(kind.title, kind.exampleId),
    response: { 200: ApplyStatusSchema },
  };
  app.get(`${kind.path}/:id/apply-status`, { schema, config: readConfig }, async ({ params }) => {
    const state = requireExisting(context, kind, params.id);
    return context.mailers.of(state.resource, state.version);
  });
}
