import type { Failure, FailureCode } from '@postausgang/contracts';
import { failureOfReply, isThrottled, isTooManyRecipients } from './classify-throttle.ts';
import { readReply, type SmtpReply } from './smtp-reply.ts';

/** A command of a transaction that was not granted: `rejected` for good, `deferred` for now. */
export interface Refusal {
  readonly outcome: 'rejected' | 'deferred';
  readonly failure: Failure;
}

type Codes = readonly [outcome: Refusal['outcome'], code: FailureCode];

/** What is no reply at all says nothing; what any command may be answered with goes before what is its own. */
function refusal(raw: string, classify: (reply: SmtpReply) => Codes): Refusal {
  const reply = readReply(raw);
  const [outcome, code] =
    reply === null || reply.code < 400 ? unexpected : (ofAnyCommand(reply) ?? classify(reply));
  return { outcome, failure: failureOfReply(code, raw) };
}

/**
 * 421 ends the session, whatever it answers. A server that is sent too much concerns all mail, and the first digit says
 * what becomes of this one. So does one that wants a sign-in, and no mail has failed for that.
 */
function ofAnyCommand(reply: SmtpReply): Codes | null {
  if (isThrottled(reply)) return [reply.code < 500 ? 'deferred' : 'rejected', 'server-throttled'];
  return reply.code === 421 ? busy : null;
}

const signInMissing: Codes = ['deferred', 'authentication-required'];
const unexpected: Codes = ['deferred', 'unexpected-reply'];
const busy: Codes = ['deferred', 'server-busy'];

/** Anything but 2yz to MAIL FROM. */
export const refusedSender = (raw: string): Refusal => refusal(raw, senderCodes);

function senderCodes({ code, text }: SmtpReply): Codes {
  if (code < 500) return busy;
  if (code === 530) return signInMissing;
  if (code === 552) return ['rejected', 'message-too-large'];
  if (code === 555) return ['rejected', 'message-refused'];
  return ['rejected', speaksOfRelaying(text) ? 'relay-denied' : 'sender-refused'];
}

/**
 * Anything but 2yz to RCPT TO. 552 for too many recipients is transient (RFC 5321 §4.5.3.1.10); 552 for a full
 * mailbox is not, and says so by its enhanced code.
 *
 * @param acceptedBefore how many recipients this transaction already has
 */
export const refusedRecipient = (raw: string, acceptedBefore: number): Refusal =>
  refusal(raw, (reply) => recipientCodes(reply, acceptedBefore));

function recipientCodes(reply: SmtpReply, acceptedBefore: number): Codes {
  if (isTooManyRecipients(reply, acceptedBefore)) return ['deferred', 'too-many-recipients'];
  if (reply.code < 500) return ['deferred', 'recipient-deferred'];
  if (reply.code === 530) return signInMissing;
  if (speaksOfSender.test(reply.text)) return ['rejected', 'sender-refused'];
  return ['rejected', speaksOfRelaying(reply.text) ? 'relay-denied' : 'recipient-refused'];
}

/** Postfix keeps what it has against a sender until the first recipient. */
const speaksOfSender = /sender address rejected|not owned by user/i;

/** Anything but 354 to DATA, and anything but 2yz to the message itself. */
export const refusedMessage = (raw: string): Refusal => refusal(raw, messageCodes);

/** What Exchange answers, after the body, to a sender that the account may not use. */
const sendAsDenied = /^5\.(7\.60|2\.252)$|SendAsDenied/;

function messageCodes({ code, enhanced, text }: SmtpReply): Codes {
  if (code < 500) return ['deferred', 'message-deferred'];
  if (sendAsDenied.test(enhanced ?? '') || sendAsDenied.test(text)) return ['rejected', 'sender-refused'];
  if (enhanced === '5.3.4' || (code === 552 && enhanced === null)) return ['rejected', 'message-too-large'];
  return ['rejected', 'message-refused'];
}

const speaksOfRelaying = (text: string): boolean => /\brelay/i.test(text);
