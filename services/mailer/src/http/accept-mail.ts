import type { MailAccepted } from '@postausgang/contracts';
import { type Principal, ProblemError } from '@postausgang/http-server';
import type { Mail } from '../queue/mail-row.ts';
import { mailIdFor } from '../request/mail-ids.ts';
import { acceptanceUnknown, appendProblem } from './append-problem.ts';
import type { Acceptance, MailDraft } from './mail-draft.ts';
import type { MailRoutesDeps } from './mail-routes-deps.ts';

/*
 * Accepting a mail. Accepted means durable: the answer goes out after the append, never before.
 *
 * - Without an idempotency key nothing is waited for but the append.
 * - With a key the mail id is derived from it, so every repeat on every mailer has the same id. A known id is
 *   answered with what became of the first request, or refused when the content is another one. Two first requests
 *   at the same time both get into the log; its order decides, so the answer waits until the view has come to
 *   there, and is read from the row.
 * - A repeat is answered before anything is checked: what was accepted once stays accepted when time has passed or
 *   sending was switched off in between.
 */

const defaultFoldTimeoutMs = 5_000;

export interface AcceptRequest {
  readonly draft: MailDraft;
  readonly principal: Pick<Principal, 'id'>;
  readonly idempotencyKey: string | undefined;
}

/** Throws `mail-invalid`, `mail-disabled`, `idempotency-conflict`, `outcome-unknown` and the problems of the log. */
export async function acceptMail(deps: MailRoutesDeps, request: AcceptRequest): Promise<MailAccepted> {
  const { draft, principal, idempotencyKey } = request;
  if (idempotencyKey === undefined) {
    return append(deps, draft, acceptanceOf(deps, principal, deps.newId())).then(({ accepted }) => accepted);
  }
  const id = mailIdFor(idempotencyKey, principal.id);
  const known = deps.queue.find(id);
  if (known !== undefined) {
    return repeated(deps, known, draft);
  }
  const { position } = await append(deps, draft, acceptanceOf(deps, principal, id));
  await withinTime(deps.queue.waitFor(position), deps.foldTimeoutMs ?? defaultFoldTimeoutMs);
  const folded = deps.queue.find(id);
  if (folded === undefined) {
    throw acceptanceUnknown();
  }
  return repeated(deps, folded, draft);
}

function acceptanceOf(deps: MailRoutesDeps, principal: Pick<Principal, 'id'>, id: string): Acceptance {
  const { defaultSender } = deps.sendingRules();
  return { id, at: deps.now(), requestedBy: principal.id, defaultSender };
}

async function append({ publisher, sendingRules }: MailRoutesDeps, draft: MailDraft, acceptance: Acceptance) {
  const { enabled, whenDisabled } = sendingRules();
  if (!enabled && whenDisabled === 'reject') {
    throw new ProblemError('mail-disabled', { detail: 'Sending is switched off in the settings.' });
  }
  const findings = draft.check(acceptance);
  if (findings.length > 0) {
    throw new ProblemError('mail-invalid', { findings });
  }
  const requested = draft.toRequested(acceptance);
  const { id, messageId = null } = requested;
  const time = acceptance.at.toISOString();
  const { position } = await publisher
    .publish('mailRequested', draft.orderingKey ?? id, requested, { time })
    .catch((error: unknown) => {
      throw appendProblem(error);
    });
  const accepted: MailAccepted = { id, messageId, state: 'queued' };
  return { accepted, position };
}

function repeated(deps: MailRoutesDeps, mail: Mail, draft: MailDraft): MailAccepted {
  if (mail.payloadDigest !== draft.payloadDigest) {
    const detail = 'A mail with other content was accepted under this key. Use a new key for a new mail.';
    throw new ProblemError('idempotency-conflict', { detail });
  }
  const { id, messageId, state } = deps.queue.status(mail.id) ?? mail;
  return { id, messageId, state };
}

async function withinTime(folded: Promise<void>, timeoutMs: number): Promise<void> {
  const { promise: timeIsUp, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(acceptanceUnknown()), timeoutMs);
  try {
    await Promise.race([folded, timeIsUp]);
  } finally {
    clearTimeout(timer);
  }
}
