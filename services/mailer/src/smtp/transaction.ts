import { isAscii } from 'node:buffer';
import type { SendEnvelope } from '@postausgang/mail';
import type { SmtpError } from '@postausgang/net';
import { settled } from './settled.ts';
import type { SmtpSession, TransactionListener } from './smtp-session.ts';

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

export interface TransactionRequest {
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
