import { createHash } from 'node:crypto';
import { Type } from '@sinclair/typebox';
import { type HttpServer, parseIdempotencyKey, type Principal } from '@postausgang/http';
import {
  applyChange,
  changeProblems,
  creationProblems,
  requireKnown,
  requireSecretScope,
  type VersionedResource,
} from './changes.ts';
import type { RouteContext } from './route-context.ts';
import {
  ChangeHeadersSchema,
  createdResponse,
  CreationHeadersSchema,
  idParams,
  ReasonQuerySchema,
} from './schemas.ts';

/** Creating and deleting the resources of a kind. */
export function addCreationRoutes<Content, Put, Patch>(
  app: HttpServer,
  context: RouteContext,
  kind: VersionedResource<Content, Put, Patch>,
): void {
  const { subject, path, tags, noun, title, schemas } = kind;
  const { prefix, secretPointers } = subject.kind;

  const createSchema = {
    operationId: `create${noun}`,
    summary: `Create ${title}`,
    tags,
    querystring: ReasonQuerySchema,
    headers: CreationHeadersSchema,
    body: schemas.put,
    response: { 201: createdResponse(schemas.view) },
  };
  const createConfig = { scopes: ['settings:write'], problems: creationProblems } as const;
  const createOptions = { schema: createSchema, config: createConfig, bodyLimit: 64 * 1024 };
  app.post(path, createOptions, async (request, reply) => {
    const { query, headers, principal } = request;
    // The schema of the route is the one of the kind.
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

  addDeletionRoute(app, context, kind);
}

/** Deleting the resources of a kind. */
export function addDeletionRoute<Content, Put, Patch>(
  app: HttpServer,
  context: RouteContext,
  kind: VersionedResource<Content, Put, Patch>,
): void {
  const { path, tags, noun, title } = kind;
  const deleteSchema = {
    operationId: `delete${noun}`,
    summary: `Delete ${title}`,
    description:
      'Only when nothing uses it; 409 names the users. Its history stays, and `revert` brings it back.',
    tags,
    params: idParams(title, kind.exampleId),
    querystring: ReasonQuerySchema,
    headers: ChangeHeadersSchema,
    response: { 204: Type.Null({ description: 'It is deleted' }) },
  };
  const deleteConfig = {
    scopes: ['settings:write'],
    problems: [...changeProblems, 'resource-in-use'],
  } as const;
  app.delete(`${path}/:id`, { schema: deleteSchema, config: deleteConfig }, async (request, reply) => {
    const { params, query, headers, principal } = request;
    const { resource } = requireKnown(context, kind, params.id);
    const input = { resource, principal, reason: query.reason, headers: { ...headers, prefer: undefined } };
    await applyChange(context, kind, { operation: 'delete' }, input);
    return reply.code(204).send(null);
  });
}

/** A repetition under the same key is about the same resource, so the id follows from the key. */
function newResourceId(
  { newId }: Pick<RouteContext, 'newId'>,
  { id: principalId }: Principal,
  prefix: string,
  idempotencyKey: string | undefined,
): string {
  if (idempotencyKey === undefined) return newId();
  const name = JSON.stringify([principalId, prefix, idempotencyKey]);
  return createHash('sha256').update(name).digest('hex').slice(0, 32);
}
