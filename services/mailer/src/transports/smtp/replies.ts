/*
 * The replies of an SMTP server: how bytes become replies, and what a reply means for the session, the recipient or the
 * message.
 *
 * The reader is strict, because a reply that is misread is taken for the answer to another command. It is bounded,
 * because the server decides how much it sends. The text of a reply is untrusted: stage and codes decide first, and words
 * only where the codes of the large providers do not say enough.
 */
import { isUtf8 } from 'node:buffer';
import { type Failure, failure, type FailureCode } from '@postausgang/contracts';
import { rootCode, type SmtpError, smtpError, untrustedText } from '@postausgang/net';

/** RFC 5321 §4.5.3.1.5 allows 512 bytes for a line of a reply; a challenge of a sign-in may have 12,288 (RFC 4954 §4). */
const maxLineBytes = 16 * 1024;
const maxReplyBytes = 64 * 1024;
/** Empty lines before a reply that are passed over; more of them are nothing but work. */
const maxEmptyLines = 100;

/** What is not in the protocol, with the text that is not. */
export const protocolError = (message: string, response?: string): SmtpError =>
  Object.assign(smtpError(message, 'EPROTOCOL'), response === undefined ? {} : { response });

/** What came of some bytes. After a fault there are no more replies. */
interface Reading {
  /** Complete replies, each as the server sent it, its lines joined by line feeds. */
  readonly replies: readonly string[];
  readonly fault: SmtpError | null;
}

export interface ReplyReader {
  read(chunk: Buffer): Reading;
  /** Whether there is nothing of a reply that is not complete. */
  isEmpty(): boolean;
}

/** Bytes are kept as latin1 text until a reply is complete. */
interface Unfinished {
  line: string;
  lines: string[];
  sizeBytes: number;
  emptyLines: number;
}

export function createReplyReader(): ReplyReader {
  const unfinished: Unfinished = { line: '', lines: [], sizeBytes: 0, emptyLines: 0 };
  return {
    read: (chunk) => readReplies(unfinished, chunk.toString('latin1')),
    isEmpty: () => unfinished.line === '' && unfinished.lines.length === 0,
  };
}

function readReplies(unfinished: Unfinished, text: string): Reading {
  const replies: string[] = [];
  let start = 0;
  for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', start)) {
    const line = unfinished.line + text.slice(start, end);
    start = end + 1;
    unfinished.line = '';
    const fault = takeLine(unfinished, line.endsWith('\r') ? line.slice(0, -1) : line, replies);
    if (fault !== null) return { replies, fault };
  }
  unfinished.line += text.slice(start);
  const isTooLong = unfinished.line.length > maxLineBytes;
  return { replies, fault: isTooLong ? protocolError('The reply is too long') : null };
}

/** One line more: of a reply that goes on, or the last one. Every line has the same code (§4.2.1). Empty ones between replies are passed over. */
function takeLine(unfinished: Unfinished, line: string, replies: string[]): SmtpError | null {
  const { lines } = unfinished;
  if (lines.length === 0 && line.trim() === '') {
    unfinished.emptyLines += 1;
    return unfinished.emptyLines > maxEmptyLines ? protocolError('Nothing but empty lines') : null;
  }
  unfinished.sizeBytes += line.length;
  if (line.length > maxLineBytes || unfinished.sizeBytes > maxReplyBytes) {
    return protocolError('The reply is too long');
  }
  const isConsistent = lines[0] === undefined || lines[0].startsWith(line.slice(0, 3));
  lines.push(line);
  const reply = (): string => decoded(lines.join('\n'));
  if (!looksLikeReply(line) || !isConsistent) return protocolError('Not a reply', reply());
  if (line[3] === '-') return null;
  replies.push(reply());
  unfinished.lines = [];
  unfinished.sizeBytes = 0;
  unfinished.emptyLines = 0;
  return null;
}

/** UTF-8, or what each byte is in latin1: there is no rule for the text of a reply. */
function decoded(latin1: string): string {
  if (!/[^\0-\x7f]/.test(latin1)) return latin1;
  const bytes = Buffer.from(latin1, 'latin1');
  return isUtf8(bytes) ? bytes.toString('utf8') : latin1;
}

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

/** Whether a line can be one of a reply. */
const looksLikeReply = (raw: string): boolean => /^[2-5]\d\d(?:[ -]|$)/.test(raw);

export const isPositive = (raw: string): boolean => looksLikeReply(raw) && raw.startsWith('2');

/** 421: the server closes the connection, whatever it was asked (RFC 5321 §3.8). */
export const isGoodbye = (raw: string): boolean => /^421(?:[ -]|$)/.test(raw);

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

/** The stages of opening a session, in the words of the connection test. */
export type SessionStage = 'greeting' | 'tls' | 'ehlo' | 'authenticate';

/** A stage of opening that the server did not grant, by its reply. */
export const refusedOpening = (stage: SessionStage, raw: string): Failure => {
  const reply = readReply(raw);
  return failureOfReply(reply === null ? 'unexpected-reply' : refusalCode(stage, reply), raw);
};

/** A stage of opening in which the connection ended. */
export function lostOpening(stage: SessionStage, error: SmtpError): Failure {
  if (stage !== 'greeting') return lostConnection(error);
  const isOther = error.code === 'EPROTOCOL' && error.response !== undefined;
  return isOther
    ? failure('not-an-smtp-server', untrustedText(error.response ?? ''))
    : lostConnection(error, 'greeting-timeout');
}

/** Why a connection ended that was expected to go on. */
export function lostConnection(error: SmtpError, timeoutCode: FailureCode = 'timeout'): Failure {
  const { code, response, message } = error;
  if (code === 'ETIMEDOUT') return failure(timeoutCode);
  if (code === 'EPROTOCOL') return failure('unexpected-reply', untrustedText(response ?? message));
  if (response !== undefined && isGoodbye(response)) return sessionEnded(response);
  return failure('connection-lost', untrustedText(response ?? rootCode(error)));
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
