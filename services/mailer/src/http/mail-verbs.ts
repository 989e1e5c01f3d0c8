import { hash } from 'node:crypto';
import {
  CancelMailSchema,
  type CommandRefusal,
  type EventData,
  HoldMailSchema,
  type MailStatus,
  MailStatusSchema,
  type MailVerb,
  type ProblemCode,
  ReleaseMailSchema,
  ResendMailSchema,
  ResolveMailSchema,
  type Scope,
} from '@postausgang/contracts';
import {
  type HttpPlugin,
  type HttpServer,
  parseIdempotencyKey,
  type Principal,
  ProblemError,
  requireScopes,
} from '@postausgang/http';
import type { Mail, MailCommandName } from '@postausgang/mail';
import { within } from '@postausgang/net';
import type { TObject } from '@sinclair/typebox';
import type { Reservation } from '../limits/quotas.ts';
import { requireRecipients, requireSendersAgain, reserveQuota } from './key-permissions.ts';
import { requireMail } from './mail-owner.ts';
import type { CommandAnswer } from '../view/mail-view.ts';
import {
  appendProblem,
  IdempotencyHeadersSchema,
  MailParamsSchema,
  type MailRoutesDeps,
} from './route-deps.ts';

/*
 * A verb over HTTP, on any mailer: the command goes to the log, behind the request of its mail, whoever owns that
 * partition decides, and the answer comes back through the fold. So it waits for what became of it, not for its append.
 */

/** A verb with its body. */
type VerbCommand = {
  [N in MailCommandName]: { readonly name: N; readonly body: Omit<EventData<N>, 'mailId' | 'requestedBy'> };
}[MailCommandName];

interface CommandRequest {
  readonly mailId: string;
  readonly command: VerbCommand;
  readonly principal: Principal;
  readonly idempotencyKey: string | undefined;
}

const defaultTimeoutMs = 5_000;

/** Throws `not-found`, the refusals of commands, `idempotency-conflict`, `outcome-unknown` and the problems of the log. */
async function commandMail(deps: MailRoutesDeps, request: CommandRequest): Promise<MailStatus> {
  const { queue } = deps;
  const { mailId } = request;
  const mail = requireMail(queue.find(mailId), request.principal, 'mail:manage');
  const id = commandId(deps, request);
  const answer = queue.answerTo(mailId, id);
  if (!queue.commandIds(mailId, id).includes(id)) {
    const reservation = permitResend(deps, request, mail);
    await publish(deps, request, { id, key: mail.key }).catch((error: unknown) => {
      reservation?.end();
      throw error;
    });
    void answer.finally(() => reservation?.end());
  }
  const answered = await within(deps.foldTimeoutMs ?? defaultTimeoutMs, answer, () => undefined);
  if (answered === undefined) {
    throw new ProblemError('outcome-unknown', { detail: unanswered, headers: { 'retry-after': '1' } });
  }
  refuse(answered);
  const status = queue.status(mailId);
  if (status === undefined) {
    throw new ProblemError('not-found');
  }
  return status;
}

/** A resend is another mail: it comes under the quotas, senders and recipient domains of the key that wants it. */
function permitResend(
  deps: MailRoutesDeps,
  { command, principal }: CommandRequest,
  mail: Mail,
): Reservation | undefined {
  if (command.name !== 'mailResendRequested') {
    return undefined;
  }
  const { recipients = mail.recipients } = command.body;
  requireSendersAgain(principal, deps.sendingRules(), mail);
  requireRecipients(
    principal,
    recipients.map((one, index) => ({
      pointer: `/recipients/${index}`,
      address: ('correctedAddress' in one ? one.correctedAddress : null) ?? one.address,
    })),
  );
  return reserveQuota(deps, principal, () => ({ mails: 1, recipients: recipients.length, bytes: 0 }));
}

const unanswered =
  'The command is in the log and will be executed or refused. It is safe to repeat the request.';

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
    const detail = 'This key was used for another request for this mail.';
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

const scopes = ['mail:manage'] as const;
const always = [
  'not-found',
  'idempotency-conflict',
  'history-incomplete',
  'outcome-unknown',
  'overloaded',
  'log-unavailable',
  'log-full',
] as const;
const tooLate = ['mail-sending', 'mail-finished'] as const;

interface VerbRoute {
  readonly name: MailCommandName;
  readonly summary: string;
  readonly description: string;
  readonly body: TObject;
  /** Beside those that every verb has. */
  readonly problems: readonly ProblemCode[];
  readonly optionalBody?: boolean;
}

const resendDescription = `
Opens another generation of a finished mail: for the given recipients, otherwise for all that have not certainly received
it, including \`unknown\`. Recipients with the outcome \`sent\` get it again only with \`force\`. What was redirected needs \`confirmRedirected\` where mail is not redirected any
more. The message is the same,
byte for byte, except that a corrected address replaces the original one in its header. A corrected address also needs
\`mail:send\`.
`.trim();

const reasoned = { examples: [{ reason: 'The invoice is checked once more' }] };

const verbs: Readonly<Record<MailVerb, VerbRoute>> = {
  hold: {
    name: 'mailHoldRequested',
    summary: 'Hold a mail',
    description:
      'The mail waits until it is released, and does not expire while it is held. Possible until the server has the message.',
    body: { ...HoldMailSchema, ...reasoned },
    problems: tooLate,
  },
  release: {
    name: 'mailReleaseRequested',
    summary: 'Release a held mail',
    description: 'If `notAfter` has passed in the meantime, a later one is required.',
    body: { ...ReleaseMailSchema, ...reasoned },
    problems: [...tooLate, 'mail-disabled', 'not-after-passed'],
  },
  cancel: {
    name: 'mailCancelRequested',
    summary: 'Cancel a mail',
    description: 'Recipients that still wait do not get the mail. Possible until the server has the message.',
    body: { ...CancelMailSchema, ...reasoned },
    problems: tooLate,
  },
  resend: {
    name: 'mailResendRequested',
    summary: 'Resend a finished mail',
    description: resendDescription,
    body: {
      ...ResendMailSchema,
      examples: [
        {},
        { recipients: [{ address: 'kunde@exmaple.com', correctedAddress: 'kunde@example.com' }] },
      ],
    },
    problems: [
      'mail-not-finished',
      'mail-invalid',
      'sender-not-allowed',
      'recipient-not-allowed',
      'quota-exceeded',
      'recipient-sent',
      'mail-redirected',
      'recipient-unknown',
      'correction-invalid',
      'not-after-passed',
    ],
  },
  resolve: {
    name: 'mailResolveRequested',
    summary: 'Resolve an unknown outcome',
    description: 'Replaces `unknown`, once. With `not-sent`, the mail can be resent in the same request.',
    body: {
      ...ResolveMailSchema,
      examples: [{ outcome: 'sent' }, { outcome: 'not-sent', resend: true }],
    },
    problems: ['outcome-not-unknown', 'recipient-unknown', 'not-after-passed', 'mail-redirected'],
    optionalBody: false,
  },
};

/** With a corrected address the mail goes to somebody it was not accepted for: that is sending. */
function neededBeside({ name, body }: VerbCommand): readonly Scope[] {
  const corrects = ({ correctedAddress = null }: { readonly correctedAddress?: string | null }) =>
    correctedAddress !== null;
  return name === 'mailResendRequested' && body.recipients?.some(corrects) === true ? ['mail:send'] : [];
}

function addVerbRoute(app: HttpServer, deps: MailRoutesDeps, verb: MailVerb): void {
  const { name, problems, optionalBody = true, ...words } = verbs[verb];
  const schema = {
    ...words,
    operationId: `${verb}Mail`,
    tags: ['mails'],
    headers: IdempotencyHeadersSchema,
    params: MailParamsSchema,
    response: { 200: MailStatusSchema },
  };
  const config = { scopes, optionalBody, problems: [...always, ...problems] };
  app.post(`/v1/mails/:id/${verb}`, { schema, config }, async ({ params, headers, principal, body }) => {
    // The schema of the route is the one of the verb.
    const command = { name, body } as VerbCommand;
    requireScopes(principal, neededBeside(command));
    return commandMail(deps, {
      mailId: params.id,
      command,
      principal,
      idempotencyKey: parseIdempotencyKey(headers['idempotency-key']),
    });
  });
}

/** POST /v1/mails/{id}/hold, release, cancel, resend and resolve. Repeating one is no mistake. */
export const mailVerbs: HttpPlugin<MailRoutesDeps> = async (app, deps) => {
  for (const verb of Object.keys(verbs) as MailVerb[]) {
    addVerbRoute(app, deps, verb);
  }
};
