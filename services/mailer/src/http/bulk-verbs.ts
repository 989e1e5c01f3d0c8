/*
 * One verb for all mails of a filter. The command goes to the log once; each mailer carries it out for its own mail, and
 * every mailer can tell how far that is.
 */
import { hash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import {
  BulkMailAnswerSchema,
  type BulkMailAnswer,
  BulkMailSchema,
  bulkRouteVerbs,
  type BulkVerb,
  closed,
  type MailAction,
  MailActionListSchema,
  MailActionSchema,
  type MailActionStatus,
  MailActionStatusSchema,
  type Requester,
  StringEnum,
} from '@postausgang/contracts';
import {
  hasScope,
  type HttpPlugin,
  parseIdempotencyKey,
  type Principal,
  ProblemError,
  withHeaders,
} from '@postausgang/http';
import { type Mail, requesterKey, toInstant } from '@postausgang/mail';
import { within } from '@postausgang/net';
import { Type } from '@sinclair/typebox';
import type { BulkFilter } from '../engine/bulk.ts';
import type { Reservation } from '../limits/quotas.ts';
import { actionFindings } from '../view/mail-filter.ts';
import { type ActionCursor, manyMails, type MailAction as KnownAction } from '../view/mail-view.ts';
import { readCursor } from './find-mails.ts';
import { requireRecipients, requireSendersAgain, reserveQuota } from './key-permissions.ts';
import { requesterFrom } from './mail-owner.ts';
import { appendProblem, IdempotencyHeadersSchema, type MailRoutesDeps } from './route-deps.ts';

type RouteVerb = (typeof bulkRouteVerbs)[number];

const summaries: Readonly<Record<RouteVerb, string>> = {
  resend: 'Resend all mails of a filter',
  release: 'Release all mails of a filter',
  cancel: 'Cancel all mails of a filter',
};

const description = `
One command for all mails that the filter matches and the key may command. The filter is that of the list of mails; without
a state in it, the command is about mails in the states in which the verb can have an effect. With \`dryRun\`, the answer only
counts them.
Otherwise each mail that was accepted before gets a command of its own, which is answered like that of the verb for one mail; a mail that has changed
in the meantime declines it. Resends come under the quotas, the senders and the recipient domains of the key that asks for them, all of
them together: what they do not allow is refused as a whole.
`.trim();

const progressOf = (id: string): string => `/v1/mails/actions/${encodeURIComponent(id)}`;
const always = [
  'history-incomplete',
  'outcome-unknown',
  'overloaded',
  'log-unavailable',
  'log-full',
] as const;
const ofResends = ['sender-not-allowed', 'recipient-not-allowed', 'quota-exceeded', 'mail-invalid'] as const;
const answers = {
  202: withHeaders(BulkMailAnswerSchema, {
    location: Type.String({ description: 'Where the progress is. Absent for a dry run' }),
  }),
};
const manage = { scopes: ['mail:manage'] } as const;

const actionExamples = [
  { filter: { q: 'rechnung', state: 'failed' }, verb: 'resend', reason: 'Relay erlaubt', dryRun: true },
  { filter: { recipient: '@example.com' }, verb: 'hold' },
] satisfies readonly MailAction[];

const actSchema = {
  operationId: 'actOnMails',
  summary: 'Carry out a verb for all mails of a filter',
  description,
  tags: ['mails'],
  headers: IdempotencyHeadersSchema,
  body: { ...MailActionSchema, examples: actionExamples },
  response: answers,
};

const progressSchema = {
  operationId: 'getMailAction',
  summary: 'Get the progress of an action',
  description:
    'An action is finished when each of its mails has answered. It is known for 90 days after that. Without ' +
    '`mail:manage:all`, these are only actions that the caller requested.',
  tags: ['mails'],
  params: Type.Object({
    id: Type.String({
      description: 'The ID in the answer to POST /v1/mails/actions',
      examples: ['8d5c3b1a-6f0e-4d7e-9a53-0c1f7f0e2b11'],
    }),
  }),
  response: { 200: MailActionStatusSchema },
};

const ActionsQuerySchema = Type.Object(
  {
    state: Type.Optional(StringEnum(['running', 'finished'], { description: 'Only actions in this state' })),
    cursor: Type.Optional(Type.String({ maxLength: 1000, description: '`nextCursor` of the previous page' })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 50 })),
  },
  closed,
);

const defaultPageSize = 50;

const actionsSchema = {
  operationId: 'listMailActions',
  summary: 'List the actions, newest first',
  description:
    'Each with its progress, for 90 days. Without `mail:manage:all`, these are only actions that the caller requested. With ' +
    'a state, a page can have fewer actions than `limit`, and even none: go on until `nextCursor` is null.',
  tags: ['mails'],
  querystring: ActionsQuerySchema,
  response: { 200: MailActionListSchema },
};

/** The cursor as an opaque text for URLs. */
const writeCursor = ({ requestedAtMs, id }: ActionCursor): string =>
  Buffer.from(`${requestedAtMs} ${id}`).toString('base64url');

function readActionCursor(text: string): ActionCursor | undefined {
  const [, requestedAtMs, id] =
    /^(-?\d{1,15}) (\S{1,300})$/.exec(Buffer.from(text, 'base64url').toString()) ?? [];
  return requestedAtMs === undefined || id === undefined
    ? undefined
    : { requestedAtMs: Number(requestedAtMs), id };
}

/** POST and GET /v1/mails/actions, GET /v1/mails/actions/{id}, and the older POST /v1/mails/resend, release and cancel. */
export const bulkMailVerbs: HttpPlugin<MailRoutesDeps> = async (app, deps) => {
  const act = createActs(deps);

  app.post(
    '/v1/mails/actions',
    { schema: actSchema, config: { ...manage, problems: [...always, ...ofResends] } },
    async ({ body, headers, principal }, reply) => {
      const answer = await act(principal, body, parseIdempotencyKey(headers['idempotency-key']));
      if (answer.id !== null) void reply.header('location', progressOf(answer.id));
      return reply.status(202).send(answer);
    },
  );

  app.get(
    '/v1/mails/actions',
    { schema: actionsSchema, config: { ...manage, problems: ['history-incomplete'] } },
    async ({ query: { state, cursor, limit = defaultPageSize }, principal }) => {
      const of = hasScope(principal, 'mail:manage:all') ? undefined : requesterFrom(principal);
      const { actions, next } = deps.queue.actions({
        of,
        state,
        cursor: readCursor(cursor, readActionCursor),
        limit,
      });
      return { items: actions.map(statusOf), nextCursor: next === null ? null : writeCursor(next) };
    },
  );

  app.get(
    '/v1/mails/actions/:id',
    { schema: progressSchema, config: { ...manage, problems: ['not-found', 'history-incomplete'] } },
    async ({ params, principal }) => progress(deps.queue.action(params.id), principal),
  );

  for (const verb of bulkRouteVerbs) {
    const schema = {
      operationId: `${verb}Mails`,
      summary: summaries[verb],
      description,
      tags: ['mails'],
      headers: IdempotencyHeadersSchema,
      body: { ...BulkMailSchema, examples: [{ filter: {}, dryRun: true }] },
      response: answers,
    };
    const config = { ...manage, problems: [...always, ...(verb === 'resend' ? ofResends : [])] };
    app.post(`/v1/mails/${verb}`, { schema, config }, async ({ body, headers, principal }, reply) => {
      const asked = { ...body, verb };
      const answer = await act(principal, asked, parseIdempotencyKey(headers['idempotency-key']));
      if (answer.id !== null) void reply.header('location', progressOf(answer.id));
      return reply.status(202).send(answer);
    });
  }
};

/** Throws `not-found` where the principal may not see the action, whether it exists or not. */
function progress(action: KnownAction | undefined, principal: Principal): MailActionStatus {
  if (action === undefined || !maySee(principal, action.command.data.of)) {
    throw new ProblemError('not-found', { detail: 'There is no action with this ID.' });
  }
  return statusOf(action);
}

function statusOf({ command, matched, done, skipped, finishedAtMs }: KnownAction): MailActionStatus {
  const { verb, filter, actor = null, reason = null } = command.data;
  const reasons = Object.entries(skipped).map(([code, count]) => ({
    code,
    count,
  })) as MailActionStatus['reasons'];
  return {
    id: command.id,
    verb,
    state: finishedAtMs === null ? 'running' : 'finished',
    filter,
    matched,
    done,
    skipped: reasons.reduce((sum, { count }) => sum + count, 0),
    reasons: reasons.toSorted((one, other) => other.count - one.count),
    actor,
    reason,
    requestedAt: command.time,
    finishedAt: finishedAtMs === null ? null : toInstant(finishedAtMs),
  };
}

function maySee(principal: Principal, of: Requester | undefined): boolean {
  const isOwn = of !== undefined && requesterKey(of) === requesterKey(principal);
  return isOwn || hasScope(principal, 'mail:manage:all');
}

const defaultTimeoutMs = 5_000;

type Act = (
  principal: Principal,
  action: MailAction,
  idempotencyKey: string | undefined,
) => Promise<BulkMailAnswer>;

/** Counts, permits and records actions. Throws `request-invalid`, the refusals of resends, and the problems of the log. */
function createActs(deps: MailRoutesDeps): Act {
  const { queue } = deps;
  const resends = createResends(deps);
  return async (principal, { dryRun = false, verb, ...asked }, key) => {
    const findings = actionFindings({ ...asked, verb });
    if (findings.length > 0) throw new ProblemError('request-invalid', { findings });
    const of = hasScope(principal, 'mail:manage:all') ? {} : { of: requesterFrom(principal) };
    const filter: BulkFilter = { verb, filter: asked.filter, ...of };
    const matched = await queue.countMatching(filter);
    if (dryRun) {
      return { id: null, verb, matched };
    }
    const id = commandId(deps, principal, verb, asked, key);
    // Nothing comes of a repetition, so nothing would give back what it reserves.
    if (queue.commandIds(manyMails, id).includes(id)) {
      return { id, verb, matched };
    }
    const giveBack =
      verb === 'resend' ? await resends.permit(principal, id, queue.matching(filter)) : () => undefined;
    const actor = asked.actor ?? principal.name;
    const data = { ...asked, verb, ...of, actor, requestedBy: principal.id, counted: matched };
    const { position } = await deps.publisher
      .publish('mailBulkRequested', id, data, { id })
      .catch((error: unknown) => {
        giveBack();
        throw appendProblem(error);
      });
    // From then on this mailer can tell how far it is.
    await within(deps.foldTimeoutMs ?? defaultTimeoutMs, queue.waitFor(position), () => false);
    return { id, verb, matched };
  };
}

/** Resends are mails of the key that asks for them, many as well as one. */
function createResends(deps: MailRoutesDeps) {
  const underWay = new Map<string, Promise<Reservation | undefined>>();
  return {
    /**
     * Reserves what the resends use of the quotas until the log counts them. The result gives it back. Throws
     * `sender-not-allowed`, `recipient-not-allowed`, `quota-exceeded`, and `mail-invalid` where they are more than a
     * quota ever allows.
     */
    async permit(
      principal: Principal,
      commandId: string,
      pages: Iterable<readonly Mail[]>,
    ): Promise<() => void> {
      // Without permissions there are no limits.
      if (principal.permissions === undefined) return () => undefined;
      const earlier = underWay.get(commandId);
      // A repetition of a command that is under way asks for nothing more, and is refused with it.
      if (earlier !== undefined) return earlier.then(() => () => undefined);
      const forgetCommand = (): void => void underWay.delete(commandId);
      const permitted = permitAll(deps, principal, pages);
      underWay.set(commandId, permitted);
      const reservation = await permitted.catch((error: unknown) => {
        forgetCommand();
        throw error;
      });
      const end = (): void => {
        forgetCommand();
        reservation?.end();
      };
      const forget = deps.queue.whenExpanded(commandId, end);
      return () => {
        forget();
        end();
      };
    },
  };
}

/** Mail is sent between two pages. */
async function permitAll(
  deps: MailRoutesDeps,
  principal: Principal,
  pages: Iterable<readonly Mail[]>,
): Promise<Reservation | undefined> {
  const usage = { mails: 0, recipients: 0, bytes: 0 };
  const rules = deps.sendingRules();
  for (const mails of pages) {
    for (const mail of mails) requireSendersAgain(principal, rules, mail);
    const addresses = mails.flatMap(({ recipients }) => recipients.map(({ address }) => address));
    for (const address of addresses) requireRecipients(principal, [{ pointer: '/filter', address }]);
    usage.mails += mails.length;
    usage.recipients += addresses.length;
    await setImmediate();
  }
  return reserveQuota(deps, principal, () => usage);
}

/** Under a key a repetition is the same command. */
function commandId(
  { newId }: MailRoutesDeps,
  principal: Pick<Principal, 'id'>,
  verb: BulkVerb,
  asked: object,
  key: string | undefined,
): string {
  const digest = (value: unknown): string => hash('sha256', JSON.stringify(value), 'base64url');
  return key === undefined ? newId() : `key.${digest([principal.id, key, verb, asked])}`;
}
