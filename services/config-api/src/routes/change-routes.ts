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
  addReadRoute(app, context, kind);
  addPutRoute(app, context, kind);
  addPatchRoute(app, context, kind);
}

/** Reading one resource of a kind. */
export function addReadRoute<Content, Put, Patch>(
  app: HttpServer,
  context: RouteContext,
  kind: VersionedResource<Content, Put, Patch>,
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
  const options = { schema, config: readConfig };
  app.get(`${kind.path}/:id`, options, async ({ params: { id }, headers }, reply) => {
    const state = requireExisting(context, kind, id);
    reply.header('etag', formatEtag(state.version));
    if (isNotModified(headers['if-none-match'], state.version)) return reply.code(304).send(null);
    return kind.viewOf(context, state, state.version);
  });
}

type Words = Pick<
  VersionedResource<never, never, never>,
  'tags' | 'title' | 'exampleId' | 'schemas' | 'descriptions'
>;

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

function addPutRoute<Content, Put, Patch>(
  app: HttpServer,
  context: RouteContext,
  kind: VersionedResource<Content, Put, Patch>,
): void {
  const { subject, noun, title, schemas } = kind;
  const schema = {
    ...changeSchema(kind),
    operationId: `put${noun}`,
    summary: `Replace ${title}`,
    body: schemas.put,
  };
  app.put(`${kind.path}/:id`, { schema, config: writeConfig, bodyLimit }, async (request, reply) => {
    const { params, query, headers, principal } = request;
    // The schema of the route is the one of the kind.
    const body = request.body as Put;
    requireSecretScope(principal, body, subject.kind.secretPointers);
    const { resource } = requireExisting(context, kind, params.id);
    const input = { resource, principal, reason: query.reason, headers };
    const answer = await applyChange(context, kind, { operation: 'put', body }, input);
    return reply.headers(answer.headers).send(answer.view);
  });
}

/** Changing some fields of one resource of a kind. */
export function addPatchRoute<Content, Put, Patch>(
  app: HttpServer,
  context: RouteContext,
  kind: VersionedResource<Content, Put, Patch>,
): void {
  const { subject, noun, title, schemas } = kind;
  const schema = {
    ...changeSchema(kind),
    operationId: `patch${noun}`,
    summary: `Change some fields of ${title} (JSON merge patch)`,
    consumes: ['application/merge-patch+json', 'application/json'],
    body: schemas.patch,
  };
  app.patch(`${kind.path}/:id`, { schema, config: writeConfig, bodyLimit }, async (request, reply) => {
    const { params, query, headers, principal } = request;
    const body = request.body as Patch;
    requireSecretScope(principal, body, subject.kind.secretPointers);
    const { resource } = requireExisting(context, kind, params.id);
    const input = { resource, principal, reason: query.reason, headers };
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
