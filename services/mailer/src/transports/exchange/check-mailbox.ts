import type { Failure } from '@postausgang/contracts';
import { ewsFailure, soapOf } from './ews/ews-failure.ts';
import type { SignedClient } from './ews/ews-sign-in.ts';
import { type EwsDescription, impersonated, soapRequest } from './ews/ews-transport.ts';
import { getFolderRequest } from './ews/soap-request.ts';
import { graphError, graphFailure } from './graph/graph-failure.ts';
import { type GraphDescription, mailboxUrl } from './graph/hand-over.ts';
import type { NoAnswer } from './http/https-request.ts';
import type { BearerClient } from './oauth/bearer-client.ts';

/** Where a check ended. */
export type MailboxCheck =
  | { readonly ok: true; readonly detail: string; readonly reply: string }
  | {
      readonly ok: false;
      readonly step: NoAnswer['step'] | 'token' | 'authenticate' | 'mailbox';
      readonly failure: Failure;
      readonly reply: string | null;
    };

/**
 * Asks Graph for the inbox. An app that may only send is refused that (403), and still may send: the answer came after
 * the token was accepted, so it is no failure.
 */
export async function checkGraphMailbox(
  description: GraphDescription,
  graph: BearerClient,
  nowMs: number,
): Promise<MailboxCheck> {
  const result = await graph.request({
    method: 'GET',
    url: `${mailboxUrl(description)}/mailFolders/inbox?$select=id`,
  });
  if (result.kind === 'no-token') return { ok: false, step: 'token', failure: result.failure, reply: null };
  if (result.kind === 'no-answer') return noAnswer(result);
  const { mailbox } = description;
  if (result.status === 200) return { ok: true, detail: mailbox, reply: '200' };
  const { text } = graphError(result);
  const why = graphFailure(result, nowMs);
  if (why.code === 'permission-missing') {
    return {
      ok: true,
      detail: `${mailbox}: the app may not read it, only a real mail can tell more`,
      reply: text,
    };
  }
  return { ok: false, step: result.status === 401 ? 'authenticate' : 'mailbox', failure: why, reply: text };
}

/** Opens the inbox by EWS as the account that sends. */
export async function checkEwsMailbox(
  description: EwsDescription,
  client: SignedClient,
  nowMs: number,
): Promise<MailboxCheck> {
  const body = getFolderRequest({ impersonate: impersonated(description) });
  const result = await client.request(soapRequest(description, body));
  if (result.kind === 'no-token') {
    const step = description.oauth === null ? 'authenticate' : 'token';
    return { ok: false, step, failure: result.failure, reply: null };
  }
  if (result.kind === 'no-answer') return noAnswer(result);
  const soap = soapOf(result);
  if (soap?.isSuccess === true) return { ok: true, detail: description.mailbox, reply: soap.text };
  const why = ewsFailure(result, client.signInFailure, nowMs);
  const reply = soap?.text ?? String(result.status);
  return { ok: false, step: result.status === 401 ? 'authenticate' : 'mailbox', failure: why, reply };
}

function noAnswer({ step, failure }: NoAnswer): MailboxCheck {
  return { ok: false, step, failure, reply: null };
}
