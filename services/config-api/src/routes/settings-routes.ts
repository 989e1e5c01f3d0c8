import { Type } from '@sinclair/typebox';
import {
  type ExchangeConnectionContent,
  ExchangeConnectionListSchema,
  type ExchangeConnectionPatch,
  ExchangeConnectionPatchSchema,
  type ExchangeConnectionPut,
  ExchangeConnectionCreateSchema,
  ExchangeConnectionPutSchema,
  ExchangeConnectionVersionSchema,
  type ExchangeConnectionView,
  ExchangeConnectionViewSchema,
  NamedObject,
  type OutgoingServerContent,
  type OutgoingServerPatch,
  OutgoingServerPatchSchema,
  type OutgoingServerPut,
  OutgoingServerPutSchema,
  OutgoingServerVersionSchema,
  type OutgoingServerView,
  OutgoingServerViewSchema,
  ServerPresetListSchema,
  serverPresets,
} from '@postausgang/contracts';
import type { HttpPlugin } from '@postausgang/http';
import {
  defaultServer,
  type ExchangeConnectionState,
  exchangeConnectionVersion,
  exchangeConnectionView,
  type OutgoingServerState,
  versionView,
} from '@postausgang/settings';
import type { RouteContext } from '../config-api.ts';
import { exchangeConnections, outgoingServers, stateOf } from '../settings/changes.ts';
import type { VersionedResource } from './resource-change.ts';
import { addResourceRoutes } from './resource-routes.ts';
import { withExamples } from './schemas.ts';

// The passwords in the examples are placeholders, and no masks: those are refused.
const putExamples = [
  {
    serverType: 'smtp',
    enabled: true,
    senderAddress: { name: 'ACME GmbH', address: 'erp@acme.example' },
    smtp: {
      hostname: 'mail.acme.example',
      port: 587,
      encryption: 'starttls',
      authentication: 'password',
      username: 'erp@acme.example',
      password: 'the password of the mailbox',
    },
  },
  {
    serverType: 'smtp',
    enabled: true,
    senderAddress: { address: 'erp@acme.example' },
    smtp: { hostname: '127.0.0.1', port: 2525, encryption: 'none', authentication: 'none' },
  },
];

const patchExamples = [
  { enabled: false },
  { smtp: { hostname: 'mail2.acme.example', password: 'the password of the mailbox' } },
];

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
  operations: ['put', 'patch'],
  schemas: {
    put: withExamples(OutgoingServerPutSchema, ...putExamples),
    patch: withExamples(OutgoingServerPatchSchema, ...patchExamples),
    view: OutgoingServerViewSchema,
    version: OutgoingServerVersionSchema,
  },
  descriptions: {
    get: 'While sending is disabled, `warnings` lists what prevents it. Passwords are never returned.',
    change:
      'Requires `If-Match`. A password in the body, including null, also requires the scope `secrets:write`. While ' +
      '`enabled` is false, only the structure is checked. Enabling invalid settings is answered with 422 and all ' +
      'findings. A change without effect keeps the version.',
  },
  viewOf: serverOfVersion,
  versionOf: ({ store, now }, state, version) =>
    versionView(state, version, store.references(now().getTime())),
  isReported: () => true,
};

function serverOfVersion(
  { mailers, store, now }: Pick<RouteContext, 'mailers' | 'store' | 'now'>,
  state: OutgoingServerState,
  version: number,
): OutgoingServerView {
  const view = versionView(state, version, store.references(now().getTime()));
  if (view === undefined) throw new Error(`The fold has no version ${version}`);
  return { ...view.settings, applied: mailers.of(state.resource, version) };
}

const exchangePutExamples = [
  {
    name: 'Exchange Online',
    email: 'erp@acme.example',
    protocol: 'graph',
    tenantId: '72f988bf-86f1-41af-91ab-2d7cd011db47',
    clientId: '5f1d3b0c-2b5e-4a5e-9d0e-3f8f6a2b7c11',
    clientSecret: 'the client secret of the app registration',
    clientSecretExpiresAt: '2028-11-23T00:00:00Z',
  },
  {
    name: 'On-premises Exchange',
    email: 'erp@acme.example',
    protocol: 'ews',
    authentication: 'ntlm',
    ewsUrl: 'https://mail.acme.example/EWS/Exchange.asmx',
    username: 'ACME\\erp',
    password: 'the password of the account',
  },
];

const exchangePatchExamples = [{ email: 'invoices@acme.example' }];

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
  operations: ['create', 'put', 'patch', 'delete'],
  schemas: {
    create: withExamples(ExchangeConnectionCreateSchema, ...exchangePutExamples),
    put: withExamples(ExchangeConnectionPutSchema, ...exchangePutExamples),
    patch: withExamples(ExchangeConnectionPatchSchema, ...exchangePatchExamples),
    view: ExchangeConnectionViewSchema,
    version: ExchangeConnectionVersionSchema,
  },
  descriptions: {
    get: 'The client secret and the password are never returned.',
    change:
      'Requires `If-Match`. A secret in the body, including null, also requires the scope `secrets:write`. Secrets are ' +
      'bound to authority, tenant, client and endpoint. After a change of one of them, they must be entered again.',
  },
  viewOf: connectionOfVersion,
  versionOf: ({ store }, state, version) => exchangeConnectionVersion(state, version, store.references()),
  isReported: ({ store }, resource) => store.references().usersOf(resource).length > 0,
};

function currentConnection(
  { mailers, store }: Pick<RouteContext, 'mailers' | 'store'>,
  state: ExchangeConnectionState,
): ExchangeConnectionView | undefined {
  const references = store.references();
  const isUsed = references.usersOf(state.resource).length > 0;
  return exchangeConnectionView(state, references, isUsed ? mailers.of(state.resource, state.version) : null);
}

function connectionOfVersion(
  context: Pick<RouteContext, 'mailers' | 'store'>,
  state: ExchangeConnectionState,
  version: number,
): ExchangeConnectionView | undefined {
  if (state.version === version) return currentConnection(context, state);
  const references = context.store.references();
  const view = exchangeConnectionVersion(state, version, references)?.connection ?? undefined;
  if (view === undefined) return undefined;
  return { ...view, applied: view.usedBy.length > 0 ? context.mailers.of(state.resource, version) : null };
}

const ServerListSchema = NamedObject('OutgoingServerList', { items: Type.Array(OutgoingServerViewSchema) });

const serverListSchema = {
  operationId: 'listOutgoingServers',
  summary: 'List the outgoing servers',
  tags: outgoingServerResource.tags,
  response: { 200: ServerListSchema },
};

const presetListSchema = {
  operationId: 'listServerPresets',
  summary: 'List the presets of providers',
  description:
    'What is known of the servers of common providers, from pages of the vendors: host, encryption, sign-in and limits, which ' +
    'fields a person fills in, and what the account needs. The settings do not refer to them. The test mailbox is among them ' +
    'where the service has one.',
  tags: outgoingServerResource.tags,
  response: {
    200: withExamples(ServerPresetListSchema, {
      items: serverPresets.filter(({ id }) => ['microsoft-365', 'telekom'].includes(id)),
    }),
  },
};

const connectionListSchema = {
  operationId: 'listExchangeConnections',
  summary: 'List the Exchange connections',
  tags: exchangeConnectionResource.tags,
  response: { 200: ExchangeConnectionListSchema },
};

const config = { scopes: ['settings:read'] } as const;

/** The outgoing server, and the Exchange connections that it may use. */
export const settingsRoutes: HttpPlugin<RouteContext> = async (app, context) => {
  app.get('/outgoing-servers', { schema: serverListSchema, config }, async () => {
    const state = stateOf(outgoingServers, context.store, defaultServer);
    return { items: [serverOfVersion(context, state, state.version)] };
  });
  app.get('/outgoing-servers/presets', { schema: presetListSchema, config }, async () => ({
    items: serverPresets.filter(
      ({ serverType }) => serverType !== 'test-mailbox' || context.store.references().hasTestMailbox,
    ),
  }));
  addResourceRoutes(app, context, outgoingServerResource);

  app.get('/exchange-connections', { schema: connectionListSchema, config }, async () => {
    const states = [...exchangeConnections.all(context.store.state).values()];
    const items = states.flatMap((state) => currentConnection(context, state) ?? []);
    return { items: items.toSorted((a, b) => a.name.localeCompare(b.name)) };
  });
  addResourceRoutes(app, context, exchangeConnectionResource);
};
