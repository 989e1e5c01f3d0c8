/*
 * Whether the mail server accepts one sender. The stages of a connection test go as far as RCPT, to the sender itself. Some
 * servers have decided by then. Exchange decides only when it has the whole message, so a mail to the sender has to show it;
 * the same goes for servers that do not say what they are. Graph can even replace the sender without an error, so the copy
 * that it has filed is read back.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type ConnectionTestStep,
  concernsServer,
  type Failure,
  failure,
  type FailureCode,
  type OutgoingServerContent,
  type SenderContent,
  type SenderVerdict,
} from '@postausgang/contracts';
import type { FiledSender, Transport } from '@postausgang/mail';
import type { InlineComposedMail } from '@postausgang/message';
import { addressMatchKey, createSenderBook, senderId, type SenderState } from '@postausgang/settings';
import { type ProbeEnd, sendProbe } from './probe.ts';
import { runStages, withTransport } from './run-test.ts';
import type { RequestedTest } from './runner.ts';
import type { RunTestOptions } from './stages.ts';

/** A sender that there is. */
export type ExistingSender = SenderState & { readonly content: SenderContent };

export interface SenderFinding {
  readonly verdict: SenderVerdict;
  readonly probed: boolean;
  readonly failure: Failure | null;
  readonly reply: string | null;
  /** The failure is about the server as a whole, so other senders would fare alike. */
  readonly isOfServer: boolean;
}

export interface CheckSenderOptions extends RunTestOptions {
  /** Why no mail may be sent; null: it may. Asked only where nothing but a mail shows the verdict. */
  readonly mayProbe: () => Failure | null;
}

/** Never rejects. The test is one of the saved settings, to and from the sender. */
export async function checkSender(
  options: CheckSenderOptions,
  test: RequestedTest,
  sender: ExistingSender,
): Promise<SenderFinding> {
  const { protocol } = await runStages(options, test);
  const steps = protocol.steps();
  const failed = steps.find(({ state }) => state === 'failed');
  if (failed !== undefined) return afterStage(failed);
  if (decidesEarly(test.content, steps)) {
    const reply = steps.find(({ name }) => name === 'rcpt-to')?.reply ?? null;
    return found('verified', { reply });
  }
  const why = options.mayProbe();
  return why === null ? probed(options, test, sender) : found('accepted, not verified', { failure: why });
}

function found(verdict: SenderVerdict, more: Partial<SenderFinding> = {}): SenderFinding {
  return { verdict, probed: false, failure: null, reply: null, isOfServer: false, ...more };
}

const envelopeSteps: ReadonlySet<string> = new Set(['mail-from', 'rcpt-to']);
const refusals: ReadonlySet<FailureCode> = new Set(['sender-refused', 'sender-replaced']);
/** Servers look at the sender first. */
const ofRecipient: ReadonlySet<FailureCode> = new Set([
  'recipient-refused',
  'recipient-deferred',
  'mailbox-full',
]);

function afterStage({ name, hint, reply }: ConnectionTestStep): SenderFinding {
  const why = hint ?? failure('unexpected-reply');
  const isOfServer = !envelopeSteps.has(name) || concernsServer(why.code);
  return found(verdictOf(why, ofRecipient), { failure: why, reply: reply ?? null, isOfServer });
}

function verdictOf({ code }: Failure, accepted: ReadonlySet<FailureCode>): SenderVerdict {
  if (refusals.has(code)) return 'refused';
  return accepted.has(code) ? 'accepted, not verified' : 'failed';
}

/** These look at MAIL and RCPT alone, and say what they are. */
const early = /\b(postfix|exim|sendmail|opensmtpd)\b/i;

function decidesEarly({ serverType }: OutgoingServerContent, steps: readonly ConnectionTestStep[]): boolean {
  const greeting = steps.find(({ name }) => name === 'greeting')?.reply ?? '';
  return serverType === 'test-mailbox' || (serverType === 'smtp' && early.test(greeting));
}

const text = `This mail was sent by Postausgang, to check whether the mail server accepts this sender. It arrived, so it does.

Diese E-Mail hat Postausgang gesendet, um zu prüfen, ob der Mailserver diesen Absender annimmt. Sie ist angekommen, er nimmt ihn also an.
`;

function requestOf({ testId }: RequestedTest, sender: ExistingSender): InlineComposedMail {
  return {
    id: testId,
    sender: { id: senderId(sender) },
    to: [{ address: sender.content.address }],
    // Its own subject: the filed copy has to be found by it.
    subject: `Postausgang: sender check / Absenderprüfung ${testId.slice(0, 8)}`,
    text,
    headers: { 'Auto-Submitted': 'auto-generated' },
  };
}

/** The sender as mail has it, without copies to others. */
function bookOf(sender: ExistingSender) {
  const content: SenderContent = { ...sender.content, active: true, alwaysCopyTo: [], copyToSender: 'off' };
  const book = createSenderBook();
  return { ...book, resources: new Map([[sender.resource, { ...sender, content }]]) };
}

async function probed(
  options: CheckSenderOptions,
  test: RequestedTest,
  sender: ExistingSender,
): Promise<SenderFinding> {
  const request = requestOf(test, sender);
  const { subject = '' } = request;
  const since = options.now();
  const book = bookOf(sender);
  const end = await withTransport(options, test, async (transport) => {
    const deps = { ...options, senders: () => book };
    const sent = await sendProbe(deps, { request, content: test.content, transport });
    if (!sent.ok) return sent;
    const { messageId, mailbox } = sent;
    const { address } = sender.content;
    const through = mailbox === undefined ? {} : { mailbox };
    const until = options.now();
    const lookup = { messageId, since, until, subject, recipients: [address], ...through };
    return { ...sent, filed: await readBack(transport, lookup) };
  });
  if (end.ok) return afterReading(sender.content.address, end.filed, end.reply);
  const { failure: why } = end;
  if (isOfMailbox(why, test, sender)) return found('refused', { failure: why, ...asProbed(end) });
  const isOfServer = concernsServer(why.code);
  return found(verdictOf(why, new Set()), { failure: why, isOfServer, ...asProbed(end) });
}

const mailboxRefusals: ReadonlySet<FailureCode> = new Set(['permission-missing', 'mailbox-unknown']);

/** Exchange refuses the mailbox of this sender. Others have mailboxes of their own, and that of the connection was opened. */
function isOfMailbox(
  { code }: Failure,
  { exchangeConnection }: RequestedTest,
  { content: { mailbox, address } }: ExistingSender,
): boolean {
  const { protocol, email } = exchangeConnection?.content ?? {};
  if (protocol !== 'graph' && protocol !== 'ews') return false;
  return mailboxRefusals.has(code) && addressMatchKey(mailbox ?? address) !== addressMatchKey(email ?? '');
}

/** What was not opened was not sent; what a limit has stopped was not either. */
function asProbed(
  end: Extract<ProbeEnd, { ok: false }> | { readonly failure: Failure },
): Pick<SenderFinding, 'probed' | 'reply'> {
  const isSent = 'reply' in end && end.failure.code !== 'rate-limited';
  return { probed: isSent, reply: 'reply' in end ? end.reply : null };
}

type Filed = Parameters<NonNullable<Transport['filedSender']>>[0];

/** A copy needs a moment to be filed. */
const pausesMs = [0, 500, 1000, 2000, 4000];

/** Undefined: nothing is replaced without an error. */
async function readBack({ filedSender }: Transport, lookup: Filed): Promise<FiledSender | undefined> {
  if (filedSender === undefined) return undefined;
  let result: FiledSender = { kind: 'not-found' };
  for (const pauseMs of pausesMs) {
    await sleep(pauseMs);
    result = await filedSender(lookup);
    if (result.kind !== 'not-found') return result;
  }
  return result;
}

function afterReading(address: string, filed: FiledSender | undefined, reply: string | null): SenderFinding {
  const sent = { probed: true, reply };
  if (filed === undefined) return found('verified', sent);
  switch (filed.kind) {
    case 'found':
      return addressMatchKey(filed.address) === addressMatchKey(address)
        ? found('verified', sent)
        : found('refused', { ...sent, failure: failure('sender-replaced', filed.address) });
    case 'failed':
      return found('accepted, not verified', { ...sent, failure: filed.failure });
    case 'not-found':
    case 'unsupported':
      return found('accepted, not verified', sent);
    default:
      return filed satisfies never;
  }
}
