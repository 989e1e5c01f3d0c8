/*
 * One message on an open session: what the EHLO reply rules out, MAIL, RCPT, DATA, the content, the final dot, and what
 * became of each recipient.
 *
 * The order of the delivery contract is kept here: all content is with the server, then the intent is recorded, then the
 * final dot is sent. The dot stays away when the intent could not be recorded, when the server has answered already or when
 * the connection is gone: nothing was handed over then. What breaks after the dot is unknown, and nobody sends it again
 * without being told to.
 */
import { isAscii } from 'node:buffer';
import { type Failure, failure, type FailureCode } from '@postausgang/contracts';
import type { DsnRequest, Message, SendEnvelope, SendRecipient } from '@postausgang/mail';
import { readHeaderFields } from '@postausgang/message';
import { type SmtpError, untrustedText } from '@postausgang/net';
import { wireBytes } from './content.ts';
import { isAsciiOnWire, mailCommand, recipientCommand } from './envelope-commands.ts';
import {
  isPositive,
  protocolError,
  lostConnection,
  refusedData,
  refusedMessage,
  refusedRecipient,
  refusedSender,
} from './replies.ts';
import { nothingSpoken, type Spoken } from '../../judgement/echo.ts';
import {
  close,
  command,
  expectReply,
  limitTime,
  type Offer,
  pipeline,
  type SmtpSession,
  writeContent,
  writeFinalDot,
} from './session.ts';

/** What the server said it can do. */
type Capabilities = Pick<Offer, 'extensions' | 'maxSizeBytes'>;

interface Admission {
  /** Recipients worth asking the server for. */
  readonly asked: readonly string[];
  /** Those that it cannot take, by what it said before. */
  readonly refused: readonly SendRecipient[];
  /** Why none can be asked for at all. */
  readonly failure: Failure | null;
}

/** What would end the address, or the command, within a command. No address that passed the grammar has it. */
const isUnsafe = (address: string): boolean => /[\p{Cc}<>]/u.test(address);

/**
 * Sorts out what the EHLO reply rules out: a message beyond SIZE (RFC 1870), 8-bit content without 8BITMIME (RFC 6152;
 * what we compose is 7-bit, a finished message need not be), and addresses that need SMTPUTF8 (RFC 6531)
 * because their local part is not ASCII. Permanent: trying again changes nothing. Pure.
 */
export function admit(server: Capabilities, { from, to }: SendEnvelope, message: Uint8Array): Admission {
  const sizeBytes = message.length;
  if (server.maxSizeBytes > 0 && sizeBytes > server.maxSizeBytes) {
    return refuseAll(
      to,
      failure('message-too-large', `${sizeBytes} of at most ${server.maxSizeBytes} bytes`),
    );
  }
  if (!server.extensions.includes('8BITMIME') && !isAscii(message)) {
    return refuseAll(to, failure('8bitmime-unsupported'));
  }
  const senderObstacle = obstacle(server, from, 'sender-refused');
  if (senderObstacle !== null) return refuseAll(to, senderObstacle);
  const asked: string[] = [];
  const refused: SendRecipient[] = [];
  for (const address of to) {
    const reason = obstacle(server, address, 'recipient-refused');
    if (reason === null) asked.push(address);
    else refused.push(rejected(address, reason));
  }
  return { asked, refused, failure: asked.length === 0 ? (refused[0]?.failure ?? null) : null };
}

function obstacle(server: Capabilities, address: string, unsafe: FailureCode): Failure | null {
  if (isUnsafe(address)) return failure(unsafe);
  return isAsciiOnWire(address) || server.extensions.includes('SMTPUTF8')
    ? null
    : failure('smtputf8-unsupported');
}

const rejected = (address: string, reason: Failure): SendRecipient => ({
  address,
  outcome: 'rejected',
  failure: reason,
});

const refuseAll = (to: readonly string[], reason: Failure): Admission => ({
  asked: [],
  refused: to.map((address) => rejected(address, reason)),
  failure: reason,
});

/** What happened in one transaction, as far as it came. Replies are as the server sent them. */
export interface TransactionRecord {
  /** The mechanisms of AUTH that the server offers. */
  readonly offered?: readonly string[];
  senderReply: string | null;
  /** In the order of the recipients. */
  readonly recipientReplies: string[];
  /** Null: DATA was not answered. */
  dataReply: string | null;
  /** The intent could not be recorded, so the dot was not sent. */
  intentFailed: boolean;
  dotSent: boolean;
  /** The complete reply to the message; before the dot it can only be a refusal. */
  contentReply: string | null;
  /** Why the connection is gone; null while it stands. */
  lost: SmtpError | null;
}

interface TransactionRequest {
  readonly envelope: SendEnvelope;
  readonly message: Message;
  /** Reports of delivery to ask for, where the server offers them. */
  readonly dsn?: DsnRequest | undefined;
  /** All that comes before the final dot has to be over by then. */
  readonly timeLeftMs: number;
  /** Limit for the reply to the final dot (RFC 5321 §4.5.3.2.6: ten minutes). */
  readonly finalReplyTimeoutMs: number;
  /**
   * Records the intent to hand over to the recipients that the server has accepted. Null: the connection is dropped
   * when the server asks for the content, so nothing is delivered.
   */
  readonly onIntent: ((accepted: readonly string[]) => Promise<void>) | null;
}

/** Runs the transaction to its end, whatever that is; never rejects. */
export async function runTransaction(
  session: SmtpSession,
  request: TransactionRequest,
): Promise<TransactionRecord> {
  const record: TransactionRecord = {
    offered: session.offer.saslMechanisms,
    senderReply: null,
    recipientReplies: [],
    dataReply: null,
    intentFailed: false,
    dotSent: false,
    contentReply: null,
    lost: null,
  };
  limitTime(session, request.timeLeftMs);
  await sendEnvelope(session, request, record);
  if (record.dataReply?.startsWith('354') === true) await afterData(session, request, record);
  // A reply too many, perhaps: every later one would be misread.
  else if (record.dataReply !== null && /^[23]/.test(record.dataReply)) {
    close(session, protocolError('Not 354', record.dataReply));
  }
  limitTime(session, null);
  record.lost = session.ended;
  return record;
}

/** MAIL, RCPT and DATA: in one write where the server takes that (RFC 2920), one by one otherwise. */
async function sendEnvelope(
  session: SmtpSession,
  { envelope, message, dsn }: TransactionRequest,
  record: TransactionRecord,
): Promise<void> {
  const { offer } = session;
  const mail = mailCommand(offer, envelope, message.bytes, dsn);
  const lines = [mail, ...envelope.to.map((address) => recipientCommand(address, offer, dsn)), 'DATA'];
  const heard = (reply: string, index: number): void => {
    if (index === 0) record.senderReply = reply;
    else if (index < lines.length - 1) record.recipientReplies.push(reply);
    else record.dataReply = reply;
  };
  if (offer.extensions.includes('PIPELINING')) return pipeline(session, lines, heard);
  for (const [index, line] of lines.entries()) {
    if (index === lines.length - 1 && acceptedBefore(record, index) === 0) return;
    const reply = await command(session, line);
    if (reply === null) return;
    heard(reply, index);
    if (index === 0 && !isPositive(reply)) return;
  }
}

/**
 * The server asks for the content, and should not where it has accepted nobody: nobody then gets an empty message (RFC
 * 2920 §3.1).
 */
async function afterData(
  session: SmtpSession,
  request: TransactionRequest,
  record: TransactionRecord,
): Promise<void> {
  const { envelope, onIntent } = request;
  const accepted = envelope.to.filter((_address, index) => isPositive(record.recipientReplies[index] ?? ''));
  const hasSender = isPositive(record.senderReply ?? '');
  if (hasSender && accepted.length === 0) await command(session, '.');
  else if (!hasSender || onIntent === null) close(session);
  else await handOver(session, request, record, () => onIntent(accepted));
}

async function handOver(
  session: SmtpSession,
  { message, finalReplyTimeoutMs }: TransactionRequest,
  record: TransactionRecord,
  onIntent: () => Promise<void>,
): Promise<void> {
  const { promise: answered, resolve } = Promise.withResolvers<void>();
  expectReply(session, (reply) => {
    record.contentReply = reply;
    // An answer to a message that is not complete: what follows could not be told from commands.
    if (!record.dotSent) close(session);
    resolve();
  });
  if (await writeContent(session, wireBytes(message))) {
    try {
      await onIntent();
    } catch {
      record.intentFailed = true;
      close(session);
    }
    // In this turn, so that nothing can come in between.
    record.dotSent = session.ended === null;
    if (record.dotSent) writeFinalDot(session, finalReplyTimeoutMs);
  }
  await answered;
}

type Fate = Omit<SendRecipient, 'address'>;

interface TransactionOutcome {
  readonly recipients: readonly SendRecipient[];
  /** What ended the transaction, when the server said it. */
  readonly reply: string | null;
  readonly failure: Failure | null;
}

/** What this side has said that the server may repeat in its replies: the envelope, its own name, the subject. */
export function spokenIn({ from, to }: SendEnvelope, message: Uint8Array, ehloName: string): Spoken {
  const subject = readHeaderFields(Buffer.from(message))?.find(({ name }) => name === 'subject')?.value;
  return { addresses: [from, ...to], texts: [ehloName, ...(subject === undefined ? [] : [subject])] };
}

/**
 * What became of each recipient that was asked for, in the same order. Pure.
 *
 * @param heard what the server may have repeated; asked only where it has refused something
 */
export function outcomeOf(
  record: Readonly<TransactionRecord>,
  addresses: readonly string[],
  heard: () => Spoken = () => nothingSpoken,
): TransactionOutcome {
  const { senderReply, offered = [] } = record;
  const spoken = isGranted(record) ? nothingSpoken : heard();
  if (senderReply === null || !isPositive(senderReply)) {
    const fate =
      senderReply === null
        ? lostFate(record)
        : refusedFate(refusedSender(senderReply, { spoken, offered }), senderReply);
    return { recipients: addresses.map((address) => ({ address, ...fate })), ...summary(fate) };
  }
  const content = contentFate(record, spoken);
  const recipients = addresses.map((address, index) => ({
    address,
    ...recipientFate(record, index, content, spoken),
  }));
  const accepted = acceptedBefore(record, addresses.length);
  const unanswered = record.recipientReplies.length < addresses.length;
  return { recipients, ...(accepted > 0 || unanswered ? summary(content) : { reply: null, failure: null }) };
}

const summary = (fate: Fate): Pick<TransactionOutcome, 'reply' | 'failure'> => ({
  reply: fate.reply ?? null,
  failure: fate.failure ?? null,
});

const isGranted = ({ recipientReplies, contentReply }: Readonly<TransactionRecord>): boolean =>
  isPositive(contentReply ?? '') && recipientReplies.every(isPositive);

const refusedFate = (refusal: Pick<Fate, 'outcome' | 'failure' | 'alike'>, reply: string): Fate => ({
  ...refusal,
  reply: untrustedText(reply),
});

const acceptedBefore = (record: Readonly<TransactionRecord>, index: number): number =>
  record.recipientReplies.slice(0, index).filter(isPositive).length;

function recipientFate(
  record: Readonly<TransactionRecord>,
  index: number,
  content: Fate,
  spoken: Spoken,
): Fate {
  const reply = record.recipientReplies[index];
  if (reply === undefined) return lostFate(record);
  const { offered = [] } = record;
  const context = { spoken, offered, acceptedBefore: acceptedBefore(record, index) };
  return isPositive(reply) ? content : refusedFate(refusedRecipient(reply, context), reply);
}

/** What became of the recipients that the server had accepted. */
function contentFate(record: Readonly<TransactionRecord>, spoken: Spoken): Fate {
  const { contentReply, dataReply, dotSent } = record;
  if (contentReply !== null) return answeredFate(contentReply, dotSent, spoken);
  if (dotSent) return unknownFate(lostFailure(record).code);
  if (record.intentFailed) {
    return {
      outcome: 'deferred',
      failure: failure('connection-lost', 'dropped before the final dot: no intent record'),
    };
  }
  if (dataReply !== null && !dataReply.startsWith('354'))
    return refusedFate(refusedData(dataReply, { spoken }), dataReply);
  return lostFate(record);
}

function answeredFate(reply: string, dotSent: boolean, spoken: Spoken): Fate {
  if (isPositive(reply) && dotSent) return { outcome: 'sent', reply: untrustedText(reply) };
  const isRefusal = reply.startsWith('4') || reply.startsWith('5');
  return isRefusal || !dotSent
    ? refusedFate(refusedMessage(reply, { spoken }), reply)
    : unknownFate(untrustedText(reply));
}

const unknownFate = (detail: string): Fate => ({
  outcome: 'unknown',
  failure: failure('outcome-unknown', detail),
});

const lostFate = (record: Readonly<TransactionRecord>): Fate => ({
  outcome: 'deferred',
  failure: lostFailure(record),
});

const lostFailure = ({ lost }: Readonly<TransactionRecord>): Failure =>
  lost === null ? failure('connection-lost') : lostConnection(lost);
