import {
  formatEtag,
  type HttpServer,
  isNotModified,
  type Principal,
  requireScopes,
} from '@postausgang/http-server';
import { applyChange } from './apply-change.ts';
import type { RouteContext } from './route-context.ts';
import {
  changedResponse,
  ChangeHeadersSchema,
  changeProblems,
  idParams,
  NotModifiedSchema,
  ReadHeadersSchema,
  ReasonQuerySchema,
  readResponse,
} from './schemas.ts';
import { requireExisting, type VersionedResource } from './versioned-resource.ts';

const bodyLimit = 64 * 1024;

const readConfig = { scopes: ['settings:read'], problems: ['not-found'] } as const;
const writeConfig = { scopes: ['settings:write'], problems: changeProblems } as const;

/** Reading and changing one resource of a kind. */
export function addChangeRoutes<Content, Put, Patch>(
  app: HttpServer,
  context: RouteContext,
  kind: VersionedResource<Content, Put, Patch>,
): void {
  const { subject, tags, noun, title, schemas, descriptions } = kind;
  const path = `${kind.path}/:id`;
  const params = idParams(title, kind.exampleId);
  const resourceOf = (id: string): string => requireExisting(context, kind, id).resource;

  const getSchema = {
    operationId: `get${noun}`,
    summary: `Read ${title}`,
    description: descriptions.get,
    tags,
    params,
    headers: ReadHeadersSchema,
    response: { 200: readResponse(schemas.view), 304: NotModifiedSchema },
  };
  app.get(path, { schema: getSchema, config: readConfig }, async ({ params: { id }, headers }, reply) => {
    const state = requireExisting(context, kind, id);
    reply.header('etag', formatEtag(state.version));
    if (isNotModified(headers['if-none-match'], state.version)) return reply.code(304).send(null);
    return kind.viewOf(context, state, state.version);
  });

  const changeSchema = {
    description: descriptions.change,
    tags,
    params,
    querystring: ReasonQuerySchema,
    headers: ChangeHeadersSchema,
    response: { 200: changedResponse(schemas.view) },
  };
  const putSchema = {
    ...changeSchema,
    operationId: `put${noun}`,
    summary: `Replace ${title}`,
    body: schemas.put,
  };
  const putOptions = { schema: putSchema, config: writeConfig, bodyLimit };
  app.put(path, putOptions, async (request, reply) => {
    const { params: of, query, headers, principal } = request;
    // The schema of the route is the one of the kind.
    const body = request.body as Put;
    requireSecretScope(principal, body, subject.kind.secretPointers);
    const input = { resource: resourceOf(of.id), principal, reason: query.reason, headers };
    const answer = await applyChange(context, kind, { operation: 'put', body }, input);
    return reply.headers(answer.headers).send(answer.view);
  });

  const patchSchema = {
    ...changeSchema,
    operationId: `patch${noun}`,
    summary: `Change some fields of ${title} (JSON merge patch)`,
    consumes: ['application/merge-patch+json', 'application/json'],
    body: schemas.patch,
  };
  const patchOptions = { schema: patchSchema, config: writeConfig, bodyLimit };
  app.patch(path, patchOptions, async (request, reply) => {
    const { params: of, query, headers, principal } = request;
    const body = request.body as Patch;
    requireSecretScope(principal, body, subject.kind.secretPointers);
    const input = { resource: resourceOf(of.id), principal, reason: query.reason, headers };
    const answer = await applyChange(context, kind, { operation: 'patch', body }, input);
    return reply.headers(answer.headers).send(answer.view);
  });
}

/** A secret in a body, null included, needs a scope of its own. */
export function requireSecretScope(
  principal: Principal,
  body: unknown,
  secretPointers: readonly string[],
): void {
  if (secretPointers.some((pointer) => isGiven(body, pointer.split('/').slice(1)))) {
    requireScopes(principal, ['secrets:write']);
  }
}

function isGiven(holder: unknown, [name = '', ...path]: readonly string[]): boolean {
  if (typeof holder !== 'object' || holder === null || !(name in holder)) return false;
  return path.length === 0 || isGiven(Reflect.get(holder, name), path);
}
