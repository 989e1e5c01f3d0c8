/*
 * The one real mail of a connection test. It is a mail request that goes the way of every other one: the same decisions on
 * sender and copies, the same composing, S/MIME and limits, a transport that is built as for a new version of the settings.
 * So what would keep the next mail from being sent keeps this one.
 */
import { ContentStoreError } from '@postausgang/content-store';
import { type Failure, failure, type OutgoingServerContent } from '@postausgang/contracts';
import {
  mergeRecipients,
  newMail,
  openRecipients,
  type Transport,
  type WaitingMail,
  withCopies,
} from '@postausgang/mail';
import type { InlineComposedMail, InlineMailRequested } from '@postausgang/message';
import type { ProbePermit } from '../engine/pace.ts';
import { untrustedText } from '@postausgang/net';
import { type MessageMaking, prepareAttempt } from '../engine/prepare-attempt.ts';
import { checkMailRequested } from '../request/check-mail-requested.ts';
import type { RequestedTest } from './runner.ts';

const text = `This mail was sent by the connection test of Postausgang. If you can read it, mail goes out.

Diese E-Mail wurde vom Verbindungstest von Postausgang gesendet. Wenn Sie sie lesen können, funktioniert der Versand.
`;

/**
 * A request for the mail of a test. It says that no person wrote it (RFC 3834 §5), and names a sender only where the test
 * does or the settings have none.
 */
export function probeRequest(
  { testId, content, probeFrom }: Pick<RequestedTest, 'testId' | 'content' | 'probeFrom'>,
  to: string,
  fallbackSender: string,
): InlineComposedMail {
  const sender = probeFrom ?? (content.senderAddress === null ? fallbackSender : undefined);
  return {
    id: testId,
    ...(sender === undefined ? {} : { from: { address: sender } }),
    to: [{ address: to }],
    subject: 'Postausgang: connection test / Verbindungstest',
    text,
    headers: { 'Auto-Submitted': 'auto-generated' },
  };
}

export type ProbeEnd =
  | { readonly ok: true; readonly detail: string; readonly reply: string | null }
  | { readonly ok: false; readonly failure: Failure; readonly reply: string | null };

export interface ProbeDeps extends MessageMaking {
  readonly now: () => Date;
  /** Room for a mail to so many recipients. */
  readonly permit: (testId: string, recipients: number) => ProbePermit;
}

interface Probe {
  readonly request: InlineMailRequested;
  readonly content: OutgoingServerContent;
  readonly transport: Pick<Transport, 'send'>;
}

/** The recipient, and a copy to the sender. */
const mostRecipients = 2;

/** Sends the mail to everybody it is for, in as many transactions as that takes. Never rejects. */
export async function sendProbe(deps: ProbeDeps, probe: Probe): Promise<ProbeEnd> {
  const problem = checkMailRequested(probe.request);
  if (problem !== null) return failed(failure('message-uncomposable', problem));
  const permit = deps.permit(probe.request.id, mostRecipients);
  if (!permit.ok) return failed(permit.failure);
  try {
    return await sendAll(deps, probe, permit.recipients);
  } catch (error) {
    const isStore = error instanceof ContentStoreError;
    return failed(
      failure(isStore ? 'content-unavailable' : 'message-uncomposable', untrustedText(String(error))),
    );
  } finally {
    permit.giveBack();
  }
}

async function sendAll(
  deps: ProbeDeps,
  { request, content, transport }: Probe,
  most: number,
): Promise<ProbeEnd> {
  let mail: WaitingMail = waitingMail(request, deps.now());
  for (;;) {
    const prepared = await prepareAttempt(deps, mail, { content, serverId: 'default' }, request, most);
    if (prepared.kind !== 'prepared') return failed(prepared.failure);
    const { message, messageId, decisions, to } = prepared.attempt;
    const envelope = { from: decisions.envelopeFrom, to };
    const result = await transport.send({ envelope, message, onIntent: () => Promise.resolve() });
    if (result.kind === 'server-failed') return failed(result.failure);
    const recipients = mergeRecipients(withCopies(mail.recipients, decisions), result.recipients);
    const refused = result.recipients.find(({ outcome }) => outcome !== 'sent');
    const reply = refused?.reply ?? result.reply;
    if (refused !== undefined) {
      return failed(refused.failure ?? result.failure ?? failure('unexpected-reply'), reply);
    }
    if (openRecipients(recipients).length === 0) return { ok: true, detail: decisions.from.address, reply };
    mail = { ...mail, recipients, decisions, messageId };
  }
}

const failed = (why: Failure, reply: string | null = null): ProbeEnd => ({ ok: false, failure: why, reply });

/** The row of the mail, as a request just accepted has one. */
function waitingMail(request: InlineMailRequested, now: Date): WaitingMail {
  const event = {
    id: request.id,
    type: 'io.postausgang.mail-requested.v1',
    source: '/mailer',
    time: now.toISOString(),
    data: request,
  } as const;
  return newMail(event, { partition: 0, offset: 0, key: request.id });
}
