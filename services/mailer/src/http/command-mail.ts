import { hash } from 'node:crypto';
import type { CommandRefusal, EventData, MailStatus, ProblemCode } from '@postausgang/contracts';
import { type Principal, ProblemError } from '@postausgang/http-server';
import type { CommandAnswer } from '../view/mail-view.ts';
import { withinTime } from '../within-time.ts';
import { appendProblem } from './append-problem.ts';
import type { MailRoutesDeps } from './mail-routes-deps.ts';

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
export type Wish = {
  [N in CommandName]: { readonly name: N; readonly body: Omit<EventData<N>, 'mailId' | 'requestedBy'> };
}[CommandName];

export interface CommandRequest {
  readonly mailId: string;
  readonly wish: Wish;
  readonly principal: Pick<Principal, 'id' | 'name'>;
  readonly idempotencyKey: string | undefined;
}

const defaultTimeoutMs = 5_000;

/** Throws `not-found`, the refusals of commands, `idempotency-conflict`, `outcome-unknown` and the problems of the log. */
export async function commandMail(deps: MailRoutesDeps, request: CommandRequest): Promise<MailStatus> {
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
  const { mailId, wish, principal, idempotencyKey } = request;
  if (idempotencyKey === undefined) {
    return newId();
  }
  const prefix = `key.${digest([principal.id, idempotencyKey])}.`;
  const id = prefix + digest([wish.name, Object.entries(wish.body).toSorted(([a], [b]) => (a < b ? -1 : 1))]);
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
  { mailId, wish, principal }: CommandRequest,
  { id, key }: { readonly id: string; readonly key: string },
): Promise<void> {
  const { name, body } = wish;
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
