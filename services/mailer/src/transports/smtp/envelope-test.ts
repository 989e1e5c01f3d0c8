/*
 * The envelope of a connection test, and what the replies to it prove.
 *
 * Two recipients are asked for: the one of the test, and one of another organization. A server that takes only the first
 * does not relay, and would refuse the first real mail. Both are forgotten (RSET) before DATA is tried with the first one
 * alone, so that nothing can go to the other organization. A refusal that may well be about that one address proves
 * nothing, and is shown as a finding.
 */
import {
  concernsServer,
  type ConnectionTestStepName,
  type Failure,
  failure,
  testNote,
} from '@postausgang/contracts';
import type { TestRequest } from '@postausgang/mail';
import { type StageFinding, type StageObserver, untrustedText } from '@postausgang/net';
import type { Spoken } from '../../judgement/echo.ts';
import { mailCommand, recipientCommand } from './envelope-commands.ts';
import { attemptTimeout } from './open-session.ts';
import { isPositive, lostConnection, refusedData, refusedRecipient, refusedSender } from './replies.ts';
import { command, type SmtpSession } from './session.ts';
import { admit, runTransaction } from './transaction.ts';

/** The step that did not succeed. */
export interface Breach {
  readonly step: ConnectionTestStepName;
  readonly hint: Failure;
  readonly reply: string | null;
}

/** Why the step of a command failed: a reply that grants nothing, or the end of the session. */
function breachAt(
  session: SmtpSession,
  step: keyof typeof refusals,
  reply: string | null,
  request: Addresses,
): Breach {
  const context = { spoken: spokenOf(request), offered: session.offer.saslMechanisms };
  if (reply !== null) return { step, hint: refusals[step](reply, context).failure, reply };
  const { ended } = session;
  const hint = ended === null ? failure('unexpected-reply') : lostConnection(ended);
  return { step, hint, reply: ended?.response ?? null };
}

const refusals = {
  'mail-from': refusedSender,
  'rcpt-to': refusedRecipient,
  data: refusedData,
} as const;

type Addresses = Pick<TestRequest, 'from' | 'to' | 'outside'>;

const spokenOf = ({ from, to, outside }: Addresses): Spoken => ({
  addresses: [from, to, outside],
  texts: [],
});

/**
 * MAIL, and RCPT for both recipients, on a session that has carried nothing. Null when the server takes mail for the
 * recipient of the test, and nothing shows that it would refuse others.
 */
export async function askRecipients(
  session: SmtpSession,
  request: TestRequest,
  observer: StageObserver,
): Promise<Breach | null> {
  const { from, to, outside, message, isSenderOnly = false } = request;
  const inadmissible = admit(session.offer, { from, to: [to] }, message.bytes).failure;
  if (inadmissible !== null) return { step: 'mail-from', hint: inadmissible, reply: null };
  const mail = await command(session, mailOf(session, request, isSenderOnly ? [to] : [to, outside]));
  if (mail === null || !isPositive(mail)) return breachAt(session, 'mail-from', mail, request);
  observer.passed('mail-from', { reply: mail });
  const own = await command(session, recipientCommand(to, session.offer));
  if (own === null || !isPositive(own)) return breachAt(session, 'rcpt-to', own, request);
  const asked: Asked = isSenderOnly
    ? { finding: { detail: to, reply: own } }
    : await askOutside(session, request);
  if ('breach' in asked) return asked.breach;
  observer.passed('rcpt-to', asked.finding);
  await command(session, 'RSET');
  return null;
}

/** MAIL for those of the recipients that can be asked for here. */
function mailOf({ offer }: SmtpSession, { from, message }: TestRequest, to: readonly string[]): string {
  const { asked } = admit(offer, { from, to }, message.bytes);
  return mailCommand(offer, { from, to: asked }, message.bytes);
}

type Asked = { readonly breach: Breach } | { readonly finding: StageFinding };

/** The outside address, in the transaction of the other one; where the server takes one recipient at a time, alone. */
async function askOutside(session: SmtpSession, request: TestRequest): Promise<Asked> {
  const { outside, from, message } = request;
  const { failure: obstacle } = admit(session.offer, { from, to: [outside] }, message.bytes);
  if (obstacle !== null) return { finding: unproven(obstacle.code) };
  const first = await command(session, recipientCommand(outside, session.offer));
  if (first === null) return { breach: breachAt(session, 'rcpt-to', first, request) };
  const offered = session.offer.saslMechanisms;
  const judged = judgeOutside(first, request, { acceptedBefore: 1, offered });
  if (!('again' in judged)) return judged;
  const isReset = isPositive((await command(session, 'RSET')) ?? '');
  const isSender = isReset && isPositive((await command(session, mailOf(session, request, [outside]))) ?? '');
  const alone = isSender ? await command(session, recipientCommand(outside, session.offer)) : null;
  const second = alone === null ? judged : judgeOutside(alone, request, { acceptedBefore: 0, offered });
  return 'again' in second ? { finding: unproven(first) } : second;
}

/** What the reply to the outside address proves. Pure. */
export function judgeOutside(
  reply: string,
  request: Addresses,
  { acceptedBefore, offered }: { readonly acceptedBefore: number; readonly offered: readonly string[] },
): Asked | { readonly again: true } {
  const detail = `${request.to}, ${request.outside}`;
  if (isPositive(reply)) return { finding: { detail, reply, note: testNote('outside-accepted') } };
  const context = { spoken: spokenOf(request), acceptedBefore, offered };
  const { failure: why, alike } = refusedRecipient(reply, context);
  if (why.code === 'too-many-recipients' && acceptedBefore > 0) return { again: true };
  if (concernsServer(why.code) || aboutSession.has(why.code)) {
    return { breach: { step: 'rcpt-to', hint: why, reply } };
  }
  if (alike === undefined && !isPolicy.test(reply)) return { finding: { ...unproven(reply), detail, reply } };
  const unclear = failure('outside-recipient-refused', untrustedText(reply));
  return { breach: { step: 'rcpt-to', hint: unclear, reply } };
}

/** X.7 is a matter of security or policy (RFC 3463 §3.8), and it was none for the other recipient. */
const isPolicy = /^5\d\d[ -]5\.7\./;

/** The server took this sender, and this session, for its own recipient. */
const aboutSession: ReadonlySet<string> = new Set(['sender-refused', 'unexpected-reply']);

const unproven = (why: string): StageFinding => ({ warning: failure('relay-unproven', untrustedText(why)) });

/**
 * MAIL, RCPT and DATA for the recipient of the test alone. The connection is dropped when the server asks for the content,
 * so nothing is delivered.
 */
export async function tryContent(
  session: SmtpSession,
  request: TestRequest,
  observer: StageObserver,
): Promise<Breach | null> {
  const { from, to, message } = request;
  const { senderReply, recipientReplies, dataReply } = await runTransaction(session, {
    envelope: { from, to: [to] },
    message,
    timeLeftMs: attemptTimeout(session.replyTimeoutMs, message.bytes.length),
    finalReplyTimeoutMs: session.replyTimeoutMs,
    onIntent: null,
  });
  const [recipientReply = null] = recipientReplies;
  if (!isPositive(senderReply ?? '')) return breachAt(session, 'mail-from', senderReply, request);
  if (!isPositive(recipientReply ?? '')) return breachAt(session, 'rcpt-to', recipientReply, request);
  if (dataReply?.startsWith('354') !== true) return breachAt(session, 'data', dataReply, request);
  observer.passed('data', { reply: dataReply });
  return null;
}
