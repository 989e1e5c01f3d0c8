import { Type } from '@sinclair/typebox';
import {
  type OutgoingServerContent,
  type OutgoingServerPatch,
  OutgoingServerPatchSchema,
  type OutgoingServerPut,
  OutgoingServerPutSchema,
  OutgoingServerVersionSchema,
  type OutgoingServerView,
  OutgoingServerViewSchema,
} from '@postausgang/contracts';
import type { HttpServer } from '@postausgang/http';
import { defaultServer, type OutgoingServerState, referencesOf, versionView } from '@postausgang/settings';
import { outgoingServers, stateOf } from '../settings/changes.ts';
import { addChangeRoutes, type VersionedResource } from './changes.ts';
import { patchExamples, putExamples } from './examples.ts';
import { addHistoryRoutes } from './history-routes.ts';
import type { RouteContext } from './route-context.ts';
import { withExamples } from './schemas.ts';

/** The outgoing server over HTTP; in this version there is the default one. */
export const outgoingServerResource: VersionedResource<
  OutgoingServerContent,
  OutgoingServerPut,
  OutgoingServerPatch
> = {
  subject: outgoingServers,
  path: '/outgoing-servers',
  tags: ['settings'],
  noun: 'OutgoingServer',
  title: 'an outgoing server',
  exampleId: 'default',
  fixedIds: ['default'],
  schemas: {
    put: withExamples(OutgoingServerPutSchema, ...putExamples),
    patch: withExamples(OutgoingServerPatchSchema, ...patchExamples),
    view: OutgoingServerViewSchema,
    version: OutgoingServerVersionSchema,
  },
  descriptions: {
    get: 'While sending is off, `warnings` says what would be wrong. A password is never returned.',
    change:
      'Needs `If-Match`. A password in the body, null included, needs the scope `secrets:write` as well. While ' +
      '`enabled` is false, only the structure is checked; switching on answers 422 with all findings. A change ' +
      'that changes nothing keeps the version.',
  },
  viewOf: viewOfVersion,
  versionOf: ({ store, now }, state, version) =>
    versionView(state, version, referencesOf(store.state, now().getTime())),
  isReported: () => true,
};

const ServerListSchema = Type.Object({ items: Type.Array(OutgoingServerViewSchema) });

const listSchema = {
  operationId: 'listOutgoingServers',
  summary: 'The outgoing servers: in this version the default one',
  tags: outgoingServerResource.tags,
  response: { 200: ServerListSchema },
};

/** Reading and changing the outgoing server. */
export function addOutgoingServerRoutes(app: HttpServer, context: RouteContext): void {
  const listConfig = { scopes: ['settings:read'], problems: ['not-found'] } as const;
  app.get('/outgoing-servers', { schema: listSchema, config: listConfig }, async () => {
    const state = stateOf(outgoingServers, context.store, defaultServer);
    return { items: [viewOfVersion(context, state, state.version)] };
  });
  addChangeRoutes(app, context, outgoingServerResource);
  addHistoryRoutes(app, context, outgoingServerResource);
}

function viewOfVersion(
  { mailers, store, now }: Pick<RouteContext, 'mailers' | 'store' | 'now'>,
  state: OutgoingServerState,
  version: number,
): OutgoingServerView {
  const view = versionView(state, version, referencesOf(store.state, now().getTime()));
  if (view === undefined) throw new Error(`The fold has no version ${version}`);
  return { ...view.settings, applied: mailers.of(state.resource, version) };
}
