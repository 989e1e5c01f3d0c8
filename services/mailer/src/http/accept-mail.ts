import type { MailAccepted, MailRequested } from '@postausgang/contracts';
import { type Principal, ProblemError } from '@postausgang/http-server';
import type { Mail } from '@postausgang/mail';
import { type InlineMailRequested, mailIdFor } from '@postausgang/message';
import { claimLargeContent, hasLargeContent } from '../content/claim-content.ts';
import { acceptanceUnknown, appendProblem } from './append-problem.ts';
import { withFieldsInFront } from './json-fields.ts';
import type { Acceptance, MailDraft } from './mail-draft.ts';
import type { MailRoutesDeps } from './mail-routes-deps.ts';

/*
 * Accepting a mail. Accepted means durable: the answer goes out after the append, never before.
 *
 * - Without an idempotency key nothing is waited for but the append, and before it the content store where something
 *   is too large for the log. What lies there without a record, because the append failed, is pruned some day.
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

/** Throws `mail-invalid`, `mail-disabled`, `idempotency-conflict`, `outcome-unknown`, `store-unavailable`, `store-full` and the problems of the log. */
export async function acceptMail(deps: MailRoutesDeps, request: AcceptRequest): Promise<MailAccepted> {
  const { draft, principal, idempotencyKey } = request;
  if (idempotencyKey === undefined) {
    const id = deps.newId();
    const { accepted } = await append(deps, draft, acceptanceOf(deps, principal, id, id));
    return accepted;
  }
  const id = mailIdFor(idempotencyKey, principal.id);
  const payloadDigest = draft.payloadDigest();
  const known = deps.queue.find(id);
  if (known !== undefined) {
    return repeated(deps, known, payloadDigest);
  }
  const { position } = await append(deps, draft, acceptanceOf(deps, principal, id, payloadDigest));
  await withinTime(deps.queue.waitFor(position), deps.foldTimeoutMs ?? defaultFoldTimeoutMs);
  const folded = deps.queue.find(id);
  if (folded === undefined) {
    throw acceptanceUnknown();
  }
  return repeated(deps, folded, payloadDigest);
}

function acceptanceOf(
  deps: MailRoutesDeps,
  principal: Pick<Principal, 'id'>,
  id: string,
  payloadDigest: string,
): Acceptance {
  const { defaultSender } = deps.sendingRules();
  return {
    id,
    at: deps.now(),
    requestedBy: principal.id,
    payloadDigest,
    defaultSender,
    longestWaitMs: deps.longestWaitMs,
  };
}

async function append(deps: MailRoutesDeps, draft: MailDraft, acceptance: Acceptance) {
  const { publisher, sendingRules, contentStore } = deps;
  const { enabled, whenDisabled } = sendingRules();
  if (!enabled && whenDisabled === 'reject') {
    throw new ProblemError('mail-disabled', { detail: 'Sending is switched off in the settings.' });
  }
  const findings = draft.check(acceptance);
  if (findings.length > 0) {
    throw new ProblemError('mail-invalid', { findings });
  }
  const request = draft.toRequested(acceptance);
  const { id, messageId = null } = request;
  const time = acceptance.at.toISOString();
  const publish = (requested: MailRequested, json?: Uint8Array) =>
    publisher.publish('mailRequested', draft.orderingKey ?? id, requested, {
      time,
      ...(json === undefined ? {} : { json }),
    });
  const published = hasLargeContent(request)
    ? claimLargeContent(contentStore, request).then((claimed) => publish(claimed))
    : publish(request, acceptedJson(draft, request));
  const { position } = await published.catch((error: unknown) => {
    throw appendProblem(error);
  });
  const accepted: MailAccepted = { id, messageId, state: 'queued' };
  return { accepted, position };
}

/** What acceptance adds stands in front of the request as it came: so its content is not written out once more. */
function acceptedJson({ json }: MailDraft, request: InlineMailRequested): Uint8Array | undefined {
  if (json === null) {
    return undefined;
  }
  const { id, messageId, payloadDigest, requestedBy } = request;
  return withFieldsInFront({ id, messageId, payloadDigest, requestedBy }, json.bytes, json.headroomBytes);
}

function repeated(deps: MailRoutesDeps, mail: Mail, payloadDigest: string): MailAccepted {
  if (mail.payloadDigest !== payloadDigest) {
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
