/*
 * The replies of an SMTP server: how bytes become replies, and what the end of a session means. What a refusal means says
 * the table in `judgement/smtp-rules.ts`.
 *
 * The reader is strict, because a reply that is misread is taken for the answer to another command. It is bounded,
 * because the server decides how much it sends.
 */
import { isUtf8 } from 'node:buffer';
import { type Failure, failure, type FailureCode } from '@postausgang/contracts';
import { isTlsAlert, rootCode, type SmtpError, smtpError, tlsFailure, untrustedText } from '@postausgang/net';
import type { Spoken } from '../../judgement/echo.ts';
import { failureOf, judgeReply, type ReplyContext } from '../../judgement/smtp-judge.ts';
import type { SmtpStage } from '../../judgement/smtp-rule.ts';

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

/** Whether a line can be one of a reply. */
const looksLikeReply = (raw: string): boolean => /^[2-5]\d\d(?:[ -]|$)/.test(raw);

export const isPositive = (raw: string): boolean => looksLikeReply(raw) && raw.startsWith('2');

/** 421: the server closes the connection, whatever it was asked (RFC 5321 §3.8). */
export const isGoodbye = (raw: string): boolean => /^421(?:[ -]|$)/.test(raw);

/** The stages of opening a session, in the words of the connection test. */
export type SessionStage = 'greeting' | 'tls' | 'ehlo' | 'authenticate';

/** A stage of opening that the server did not grant, by its reply. */
export const refusedOpening = (stage: SessionStage, raw: string, spoken?: Spoken): Failure =>
  failureOf(judgeReply(stage, raw, spoken === undefined ? {} : { spoken }), raw);

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
  if (isTlsAlert(error)) return tlsFailure(error);
  if (code === 'EPROTOCOL') return failure('unexpected-reply', untrustedText(response ?? message));
  if (response !== undefined && isGoodbye(response)) return sessionEnded(response);
  return failure('connection-lost', untrustedText(response ?? rootCode(error)));
}

/** 421 says the same wherever it comes. */
const sessionEnded = (raw: string): Failure => failureOf(judgeReply('ehlo', raw), raw);

/** A command of a transaction that was not granted: `rejected` for good, `deferred` for now. */
interface Refusal {
  readonly outcome: 'rejected' | 'deferred';
  readonly failure: Failure;
  /** See `SendRecipient`. */
  readonly alike?: string;
}

function refusal(stage: SmtpStage, raw: string, context: ReplyContext): Refusal {
  const judgement = judgeReply(stage, raw, context);
  const { isFinal, alike } = judgement;
  return {
    outcome: isFinal ? 'rejected' : 'deferred',
    failure: failureOf(judgement, raw),
    ...(alike === undefined ? {} : { alike }),
  };
}

/** Anything but 2yz to MAIL FROM. */
export const refusedSender = (raw: string, context: ReplyContext = {}): Refusal =>
  refusal('mail', raw, context);

/** Anything but 2yz to RCPT TO. */
export const refusedRecipient = (raw: string, context: ReplyContext = {}): Refusal =>
  refusal('rcpt', raw, context);

/** Anything but 354 to DATA. */
export const refusedData = (raw: string, context: ReplyContext = {}): Refusal =>
  refusal('data', raw, context);

/** Anything but 2yz to the message itself. */
export const refusedMessage = (raw: string, context: ReplyContext = {}): Refusal =>
  refusal('content', raw, context);
