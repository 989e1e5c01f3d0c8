import { type Failure, failure } from '@postausgang/contracts';
import type { SendRecipient } from '@postausgang/mail';
import { untrustedText } from '@postausgang/net';
import { lostConnection } from './classify-opening.ts';
import { refusedMessage, refusedRecipient, refusedSender } from './classify-refusal.ts';
import { isPositive } from './smtp-reply.ts';
import type { TransactionRecord } from './transaction.ts';

type Fate = Omit<SendRecipient, 'address'>;

export interface TransactionOutcome {
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
