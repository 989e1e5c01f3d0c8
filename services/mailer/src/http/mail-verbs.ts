import { hash } from 'node:crypto';
import {
  CancelMailSchema,
  type CommandRefusal,
  type EventData,
  HoldMailSchema,
  type MailStatus,
  MailStatusSchema,
  type ProblemCode,
  ReleaseMailSchema,
  ResendMailSchema,
  ResolveMailSchema,
} from '@postausgang/contracts';
import { type HttpServer, parseIdempotencyKey, type Principal, ProblemError } from '@postausgang/http';
import type { CommandAnswer } from '../view/mail-view.ts';
import { withinTime } from '../within-time.ts';
import { IdempotencyHeadersSchema, MailParamsSchema } from './mail-schemas.ts';
import { appendProblem, type MailRoutesDeps } from './route-deps.ts';

/*
 * A verb over HTTP, on any mailer: the command goes to the log, behind the request of its mail, whoever owns that
 * partition decides, and the answer comes back through the fold. So it waits for what became of it, not for its append.
 */

type CommandName =
  | 'mailHoldRequested'
  | 'mailReleaseRequested'
  | 'mailCancelRequested'
  | 'mailResendRequested'
  | 'mailResolveRequested';

/** A verb with its body. */
type VerbCommand = {
  [N in CommandName]: { readonly name: N; readonly body: Omit<EventData<N>, 'mailId' | 'requestedBy'> };
}[CommandName];

interface CommandRequest {
  readonly mailId: string;
  readonly command: VerbCommand;
  readonly principal: Pick<Principal, 'id' | 'name'>;
  readonly idempotencyKey: string | undefined;
}

const defaultTimeoutMs = 5_000;

/** Throws `not-found`, the refusals of commands, `idempotency-conflict`, `outcome-unknown` and the problems of the log. */
async function commandMail(deps: MailRoutesDeps, request: CommandRequest): Promise<MailStatus> {
  const { queue } = deps;
  const { mailId } = request;
  const mail = queue.find(mailId);
  if (mail === undefined) {
    throw notFound();
  }
  const id = commandId(deps, request);
  const answer = queue.answerTo(mailId, id);
  if (!queue.commandIds(mailId, id).includes(id)) {
    await publish(deps, request, { id, key: mail.key });
  }
  const answered = await withinTime(answer, deps.foldTimeoutMs ?? defaultTimeoutMs);
  if (answered === undefined) {
    throw new ProblemError('outcome-unknown', { detail: unanswered, headers: { 'retry-after': '1' } });
  }
  refuse(answered);
  const status = queue.status(mailId);
  if (status === undefined) {
    throw notFound();
  }
  return status;
}

const unanswered = 'The command stands in the log and will be decided. It is safe to repeat the request.';

/** Under a key the id says what was asked for, so a repetition is the same event on every mailer. */
function commandId({ queue, newId }: MailRoutesDeps, request: CommandRequest): string {
  const { mailId, command, principal, idempotencyKey } = request;
  if (idempotencyKey === undefined) {
    return newId();
  }
  const prefix = `key.${digest([principal.id, idempotencyKey])}.`;
  const id =
    prefix + digest([command.name, Object.entries(command.body).toSorted(([a], [b]) => (a < b ? -1 : 1))]);
  if (queue.commandIds(mailId, prefix).some((known) => known !== id)) {
    const detail = 'Something else was asked of this mail under this key.';
    throw new ProblemError('idempotency-conflict', { detail });
  }
  return id;
}

function digest(value: unknown): string {
  return hash('sha256', JSON.stringify(value), 'base64url');
}

async function publish(
  { publisher }: MailRoutesDeps,
  { mailId, command, principal }: CommandRequest,
  { id, key }: { readonly id: string; readonly key: string },
): Promise<void> {
  const { name, body } = command;
  const data = { ...body, actor: body.actor ?? principal.name, mailId, requestedBy: principal.id };
  await publisher.publish(name, key, data, { id, subject: mailId }).catch((error: unknown) => {
    throw appendProblem(error);
  });
}

type RefusalProblem = Extract<CommandRefusal, ProblemCode>;

/** What cannot happen here, since the mail is known and its key is the right one, would be a mistake of ours. */
function refuse({ code, detail }: CommandAnswer): void {
  if (code === 'mail-unknown' || code === 'wrong-key') {
    throw new Error(`The command was refused: ${code}`);
  }
  if (code !== null) {
    throw new ProblemError(code satisfies RefusalProblem, detail === null ? {} : { detail });
  }
}

function notFound(): ProblemError {
  return new ProblemError('not-found', { detail: 'There is no mail with this id.' });
}

const common = {
  tags: ['mails'],
  headers: IdempotencyHeadersSchema,
  params: MailParamsSchema,
  response: { 200: MailStatusSchema },
};
const scopes = ['mail:manage'] as const;
const always = [
  'not-found',
  'idempotency-conflict',
  'outcome-unknown',
  'overloaded',
  'log-unavailable',
  'log-full',
] as const;
const tooLate = ['mail-sending', 'mail-finished'] as const;

/** POST /v1/mails/{id}/hold, release, cancel, resend and resolve. Repeating one is no mistake. */
export function addMailVerbRoutes(app: HttpServer, deps: MailRoutesDeps): void {
  addHoldRoutes(app, deps);
  addRoundRoutes(app, deps);
}

interface VerbRequest {
  readonly params: { readonly id: string };
  readonly headers: { readonly 'idempotency-key'?: string };
  readonly principal: Principal;
}

const run = (deps: MailRoutesDeps, { params, headers, principal }: VerbRequest, command: VerbCommand) =>
  commandMail(deps, {
    mailId: params.id,
    command,
    principal,
    idempotencyKey: parseIdempotencyKey(headers['idempotency-key']),
  });

function addHoldRoutes(app: HttpServer, deps: MailRoutesDeps): void {
  app.post(
    '/v1/mails/:id/hold',
    {
      schema: {
        ...common,
        operationId: 'holdMail',
        summary: 'Let a mail wait until it is released',
        description: 'Possible until the message is with the server. It does not expire while it is held.',
        body: HoldMailSchema,
      },
      config: { scopes, optionalBody: true, problems: [...always, ...tooLate] },
    },
    async (request) => run(deps, request, { name: 'mailHoldRequested', body: request.body }),
  );
  app.post(
    '/v1/mails/:id/release',
    {
      schema: {
        ...common,
        operationId: 'releaseMail',
        summary: 'Let a held mail go on',
        description: 'Where `notAfter` has passed in the meantime, it takes a later one.',
        body: ReleaseMailSchema,
      },
      config: {
        scopes,
        optionalBody: true,
        problems: [...always, ...tooLate, 'mail-disabled', 'not-after-passed'],
      },
    },
    async (request) => run(deps, request, { name: 'mailReleaseRequested', body: request.body }),
  );
  app.post(
    '/v1/mails/:id/cancel',
    {
      schema: {
        ...common,
        operationId: 'cancelMail',
        summary: 'Do not send a mail any more',
        description: 'Whoever still waits gets nothing. Possible until the message is with the server.',
        body: CancelMailSchema,
      },
      config: { scopes, optionalBody: true, problems: [...always, ...tooLate] },
    },
    async (request) => run(deps, request, { name: 'mailCancelRequested', body: request.body }),
  );
}

const resendDescription = `
Opens another round for a mail that has ended: for the recipients named, else for all that have not got it for certain,
\`unknown\` ones included. Nobody who is \`sent\` gets it again without \`force\`. The message is the same, byte for byte;
only where an address is corrected, its header names the corrected one.
`.trim();

function addRoundRoutes(app: HttpServer, deps: MailRoutesDeps): void {
  app.post(
    '/v1/mails/:id/resend',
    {
      schema: {
        ...common,
        operationId: 'resendMail',
        summary: 'Send a mail that has ended again, also to corrected recipients',
        description: resendDescription,
        body: {
          ...ResendMailSchema,
          examples: [
            {},
            { recipients: [{ address: 'kunde@exmaple.com', correctedAddress: 'kunde@example.com' }] },
          ],
        },
      },
      config: {
        scopes,
        optionalBody: true,
        problems: [
          ...always,
          'mail-not-finished',
          'recipient-sent',
          'recipient-unknown',
          'correction-invalid',
          'not-after-passed',
        ],
      },
    },
    async (request) => run(deps, request, { name: 'mailResendRequested', body: request.body }),
  );
  app.post(
    '/v1/mails/:id/resolve',
    {
      schema: {
        ...common,
        operationId: 'resolveMail',
        summary: 'Say what became of an unknown outcome',
        description:
          'It supersedes `unknown`, once. With `not-sent` the mail can go out again at the same time.',
        body: {
          ...ResolveMailSchema,
          examples: [{ outcome: 'sent' }, { outcome: 'not-sent', resend: true }],
        },
      },
      config: {
        scopes,
        problems: [...always, 'outcome-not-unknown', 'recipient-unknown', 'not-after-passed'],
      },
    },
    async (request) => run(deps, request, { name: 'mailResolveRequested', body: request.body }),
  );
}
