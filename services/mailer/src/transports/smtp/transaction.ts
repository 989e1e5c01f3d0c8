import { isAscii } from 'node:buffer';
import { type Failure, failure, type FailureCode } from '@postausgang/contracts';
import type { SendEnvelope, SendRecipient } from '@postausgang/mail';
import { type SmtpError, untrustedText } from '@postausgang/net';
import { dotStuff, writeAll } from './content.ts';
import { isPositive, lostConnection, refusedMessage, refusedRecipient, refusedSender } from './replies.ts';
import { settled, type SmtpSession, type TransactionListener, writeTogether } from './session.ts';

/** What the server said it can do. */
interface Capabilities {
  offers(extension: string): boolean;
  /** 0: no limit known. */
  readonly maxSizeBytes: number;
}

interface Admission {
  /** Recipients worth asking the server for. */
  readonly asked: readonly string[];
  /** Those that it cannot take, by what it said before. */
  readonly refused: readonly SendRecipient[];
  /** Why none can be asked for at all. */
  readonly failure: Failure | null;
}

const isAsciiAddress = (address: string): boolean => /^\p{ASCII}*$/u.test(address);

/** What would end the address, or the command, within a command. No address that passed the grammar has it. */
const isUnsafe = (address: string): boolean => /[\p{Cc}<>]/u.test(address);

/**
 * Sorts out what the EHLO reply rules out: a message beyond SIZE (RFC 1870), 8-bit content without 8BITMIME (RFC 6152;
 * what we compose is 7-bit, a finished message need not be), and addresses that need SMTPUTF8 (RFC 6531); nodemailer
 * would send their bytes as they are. Permanent: trying again changes nothing. Pure.
 */
export function admit(server: Capabilities, { from, to }: SendEnvelope, message: Uint8Array): Admission {
  const sizeBytes = message.length;
  if (server.maxSizeBytes > 0 && sizeBytes > server.maxSizeBytes) {
    return refuseAll(
      to,
      failure('message-too-large', `${sizeBytes} of at most ${server.maxSizeBytes} bytes`),
    );
  }
  if (!server.offers('8BITMIME') && !isAscii(message)) {
    return refuseAll(to, failure('8bitmime-unsupported'));
  }
  const senderObstacle = obstacle(server, from, 'sender-refused');
  if (senderObstacle !== null) return refuseAll(to, senderObstacle);
  const refused = to.flatMap((address) => {
    const reason = obstacle(server, address, 'recipient-refused');
    return reason === null ? [] : [rejected(address, reason)];
  });
  const asked = to.filter((address) => obstacle(server, address, 'recipient-refused') === null);
  return { asked, refused, failure: asked.length === 0 ? (refused[0]?.failure ?? null) : null };
}

function obstacle(server: Capabilities, address: string, unsafe: FailureCode): Failure | null {
  if (isUnsafe(address)) return failure(unsafe);
  return isAsciiAddress(address) || server.offers('SMTPUTF8') ? null : failure('smtputf8-unsupported');
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
  senderReply: string | null;
  /** In the order of the recipients; pipelined or not, replies come in the order of the commands. */
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
  readonly message: Uint8Array;
  readonly replyTimeoutMs: number;
  /** All that comes before the final dot has to be over by then. */
  readonly timeLeftMs: number;
  /** Called when the server has asked for the content (354). */
  readonly deliver: (session: SmtpSession, record: TransactionRecord) => Promise<void>;
  /** Hears each reply as it comes. */
  readonly onReply?: (command: 'mail-from' | 'rcpt-to' | 'data', reply: string) => void;
}

const emptyRecord = (): TransactionRecord => ({
  senderReply: null,
  recipientReplies: [],
  dataReply: null,
  intentFailed: false,
  dotSent: false,
  contentReply: null,
  lost: null,
});

/** MAIL, RCPT, DATA and the content on an open session; never rejects, and ends only when `deliver` has ended too. */
export async function runTransaction(
  session: SmtpSession,
  request: TransactionRequest,
): Promise<TransactionRecord> {
  const { envelope, message, replyTimeoutMs, timeLeftMs } = request;
  const record = emptyRecord();
  let delivery = Promise.resolve();
  session.transaction = listener(session, request, record, () => {
    delivery = request.deliver(session, record);
  });
  session.waitFor(replyTimeoutMs);
  session.endIn(timeLeftMs);
  const smtpEnvelope = {
    from: envelope.from,
    to: [...envelope.to],
    size: message.length,
    use8BitMime: !isAscii(message),
  };
  const bytes = Buffer.from(message.buffer, message.byteOffset, message.byteLength);
  const error = await settled(session, (done) => session.send(smtpEnvelope, bytes, done));
  await delivery;
  session.stopWaiting();
  session.endIn(null);
  session.transaction = null;
  if (session.destroyed) record.lost = error ?? new Error('The connection ended');
  return record;
}

function listener(
  session: SmtpSession,
  request: TransactionRequest,
  record: TransactionRecord,
  deliver: () => void,
): TransactionListener {
  const { onReply } = request;
  return {
    senderAnswered(reply) {
      record.senderReply = reply;
      onReply?.('mail-from', reply);
    },
    recipientAnswered(reply) {
      record.recipientReplies.push(reply);
      onReply?.('rcpt-to', reply);
    },
    dataAnswered(reply) {
      record.dataReply = reply;
      onReply?.('data', reply);
    },
    writeContent: deliver,
    contentAnswered(reply) {
      record.contentReply = reply;
      // An answer to a message that is not complete: what follows could not be told from commands.
      if (!record.dotSent) session.close();
    },
  };
}

interface Delivery {
  readonly message: Uint8Array;
  /** Limit for each piece of content to leave. */
  readonly writeTimeoutMs: number;
  /** Limit for the reply to the final dot (RFC 5321 §4.5.3.2.6: ten minutes). */
  readonly finalReplyTimeoutMs: number;
  readonly onIntent: () => Promise<void>;
}

/**
 * Writes the content, has the intent recorded, and only then sends the final dot. The dot stays away when the intent
 * could not be recorded, when the server has answered already or when the connection is gone: nothing was handed over
 * then, and the connection is of no more use.
 */
export async function deliverContent(
  session: SmtpSession,
  record: TransactionRecord,
  delivery: Delivery,
): Promise<void> {
  const socket = session._socket;
  if (!socket) return;
  try {
    session.waitFor(delivery.writeTimeoutMs);
    writeTogether(socket);
    await writeAll(socket, dotStuff(delivery.message), () => session.waitFor(delivery.writeTimeoutMs));
  } catch {
    // What ended the socket is reported by the session.
    return;
  }
  session.stopWaiting();
  try {
    await delivery.onIntent();
  } catch {
    record.intentFailed = true;
    session.close();
  }
  if (session.destroyed || !socket.writable) return;
  // From here on only the reply to the dot is waited for, and nothing may shorten that.
  session.endIn(null);
  session.waitFor(delivery.finalReplyTimeoutMs);
  record.dotSent = true;
  writeTogether(socket);
  socket.write('.\r\n');
}

type Fate = Omit<SendRecipient, 'address'>;

interface TransactionOutcome {
  readonly recipients: readonly SendRecipient[];
  /** What ended the transaction, when the server said it. */
  readonly reply: string | null;
  readonly failure: Failure | null;
}

/** What became of each recipient that was asked for, in the same order. Pure. */
export function outcomeOf(
  record: Readonly<TransactionRecord>,
  addresses: readonly string[],
): TransactionOutcome {
  const { senderReply } = record;
  if (senderReply === null || !isPositive(senderReply)) {
    const fate =
      senderReply === null ? lostFate(record) : refusedFate(refusedSender(senderReply), senderReply);
    return { recipients: addresses.map((address) => ({ address, ...fate })), ...summary(fate) };
  }
  const content = contentFate(record);
  const recipients = addresses.map((address, index) => ({
    address,
    ...recipientFate(record, index, content),
  }));
  const accepted = acceptedBefore(record, addresses.length);
  const unanswered = record.recipientReplies.length < addresses.length;
  return { recipients, ...(accepted > 0 || unanswered ? summary(content) : { reply: null, failure: null }) };
}

const summary = (fate: Fate): Pick<TransactionOutcome, 'reply' | 'failure'> => ({
  reply: fate.reply ?? null,
  failure: fate.failure ?? null,
});

const refusedFate = (refusal: Pick<Fate, 'outcome' | 'failure'>, reply: string): Fate => ({
  ...refusal,
  reply: untrustedText(reply),
});

const acceptedBefore = (record: Readonly<TransactionRecord>, index: number): number =>
  record.recipientReplies.slice(0, index).filter(isPositive).length;

function recipientFate(record: Readonly<TransactionRecord>, index: number, content: Fate): Fate {
  const reply = record.recipientReplies[index];
  if (reply === undefined) return lostFate(record);
  return isPositive(reply)
    ? content
    : refusedFate(refusedRecipient(reply, acceptedBefore(record, index)), reply);
}

/** What became of the recipients that the server had accepted. */
function contentFate(record: Readonly<TransactionRecord>): Fate {
  const { contentReply, dataReply, dotSent } = record;
  if (contentReply !== null) return answeredFate(contentReply, dotSent);
  if (dotSent) return unknownFate(lostFailure(record).code);
  if (record.intentFailed) {
    return {
      outcome: 'deferred',
      failure: failure('connection-lost', 'dropped before the final dot: no intent record'),
    };
  }
  if (dataReply !== null && !dataReply.startsWith('354'))
    return refusedFate(refusedMessage(dataReply), dataReply);
  return lostFate(record);
}

function answeredFate(reply: string, dotSent: boolean): Fate {
  if (isPositive(reply) && dotSent) return { outcome: 'sent', reply: untrustedText(reply) };
  const isRefusal = reply.startsWith('4') || reply.startsWith('5');
  return isRefusal || !dotSent
    ? refusedFate(refusedMessage(reply), reply)
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
