import { type Failure, failure, type FailureCode } from '@postausgang/contracts';
import { rootCode, type SmtpError, tlsFailure, untrustedText } from '@postausgang/net';

/** An SMTP reply (RFC 5321 §4.2) in its parts. */
interface SmtpReply {
  /** 200 to 599. */
  readonly code: number;
  /** Enhanced status code (RFC 3463), e.g. `5.7.1`. */
  readonly enhanced: string | null;
  readonly text: string;
}

const replyPattern = /^([2-5]\d\d)(?:[ -](?:([245]\.\d{1,3}\.\d{1,3})(?![\d.]))?([^]*))?$/;

/** The parts of a reply, its lines joined by line feeds; null when it is none. */
export function readReply(raw: string): SmtpReply | null {
  const match = replyPattern.exec(raw);
  if (match === null) return null;
  const [, code = '', enhanced, text = ''] = match;
  return { code: Number(code), enhanced: enhanced ?? null, text: text.trim() };
}

/** Whether a line can begin a reply. Anything else would be taken for the answer to some later command. */
export const looksLikeReply = (raw: string): boolean => /^[2-5]\d\d(?:[ -]|$)/.test(raw);

export const isPositive = (raw: string): boolean => looksLikeReply(raw) && raw.startsWith('2');

/** RFC 3463: policy. What large providers end a session with that they have had enough of. */
const policyStatus = /^4\.7\.\d+$/;
/** 4.7.500 to 4.7.699: Exchange Online, server busy. */
const busyExchange = /^4\.7\.[56]\d\d$/;
const tooManyRecipients = /^[45]\.5\.3$/;
/** 421 4.3.2 and 4.4.2 also end a session that was idle, or a server that goes down: there only words tell. */
const speaksOfLimit =
  /rate[ -]?limit|(?:sending|submission) (?:rate|quota|limit)|message (?:submission )?rate|too many recipients from|too (?:many|much) (?:concurrent |new )?(?:connections?|sessions|messages|mails?|e-?mails|requests|commands)|throttl|concurrent connections|daily (?:user )?(?:sending |message )?(?:quota|limit)|SubmissionQuota/i;
/** Exchange's and Google's words for a sender that has had enough for today; 5yz all the same. */
const quotaStatus = /^5\.(1\.90|4\.5)$/;

/** Whether a server says that it is sent too much, and not only to this recipient. Pure. */
function isThrottled({ code, enhanced, text }: SmtpReply): boolean {
  if (code < 400) return false;
  if (speaksOfLimit.test(text)) return true;
  if (code >= 500) return quotaStatus.test(enhanced ?? '');
  if (code === 432) return true;
  if (busyExchange.test(enhanced ?? '')) return true;
  return code === 421 && policyStatus.test(enhanced ?? '');
}

/** Whether it is only the recipients of this transaction that are too many (RFC 5321 §4.5.3.1.10). Pure. */
function isTooManyRecipients({ code, enhanced, text }: SmtpReply, acceptedBefore: number): boolean {
  if (code !== 452 && code !== 552 && code !== 451) return false;
  if (tooManyRecipients.test(enhanced ?? '') || /too many recipients/i.test(text)) return true;
  return code === 552 && enhanced === null && acceptedBefore > 0;
}

const pausePattern =
  /(?:retry|try|again|wait|after|back ?off|in)\D{0,24}?(\d{1,5})\s*(ms|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hours?)\b/i;
const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };
const longestPauseSeconds = 24 * 3600;

/** The pause a reply asks for, in seconds; undefined when it names none, or none one can believe. Pure. */
export function pauseOf(text: string): number | undefined {
  const [, amount = '', unit = ''] = pausePattern.exec(text) ?? [];
  if (amount === '') return undefined;
  const isMilliseconds = /^(ms|milli)/i.test(unit);
  const factor = isMilliseconds ? 0.001 : (unitSeconds[unit.charAt(0).toLowerCase()] ?? 1);
  const seconds = Math.ceil(Number(amount) * factor);
  return seconds > 0 && seconds <= longestPauseSeconds ? seconds : undefined;
}

/** The failure of a reply; one that throttles keeps the pause it asks for. */
function failureOfReply(code: FailureCode, raw: string): Failure {
  const pause = code === 'server-throttled' ? pauseOf(raw) : undefined;
  const told = failure(code, untrustedText(raw));
  return pause === undefined ? told : { ...told, retryAfterSeconds: pause };
}

/** The stages of a session that nodemailer's connection runs through, in the words of the connection test. */
export type SessionStage = 'greeting' | 'tls' | 'ehlo' | 'authenticate';

/** Why a session did not come about: the stage it was in, and nodemailer's error. */
export function openingFailure(stage: SessionStage, error: SmtpError): Failure {
  const reply = error.response === undefined ? null : readReply(error.response);
  if (reply === null) return silentFailure(stage, error);
  return failureOfReply(refusalCode(stage, reply), error.response ?? '');
}

function silentFailure(stage: SessionStage, error: SmtpError): Failure {
  if (error.response !== undefined) {
    const code = stage === 'greeting' ? 'not-an-smtp-server' : 'unexpected-reply';
    return failure(code, untrustedText(error.response));
  }
  if (stage === 'tls' && error.code !== 'ECONNECTION') return tlsFailure(error);
  return lostConnection(error, stage === 'greeting' ? 'greeting-timeout' : 'timeout');
}

/** Why a connection ended that was expected to go on. */
export function lostConnection(error: SmtpError, timeoutCode: FailureCode = 'timeout'): Failure {
  if (error.code === 'ETIMEDOUT') return failure(timeoutCode);
  if (error.responseCode === 421) return sessionEnded(error.response ?? '');
  if (error.code === 'EPROTOCOL')
    return failure('unexpected-reply', untrustedText(error.response ?? error.message));
  return failure('connection-lost', untrustedText(error.response ?? rootCode(error)));
}

function sessionEnded(raw: string): Failure {
  const reply = readReply(raw);
  return failureOfReply(reply !== null && isThrottled(reply) ? 'server-throttled' : 'server-busy', raw);
}

function refusalCode(stage: SessionStage, reply: SmtpReply): FailureCode {
  if (isThrottled(reply)) return 'server-throttled';
  if (reply.code === 421) return 'server-busy';
  switch (stage) {
    case 'greeting':
      return greetingCode(reply);
    case 'tls':
      return reply.code >= 500 ? 'starttls-not-offered' : 'tls-failed';
    case 'ehlo':
      return reply.code >= 500 ? 'ehlo-refused' : 'server-busy';
    case 'authenticate':
      return signInCode(reply);
  }
}

function greetingCode({ code }: SmtpReply): FailureCode {
  if (code >= 500) return 'server-refuses-service';
  return code >= 400 ? 'server-busy' : 'not-an-smtp-server';
}

/** RFC 4954 §6. 502, 503 and 530 to AUTH: not here, not before TLS; 538: the mechanism needs encryption. */
const signInCodes: Readonly<Record<number, FailureCode>> = {
  502: 'authentication-not-offered',
  503: 'authentication-not-offered',
  504: 'authentication-mechanism-unsupported',
  530: 'authentication-not-offered',
  534: 'authentication-mechanism-unsupported',
  538: 'authentication-not-offered',
};

function signInCode({ code }: SmtpReply): FailureCode {
  if (code < 400) return 'unexpected-reply';
  if (code < 500) return 'authentication-unavailable';
  return signInCodes[code] ?? 'credentials-rejected';
}

/** A command of a transaction that was not granted: `rejected` for good, `deferred` for now. */
interface Refusal {
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
