import {
  type ExchangeConnectionContent,
  ExchangeConnectionListSchema,
  type ExchangeConnectionPatch,
  ExchangeConnectionPatchSchema,
  type ExchangeConnectionPut,
  ExchangeConnectionPutSchema,
  ExchangeConnectionVersionSchema,
  type ExchangeConnectionView,
  ExchangeConnectionViewSchema,
} from '@postausgang/contracts';
import type { HttpServer } from '@postausgang/http';
import {
  type ExchangeConnectionState,
  exchangeConnectionVersion,
  exchangeConnectionView,
  referencesOf,
} from '@postausgang/settings';
import { exchangeConnections } from '../settings/changes.ts';
import { addChangeRoutes, type VersionedResource } from './changes.ts';
import { addCreationRoutes } from './creation-routes.ts';
import { exchangePatchExamples, exchangePutExamples } from './examples.ts';
import { addHistoryRoutes } from './history-routes.ts';
import type { RouteContext } from './route-context.ts';
import { withExamples } from './schemas.ts';

/** Exchange connections over HTTP. */
export const exchangeConnectionResource: VersionedResource<
  ExchangeConnectionContent | null,
  ExchangeConnectionPut,
  ExchangeConnectionPatch
> = {
  subject: exchangeConnections,
  path: '/exchange-connections',
  tags: ['Exchange connections'],
  noun: 'ExchangeConnection',
  title: 'an Exchange connection',
  exampleId: 'b4c7d9e2',
  schemas: {
    put: withExamples(ExchangeConnectionPutSchema, ...exchangePutExamples),
    patch: withExamples(ExchangeConnectionPatchSchema, ...exchangePatchExamples),
    view: ExchangeConnectionViewSchema,
    version: ExchangeConnectionVersionSchema,
  },
  descriptions: {
    get: 'Client secret and password are never returned.',
    change:
      'Needs `If-Match`. A secret in the body, null included, needs the scope `secrets:write` as well. Secrets belong ' +
      'to authority, tenant, client and endpoint: with one of them changed they have to be entered again.',
  },
  viewOf: viewOfVersion,
  versionOf: ({ store }, state, version) =>
    exchangeConnectionVersion(state, version, referencesOf(store.state)),
  isReported: ({ store }, resource) => referencesOf(store.state).usersOf(resource).length > 0,
};

const listSchema = {
  operationId: 'listExchangeConnections',
  summary: 'The Exchange connections',
  tags: exchangeConnectionResource.tags,
  response: { 200: ExchangeConnectionListSchema },
};

/** Creating, reading, changing and deleting Exchange connections. */
export function addExchangeConnectionRoutes(app: HttpServer, context: RouteContext): void {
  const listConfig = { scopes: ['settings:read'] } as const;
  app.get('/exchange-connections', { schema: listSchema, config: listConfig }, async () => {
    const states = [...exchangeConnections.all(context.store.state).values()];
    const items = states.flatMap((state) => currentView(context, state) ?? []);
    return { items: items.toSorted((a, b) => a.name.localeCompare(b.name)) };
  });
  addCreationRoutes(app, context, exchangeConnectionResource);
  addChangeRoutes(app, context, exchangeConnectionResource);
  addHistoryRoutes(app, context, exchangeConnectionResource);
}

function currentView(
  { mailers, store }: Pick<RouteContext, 'mailers' | 'store'>,
  state: ExchangeConnectionState,
): ExchangeConnectionView | undefined {
  const references = referencesOf(store.state);
  const isUsed = references.usersOf(state.resource).length > 0;
  return exchangeConnectionView(state, references, isUsed ? mailers.of(state.resource, state.version) : null);
}

function viewOfVersion(
  context: Pick<RouteContext, 'mailers' | 'store'>,
  state: ExchangeConnectionState,
  version: number,
): ExchangeConnectionView | undefined {
  if (state.version === version) return currentView(context, state);
  const references = referencesOf(context.store.state);
  const view = exchangeConnectionVersion(state, version, references)?.connection ?? undefined;
  if (view === undefined) return undefined;
  return { ...view, applied: view.usedBy.length > 0 ? context.mailers.of(state.resource, version) : null };
}
