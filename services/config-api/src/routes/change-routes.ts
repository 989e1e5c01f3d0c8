import {
  formatEtag,
  type HttpServer,
  isNotModified,
  type Principal,
  requireScopes,
} from '@postausgang/http-server';
import type { ResourceRequest } from '@postausgang/settings';
import { applyChange, type ChangeAnswer, type ChangeInput } from './apply-change.ts';
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

interface ChangingRequest extends Pick<ChangeInput, 'principal' | 'headers'> {
  readonly params: { readonly id: string };
  readonly query: { readonly reason?: string | undefined };
}

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
  const { noun, title, schemas } = kind;
  const schema = {
    ...changeSchema(kind),
    operationId: `put${noun}`,
    summary: `Replace ${title}`,
    body: schemas.put,
  };
  app.put(`${kind.path}/:id`, { schema, config: writeConfig, bodyLimit }, async (request, reply) => {
    // The schema of the route is the one of the kind.
    const answer = await change(context, kind, { operation: 'put', body: request.body as Put }, request);
    return reply.headers(answer.headers).send(answer.view);
  });
}

/** Changing some fields of one resource of a kind. */
export function addPatchRoute<Content, Put, Patch>(
  app: HttpServer,
  context: RouteContext,
  kind: VersionedResource<Content, Put, Patch>,
): void {
  const { noun, title, schemas } = kind;
  const schema = {
    ...changeSchema(kind),
    operationId: `patch${noun}`,
    summary: `Change some fields of ${title} (JSON merge patch)`,
    consumes: ['application/merge-patch+json', 'application/json'],
    body: schemas.patch,
  };
  app.patch(`${kind.path}/:id`, { schema, config: writeConfig, bodyLimit }, async (request, reply) => {
    const answer = await change(context, kind, { operation: 'patch', body: request.body as Patch }, request);
    return reply.headers(answer.headers).send(answer.view);
  });
}

/** What PUT and PATCH have in common once their bodies have the form of the kind. */
function change<Content, Put, Patch>(
  context: RouteContext,
  kind: VersionedResource<Content, Put, Patch>,
  request: Extract<ResourceRequest<Put, Patch>, { readonly body: unknown }>,
  { params, query, headers, principal }: ChangingRequest,
): Promise<ChangeAnswer> {
  requireSecretScope(principal, request.body, kind.subject.kind.secretPointers);
  const { resource } = requireExisting(context, kind, params.id);
  return applyChange(context, kind, request, { resource, principal, reason: query.reason, headers });
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
