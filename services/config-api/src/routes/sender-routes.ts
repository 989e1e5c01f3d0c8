import { type Static, Type } from '@sinclair/typebox';
import {
  closed,
  Line,
  maxAddressLength,
  type SenderContent,
  SenderListSchema,
  type SenderPatch,
  SenderPatchSchema,
  type SenderPut,
  SenderPutSchema,
  SenderQuerySchema,
  SenderResolutionSchema,
  type SenderResolutionView,
  SenderVersionSchema,
  type SenderView,
  SenderViewSchema,
} from '@postausgang/contracts';
import type { HttpPlugin } from '@postausgang/http';
import {
  defaultServerOf,
  findSenders,
  resolveSender,
  type SenderState,
  senderVersion,
  senderView,
} from '@postausgang/settings';
import type { RouteContext } from '../config-api.ts';
import { senders } from '../settings/changes.ts';
import type { VersionedResource } from './resource-change.ts';
import { addResourceRoutes } from './resource-routes.ts';
import { PageQuerySchema, pageRequest, withCursor, withExamples } from './schemas.ts';

const putExamples = [
  {
    name: 'ACME Accounting',
    address: 'invoices@acme.example',
    for: { kind: 'department', key: 'accounting', branch: 'berlin' },
    replyTo: [{ name: 'ACME Accounting', address: 'accounting@acme.example' }],
    alwaysCopyTo: [{ address: 'archive@acme.example' }],
  },
  { name: 'Erika Muster', address: 'e.muster@acme.example', for: { kind: 'employee', key: '4711' } },
];

const patchExamples = [{ active: false }, { replyTo: [{ address: 'accounting@acme.example' }] }];

/** Senders over HTTP. */
export const senderResource: VersionedResource<SenderContent | null, SenderPut, SenderPatch> = {
  subject: senders,
  path: '/senders',
  tags: ['senders'],
  noun: 'Sender',
  title: 'a sender',
  exampleId: 'c81e728d',
  operations: ['create', 'put', 'patch', 'delete'],
  hasApplyStatus: false,
  schemas: {
    put: withExamples(SenderPutSchema, ...putExamples),
    patch: withExamples(SenderPatchSchema, ...patchExamples),
    view: SenderViewSchema,
    version: SenderVersionSchema,
  },
  descriptions: {
    get: '`warnings` lists what prevents its use, and another active sender with the same address.',
    change:
      'Requires `If-Match`. Two active senders for the same employee, department, branch or purpose are refused with ' +
      '`sender-duplicate`, which names the other one.',
  },
  viewOf: ({ store, now }, state, version) =>
    senderVersion(state, version, store.references(now().getTime()))?.sender ?? undefined,
  versionOf: ({ store, now }, state, version) =>
    senderVersion(state, version, store.references(now().getTime())),
  isReported: () => false,
};

const ListQuerySchema = Type.Object(
  {
    text: Type.Optional(Line(200, { description: 'Part of the name, the address or the key' })),
    source: Type.Optional(Line(100, { description: 'Only senders that this list keeps up to date' })),
    active: Type.Optional(Type.Boolean()),
    ...PageQuerySchema.properties,
  },
  closed,
);

const listSchema = {
  operationId: 'listSenders',
  summary: 'List the senders',
  tags: senderResource.tags,
  querystring: ListQuerySchema,
  response: { 200: SenderListSchema },
};

function listPage(
  { store, now }: Pick<RouteContext, 'store' | 'now'>,
  { text, source, active, ...query }: Static<typeof ListQuerySchema>,
) {
  const filter = { text, source, active };
  const { items, ...page } = findSenders(store.state.senders, filter, pageRequest(query));
  const references = store.references(now().getTime());
  const view = (state: SenderState): SenderView | readonly SenderView[] =>
    senderView(state, references) ?? [];
  return withCursor({ ...page, items: items.flatMap(view) });
}

const { id, employee, department, branch, purpose } = SenderQuerySchema.properties;
const ResolveQuerySchema = Type.Object(
  {
    id,
    employee,
    department,
    branch,
    purpose,
    from: Type.Optional(
      Line(maxAddressLength, { description: 'The address in `from`, if the mail has one' }),
    ),
  },
  closed,
);

const resolveSchema = {
  operationId: 'resolveSender',
  summary: 'Find out which sender a mail would have, and why',
  description:
    'By the first of these that leads to an active sender: `from`, ID, employee at the branch, employee, department at the ' +
    'branch, department, branch, purpose. Otherwise the default sender of the outgoing server.',
  tags: senderResource.tags,
  querystring: ResolveQuerySchema,
  response: { 200: SenderResolutionSchema },
};

/** What a mail with such a `sender` would come from. */
function resolution(
  { store, now }: Pick<RouteContext, 'store' | 'now'>,
  { from: address, ...query }: Static<typeof ResolveQuerySchema>,
): SenderResolutionView {
  const { senders: book } = store.state;
  const explicit = address === undefined ? null : { address };
  const { rule, sender, tried, isRefused } = resolveSender(book, { ...query, strict: true }, explicit);
  const content = sender?.content ?? null;
  return {
    rule,
    from:
      content === null
        ? (explicit ?? defaultServerOf(store.state).content.senderAddress)
        : { name: content.name, address: content.address },
    sender: sender === null ? null : (senderView(sender, store.references(now().getTime())) ?? null),
    tried: [...tried],
    refused: isRefused,
  };
}

/** The senders that mail may name. */
export const senderRoutes: HttpPlugin<RouteContext> = async (app, context) => {
  const config = { scopes: ['settings:read'] } as const;
  app.get('/senders', { schema: listSchema, config }, async ({ query }) => listPage(context, query));
  app.get('/senders/resolve', { schema: resolveSchema, config }, async ({ query }) =>
    resolution(context, query),
  );
  addResourceRoutes(app, context, senderResource);
};
