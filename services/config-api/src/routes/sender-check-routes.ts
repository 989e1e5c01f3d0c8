import { Type } from '@sinclair/typebox';
import {
  finding,
  type SenderCheck,
  SenderCheckListSchema,
  type SenderCheckRequest,
  SenderCheckRequestSchema,
  SenderCheckSchema,
  type SenderContent,
} from '@postausgang/contracts';
import {
  hasScope,
  type HttpPlugin,
  type HttpReply,
  type Principal,
  ProblemError,
  requireScopes,
  withHeaders,
} from '@postausgang/http';
import {
  allowedSendersText,
  allowsRecipient,
  defaultServerOf,
  maySendAs,
  senderId,
  type SenderState,
  sendingVersions,
} from '@postausgang/settings';
import type { RouteContext } from '../config-api.ts';
import { actorOf } from '../settings/changes.ts';
import { answerFinished, requireTestRate, waitHeaders } from './connection-test-routes.ts';
import { appendProblems, found, requireExisting } from './resource-change.ts';
import { idParams, locationHeader, withExamples } from './schemas.ts';
import { senderResource } from './sender-routes.ts';

const { tags } = senderResource;
const scopes = ['connection:test'] as const;

const description =
  'Finds out whether the mail server accepts a sender, with the saved settings and the code that sends mail: up to RCPT, to ' +
  'the address of the sender. Exchange decides only when it has the whole message, and so do servers that do not say what ' +
  'they are: there, one real mail goes to the sender itself. With Graph, its filed copy is read back, where the app may read ' +
  'it, since Graph can replace the sender without an error. The mail needs `mail:send` and counts towards the quotas of the ' +
  'key; with `probe: false`, or without that scope, none is sent. The result is in `check` of the sender.';

const startConfig = {
  scopes,
  problems: [
    'not-found',
    'sender-not-allowed',
    'recipient-not-allowed',
    'no-mailer',
    'rate-limited',
    ...appendProblems,
  ],
  optionalBody: true,
} as const;

const startSchema = {
  tags,
  headers: waitHeaders('check'),
  body: withExamples(SenderCheckRequestSchema, {}, { probe: false }),
  response: {
    200: withHeaders(SenderCheckSchema, { 'Preference-Applied': Type.String() }),
    202: withHeaders(SenderCheckSchema, locationHeader),
  },
};

type ExistingSender = SenderState & { readonly content: SenderContent };

/** Checks of senders over HTTP. */
export const senderCheckRoutes: HttpPlugin<RouteContext> = async (app, context) => {
  const { senderChecks, store } = context;
  const one = {
    ...startSchema,
    operationId: 'startSenderCheck',
    summary: 'Check whether the mail server accepts a sender',
    description,
    params: idParams(senderResource.title, senderResource.exampleId),
  };
  app.post('/senders/:id/checks', { schema: one, config: startConfig }, async (request, reply) => {
    const { params, body, headers, principal } = request;
    const state = requireExisting(context, senderResource, params.id);
    if (!isExisting(state)) throw new ProblemError('not-found');
    requireSender(context, principal, state);
    return answer(context, await start(context, [state], body, principal), headers, reply);
  });

  const all = {
    ...startSchema,
    operationId: 'startSenderChecks',
    summary: 'Check all active senders, one after the other',
    description: `${description} While such a check is running, no other one starts: the answer is the running one. Credentials that are limited to some senders check those.`,
  };
  app.post('/sender-checks', { schema: all, config: startConfig }, async (request, reply) => {
    const { body, headers, principal } = request;
    const running = senderChecks
      .list(maxListed)
      .items.find(({ state, total }) => state === 'running' && total > 1);
    const active = [...store.state.senders.resources.values()].filter(isExisting);
    const mine = active.filter((state) => state.content.active && mayUse(context, principal, state));
    return answer(context, running ?? (await start(context, mine, body, principal)), headers, reply);
  });

  const listSchema = {
    operationId: 'listSenderChecks',
    summary: 'List the checks of senders, newest first',
    tags,
    response: { 200: SenderCheckListSchema },
  };
  app.get('/sender-checks', { schema: listSchema, config: { scopes } }, async () =>
    senderChecks.list(maxListed),
  );

  const getSchema = {
    operationId: 'getSenderCheck',
    summary: 'Get a check of senders, and how far it is',
    tags,
    params: idParams('a check', 'f3b0c6d2'),
    response: { 200: SenderCheckSchema },
  };
  const config = { scopes, problems: ['not-found'] } as const;
  app.get('/sender-checks/:id', { schema: getSchema, config }, async ({ params: { id } }) =>
    found(senderChecks.find(id), 'This check does not exist.'),
  );
};

const maxListed = 20;

function isExisting(state: SenderState): state is ExistingSender {
  return state.content !== null;
}

/** Asks for a check. Throws what keeps it from being done. */
async function start(
  context: RouteContext,
  states: readonly ExistingSender[],
  request: SenderCheckRequest | undefined,
  principal: Principal,
): Promise<SenderCheck> {
  const { mailers, senderChecks, store, newId } = context;
  const probe = wantsProbe(principal, states, request);
  if (!mailers.isAnyLive()) throw new ProblemError('no-mailer', { detail: 'No mailer is running.' });
  requireTestRate(context, principal);
  return senderChecks.request({
    checkId: newId(),
    senders: states.map((state) => ({ id: senderId(state), version: state.version })),
    ...sendingVersions(store.state),
    probe,
    actor: actorOf(principal),
  });
}

/** A probe is a real mail to each of the senders. Whoever does not ask for it gets it where it is allowed. */
function wantsProbe(
  principal: Principal,
  states: readonly ExistingSender[],
  request: SenderCheckRequest | undefined,
): boolean {
  const wanted = request?.probe ?? hasScope(principal, 'mail:send');
  if (!wanted) return false;
  requireScopes(principal, ['mail:send']);
  const { permissions } = principal;
  const foreign = states.some(
    ({ content }) => permissions !== undefined && !allowsRecipient(permissions, content.address),
  );
  if (!foreign) return true;
  if (request?.probe === undefined) return false;
  throw new ProblemError('recipient-not-allowed', {
    detail: `This API key may send to ${permissions?.recipientDomains?.join(', ')}.`,
    findings: [finding('/probe', 'domain-not-allowed')],
  });
}

/** The senders were entered by an administrator, so only the limits of the credentials count. */
function rulesOf({ store }: RouteContext) {
  const { senderAddress } = defaultServerOf(store.state).content;
  const policy = { kind: 'any' as const, domains: [] };
  return { policy, defaultSender: senderAddress, senders: store.state.senders };
}

function mayUse(context: RouteContext, { permissions }: Principal, { content }: ExistingSender): boolean {
  return maySendAs(content.address, rulesOf(context), permissions ?? {});
}

function requireSender(context: RouteContext, principal: Principal, state: ExistingSender): void {
  if (mayUse(context, principal, state)) return;
  throw new ProblemError('sender-not-allowed', {
    detail: allowedSendersText(rulesOf(context), principal.permissions ?? {}),
  });
}

function answer(
  { senderChecks, closing: signal }: RouteContext,
  begun: SenderCheck,
  headers: { readonly prefer?: string },
  reply: HttpReply,
): Promise<HttpReply> {
  return answerFinished(reply, headers, {
    begun,
    location: `/v1/sender-checks/${begun.id}`,
    untilFinished: (timeoutMs) => senderChecks.untilFinished(begun.id, { timeoutMs, signal }),
  });
}
