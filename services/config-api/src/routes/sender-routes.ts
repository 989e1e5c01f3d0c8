import { type Static, Type } from '@sinclair/typebox';
import {
  closed,
  Line,
  type ListedSender,
  maxAddressLength,
  type SenderContent,
  type SenderListChanges,
  SenderListChangesSchema,
  SenderListPutSchema,
  SenderListSchema,
  type SenderPatch,
  SenderPatchSchema,
  type SenderPut,
  SenderCreateSchema,
  SenderPutSchema,
  SenderQuerySchema,
  SenderResolutionSchema,
  type SenderResolutionView,
  SenderVersionSchema,
  type SenderView,
  SenderViewSchema,
} from '@postausgang/contracts';
import { type HttpPlugin, type HttpRequest, ProblemError } from '@postausgang/http';
import {
  decideSenderList,
  defaultServerOf,
  findSenders,
  resolveSender,
  senderId,
  type SenderListChange,
  type SenderListCommand,
  type SenderState,
  senderVersion,
  senderView,
} from '@postausgang/settings';
import type { RouteContext } from '../config-api.ts';
import { actorOf, senders } from '../settings/changes.ts';
import { appendProblems, type VersionedResource } from './resource-change.ts';
import { addResourceRoutes } from './resource-routes.ts';
import { PageQuerySchema, pageRequest, ReasonQuerySchema, withCursor, withExamples } from './schemas.ts';

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
    create: withExamples(SenderCreateSchema, ...putExamples),
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
  deletionProblems: ['sender-in-use', 'no-mailer', 'history-incomplete'],
  requireUnused: requireNoMail,
};

/** Mail that waits would be sent as somebody else, or fail. */
async function requireNoMail(
  { countNaming }: Pick<RouteContext, 'countNaming'>,
  id: string,
  request: HttpRequest,
): Promise<void> {
  const waiting = await countNaming(id, request);
  if (waiting === 0) return;
  const mails = waiting === 1 ? '1 mail waits' : `${waiting} mails wait`;
  throw new ProblemError('sender-in-use', { detail: `${mails} for this sender.` });
}

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

const synchronizeSchema = {
  operationId: 'synchronizeSenders',
  summary: 'Synchronize the senders of a list',
  description:
    'Takes the whole list that an ERP keeps under the name `source`. Who is in it is created or changed and, unless the ' +
    'entry says otherwise, active; who is not in it any more is deactivated, never deleted. Senders of other lists, and ' +
    'those that are kept by hand, stay as they are. What an entry does not name is kept. With any mistake in the list ' +
    'nothing is changed, and the findings name all of them. The same list again changes nothing.',
  tags: senderResource.tags,
  querystring: Type.Object(
    {
      source: Line(100, { minLength: 1, description: 'The name of the list', examples: ['erp'] }),
      ...ReasonQuerySchema.properties,
    },
    closed,
  ),
  body: withExamples(SenderListPutSchema, {
    senders: [
      {
        name: 'ACME Accounting',
        address: 'invoices@acme.example',
        for: { kind: 'department', key: 'accounting' },
        replyTo: [{ address: 'accounting@acme.example' }],
      },
      { name: 'Erika Muster', address: 'e.muster@acme.example', for: { kind: 'employee', key: '4711' } },
    ],
  }),
  response: { 200: SenderListChangesSchema },
};

/** 10,000 senders with names, keys and addresses for replies. */
const listBodyLimit = 8 * 1024 * 1024;
/** How many events are on their way to the log at a time. */
const writtenAtOnce = 250;
const listRounds = 3;

/**
 * Writes what a list changes. Whoever changes one of the senders in between makes it compare again: what was written stays,
 * since it is as the list says. Throws `settings-invalid`, `version-conflict`, and the problems of `SettingsStore.write`.
 */
async function synchronize(context: RouteContext, command: SenderListCommand): Promise<SenderListChanges> {
  const { store, now, newId } = context;
  const written: SenderListChange[] = [];
  for (let round = 0; round < listRounds; round += 1) {
    const decision = decideSenderList(store.state.senders, command, store.references(now().getTime()));
    if (decision.outcome === 'refused') {
      throw new ProblemError('settings-invalid', { findings: decision.findings });
    }
    const { changes, unchanged } = decision;
    if (changes.length === 0) {
      return listChanges(command.source, written, unchanged - countListed(written));
    }
    for (let start = 0; start < changes.length; start += writtenAtOnce) {
      const some = changes.slice(start, start + writtenAtOnce);
      const verdicts = await Promise.all(
        some.map(({ data }) => senders.write(store, data, { id: newId(), time: now().toISOString() })),
      );
      written.push(...some.filter((_change, index) => verdicts[index] === 'accepted'));
    }
  }
  throw new ProblemError('version-conflict', {
    detail: 'Somebody else is changing the same senders. It is safe to repeat the request.',
  });
}

const countListed = (changes: readonly SenderListChange[]): number =>
  changes.filter(({ what }) => what !== 'deactivated').length;

function listChanges(
  source: string,
  written: readonly SenderListChange[],
  unchanged: number,
): SenderListChanges {
  const those = (wanted: SenderListChange['what']): ListedSender[] =>
    written
      .filter(({ what }) => what === wanted)
      .map(({ data: { resource, content } }) => ({
        id: senderId({ resource }),
        name: content.name,
        address: content.address,
      }));
  return {
    source,
    created: those('created'),
    changed: those('changed'),
    deactivated: those('deactivated'),
    unchanged,
  };
}

/** The senders that mail may name. */
export const senderRoutes: HttpPlugin<RouteContext> = async (app, context) => {
  const config = { scopes: ['settings:read'] } as const;
  app.get('/senders', { schema: listSchema, config }, async ({ query }) => listPage(context, query));
  app.get('/senders/resolve', { schema: resolveSchema, config }, async ({ query }) =>
    resolution(context, query),
  );
  const problems = ['settings-invalid', 'version-conflict', ...appendProblems] as const;
  const writeConfig = { scopes: ['settings:write'], problems } as const;
  const options = { schema: synchronizeSchema, config: writeConfig, bodyLimit: listBodyLimit };
  app.put('/senders', options, async ({ query: { source, reason = null }, body, principal }) =>
    synchronize(context, { source, entries: body.senders, actor: actorOf(principal), reason }),
  );
  addResourceRoutes(app, context, senderResource);
};
