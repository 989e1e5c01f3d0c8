/*
 * The dialogue with an SMTP server (RFC 5321), over a connection that packages/net has made.
 *
 * This file owns the socket from the greeting to the end: what is written, which command each reply answers, how long
 * the server may take, and why the connection ended. It knows no mail and no failure codes. It gives replies as the server
 * sent them, and replies.ts judges them.
 *
 * What always holds:
 * - Replies answer commands in the order of the commands (§4.2, RFC 2920). A reply that no command waits for, and
 *   anything that is no reply, ends the connection, because later replies could be taken for answers to other commands.
 * - Each command is answered exactly once: by its reply, or by null when the connection ended first. A reply that is cut
 *   off is no reply. Nothing here rejects.
 * - Every wait for the server has a time limit, which only a complete reply renews. A server that sends its reply
 *   byte by byte, or reads byte by byte, gains no time.
 * - The first reason for the end of the connection is kept in `ended`. Nothing is written or heard after it. 421 ends the
 *   connection, whichever command it answers (§3.8).
 * - Nothing that the server said before the TLS handshake counts after it (RFC 3207 §6). Plain text that follows the reply
 *   to STARTTLS ends the connection: somebody in between may have put it there.
 * - No reply is heard with a secret in it that the server was told, on this connection or another. Challenges of a sign-in
 *   are, since they have to be answered; sasl.ts keeps nothing of them.
 * - The final dot is a call of its own, so that the caller decides what happens before it.
 *
 * What may fail: the connection, at any moment. The caller sees it as null, or false, and finds the reason in `ended`.
 */
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { createRepeatedSecrets, type RepeatedSecrets } from '@postausgang/credentials';
import {
  connectTls,
  type SmtpError,
  smtpError,
  type StageObserver,
  tlsDescription,
  type TlsSettings,
} from '@postausgang/net';
import { createReplyReader, isGoodbye, isPositive, protocolError, type ReplyReader } from './replies.ts';

/** What the server can do, by its reply to EHLO. */
export interface Offer {
  /** Those that this service knows, in upper case. */
  readonly extensions: readonly string[];
  /** SIZE in bytes; 0: no limit known. */
  readonly maxSizeBytes: number;
  readonly saslMechanisms: readonly string[];
  /** Whether there is any AUTH, with mechanisms or without. */
  readonly signIn: boolean;
}

/** Hears the reply to a command; null when the connection ended before it came. */
type Hear = (reply: string | null) => void;

interface Session {
  socket: Socket;
  /** Protocol version and cipher; null without TLS. */
  tls: string | null;
  /** Why the connection is over; null while it stands. */
  ended: SmtpError | null;
  /** Called once when the connection ends; whoever holds an idle session listens. */
  onEnded: (() => void) | null;
  offer: Offer;
  /** The time limit for each reply. */
  readonly replyTimeoutMs: number;
  readonly reader: ReplyReader;
  /** What the server was told and may repeat. */
  readonly told: RepeatedSecrets;
  /** Who waits for replies, in the order of the commands. */
  readonly waiting: Hear[];
  silence: NodeJS.Timeout | undefined;
  deadline: NodeJS.Timeout | undefined;
  /** Takes the listeners off the socket. */
  detach: () => void;
}

/** A connection to an SMTP server. Only this file changes it, `onEnded` apart. */
export type SmtpSession = Readonly<Omit<Session, 'onEnded'>> & Pick<Session, 'onEnded'>;

const nothingOffered: Offer = { extensions: [], maxSizeBytes: 0, saslMechanisms: [], signIn: false };

/** Keeps the entry of an idle connection in the tables of routers. */
const keepAliveMs = 30_000;

/** Takes the socket over. The first reply is the greeting, and its time runs. */
export function createSession(
  socket: Socket,
  replyTimeoutMs: number,
  told: RepeatedSecrets = createRepeatedSecrets(),
): SmtpSession {
  const session: Session = {
    socket,
    tls: null,
    ended: null,
    onEnded: null,
    offer: nothingOffered,
    replyTimeoutMs,
    reader: createReplyReader(),
    told,
    waiting: [],
    silence: undefined,
    deadline: undefined,
    detach: () => undefined,
  };
  socket.setKeepAlive(true, keepAliveMs);
  attach(session, socket);
  limitSilence(session, replyTimeoutMs);
  return session;
}

function attach(session: Session, socket: Socket): void {
  session.socket = socket;
  session.tls = socket instanceof TLSSocket ? tlsDescription(socket) : null;
  const onData = (chunk: Buffer): void => hear(session, chunk);
  const onError = (error: SmtpError): void => end(session, error);
  const onClose = (): void => end(session, smtpError('The server closed the connection', 'ECONNECTION'));
  socket.on('data', onData).on('error', onError).on('end', onClose).on('close', onClose);
  session.detach = () => {
    socket.off('data', onData).off('error', onError).off('end', onClose).off('close', onClose);
  };
}

function hear(session: Session, chunk: Buffer): void {
  const { replies, fault } = session.reader.read(chunk);
  for (const reply of replies) {
    if (session.ended !== null) return;
    answer(session, reply);
  }
  if (fault !== null) end(session, fault);
}

function answer(session: Session, reply: string): void {
  const heard = session.waiting.shift();
  if (session.waiting.length > 0) session.silence?.refresh();
  else stopSilence(session);
  heard?.(reply);
  if (isGoodbye(reply)) {
    end(
      session,
      Object.assign(smtpError('The server ended the session', 'ECONNECTION'), { response: reply }),
    );
  } else if (heard === undefined) {
    end(session, protocolError('No command waits for this reply', reply));
  }
}

function end(session: Session, why: SmtpError): void {
  if (session.ended !== null) return;
  session.ended = withoutSecrets(session, why);
  stopSilence(session);
  clearTimeout(session.deadline);
  session.socket.destroy();
  for (const heard of session.waiting.splice(0)) heard(null);
  session.onEnded?.();
}

/** The code of a reply stays as it is: the reply is judged by it. */
function cutReply({ told }: Session, reply: string): string {
  const [code = ''] = /^\d{3}[ -]/.exec(reply) ?? [];
  return `${code}${told.cut(reply.slice(code.length))}`;
}

function withoutSecrets(session: Session, why: SmtpError): SmtpError {
  const { response, message } = why;
  const told = Object.assign(why, { message: session.told.cut(message) });
  return response === undefined ? told : Object.assign(told, { response: cutReply(session, response) });
}

/** Ends the connection at once, without a word. */
export function close(session: SmtpSession, why = smtpError('Closed by us', 'ECONNECTION')): void {
  end(session, why);
}

function limitSilence(session: Session, timeoutMs: number): void {
  stopSilence(session);
  if (session.ended !== null) return;
  session.silence = setTimeout(() => end(session, smtpError('No reply in time', 'ETIMEDOUT')), timeoutMs);
}

function stopSilence(session: Session): void {
  clearTimeout(session.silence);
  // A timer that was cleared would come back to life by its refresh().
  session.silence = undefined;
}

/** Ends the connection after this time, however lively the server is. Null: there is no such limit any more. */
export function limitTime(session: Session, timeMs: number | null): void {
  clearTimeout(session.deadline);
  if (timeMs === null || session.ended !== null) return;
  const giveUp = (): void => end(session, smtpError('The time is over', 'ETIMEDOUT'));
  session.deadline = setTimeout(giveUp, Math.max(timeMs, 0));
}

/** Hears the next reply that no earlier command waits for: to the connection, or to content. */
export function expectReply(session: SmtpSession, heard: Hear): void {
  if (session.ended === null)
    session.waiting.push((reply) => heard(reply === null ? null : cutReply(session, reply)));
  else heard(null);
}

export function nextReply(session: SmtpSession): Promise<string | null> {
  const { promise, resolve } = Promise.withResolvers<string | null>();
  expectReply(session, resolve);
  return promise;
}

function write(session: Session, lines: readonly string[], timeoutMs: number): void {
  if (session.ended !== null) return;
  // A line end within a command would make two of it, of which one is not ours.
  if (lines.some((line) => /[\r\n\0]/.test(line)))
    return end(session, protocolError('A command is one line'));
  limitSilence(session, timeoutMs);
  session.socket.write(`${lines.join('\r\n')}\r\n`);
}

/** Sends one command whose reply is read as it came, with all that the server repeats: challenges and offers. */
export function rawCommand(session: SmtpSession, line: string): Promise<string | null> {
  write(session, [line], session.replyTimeoutMs);
  const { promise, resolve } = Promise.withResolvers<string | null>();
  if (session.ended === null) session.waiting.push(resolve);
  else resolve(null);
  return promise;
}

/** Sends one command. Its reply; null when the connection ended first. */
export function command(
  session: SmtpSession,
  line: string,
  timeoutMs: number = session.replyTimeoutMs,
): Promise<string | null> {
  write(session, [line], timeoutMs);
  return nextReply(session);
}

/**
 * Sends commands in one write (RFC 2920) and hears each reply as it comes, with the place of its command. Resolves when
 * all are answered, or when the connection has ended.
 */
export async function pipeline(
  session: SmtpSession,
  lines: readonly string[],
  heard: (reply: string, index: number) => void,
): Promise<void> {
  write(session, lines, session.replyTimeoutMs);
  const { promise, resolve } = Promise.withResolvers<void>();
  for (const index of lines.keys()) {
    expectReply(session, (reply) => {
      if (reply !== null) heard(reply, index);
      if (index === lines.length - 1) resolve();
    });
  }
  await promise;
}

/** EHLO, and where the server does not know it and it may be, HELO. The last reply; null when the connection ended. */
export async function sayHello(
  session: Session,
  ehloName: string,
  mayBeHelo: boolean,
): Promise<string | null> {
  const whole = await rawCommand(session, `EHLO ${ehloName}`);
  if (whole === null) return null;
  session.offer = isPositive(whole) ? readOffer(whole) : nothingOffered;
  const reply = cutReply(session, whole);
  if (isPositive(reply) || !mayBeHelo || session.ended !== null) return reply;
  return command(session, `HELO ${ehloName}`);
}

/** In the order in which the connection test shows them. */
const knownExtensions = [
  'SMTPUTF8',
  'DSN',
  '8BITMIME',
  'REQUIRETLS',
  'PIPELINING',
  'SIZE',
  'STARTTLS',
] as const;

/** Reads a reply to EHLO (§4.1.1.1): a keyword a line, its parameters after it. */
function readOffer(reply: string): Offer {
  const lines = reply
    .split('\n')
    .slice(1)
    .map((line) => line.slice(4).trim());
  const keywords = lines.map((line) => line.split(/[ =\t]/, 1)[0]?.toUpperCase() ?? '');
  const size = lines[keywords.indexOf('SIZE')] ?? '';
  const mechanisms = lines
    .filter((_line, index) => keywords[index] === 'AUTH')
    .flatMap((line) => line.slice('AUTH '.length).toUpperCase().split(' '))
    .filter((name) => /^[A-Z0-9_-]{1,20}$/.test(name));
  return {
    extensions: knownExtensions.filter((name) => keywords.includes(name)),
    maxSizeBytes: Number(/^SIZE[ \t]+(\d{1,15})$/i.exec(size)?.[1] ?? 0),
    saslMechanisms: [...new Set(mechanisms)].slice(0, 20),
    signIn: keywords.includes('AUTH'),
  };
}

/** The TLS handshake, after the server has agreed to STARTTLS. Null when the connection is encrypted. */
export async function encrypt(
  session: Session,
  tls: TlsSettings,
  observer?: StageObserver,
): Promise<SmtpError | null> {
  if (session.ended !== null || !session.reader.isEmpty()) {
    const injected = smtpError('Plain text follows the reply to STARTTLS', plainTextInTls);
    end(session, injected);
    return injected;
  }
  session.detach();
  session.offer = nothingOffered;
  const encrypted = await connectTls(session.socket, tls, session.replyTimeoutMs, observer);
  if (encrypted.ok) attach(session, encrypted.socket);
  else end(session, encrypted.error);
  return encrypted.ok ? null : encrypted.error;
}

/** OpenSSL's word for it, had it been given the text. */
const plainTextInTls = 'ERR_SSL_WRONG_VERSION_NUMBER';

/** Handed to the socket at once. Small enough that each is a sign of life on a slow line. */
const pieceBytes = 128 * 1024;

/** Writes the content, dot-stuffed already. True when the last byte is with the operating system. */
export async function writeContent(session: SmtpSession, content: Uint8Array): Promise<boolean> {
  for (let start = 0; start < content.length && session.ended === null; start += pieceBytes) {
    limitSilence(session, session.replyTimeoutMs);
    await written(session.socket, content.subarray(start, start + pieceBytes));
  }
  stopSilence(session);
  return session.ended === null;
}

/** Resolves when the piece has left, and also when the socket was destroyed; `ended` tells which. */
function written(socket: Socket, piece: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    socket.write(piece, () => resolve());
  });
}

/** Ends the content. From here on only the reply is waited for, and no other limit may shorten that wait (§4.5.3.2.6). */
export function writeFinalDot(session: SmtpSession, timeoutMs: number): void {
  limitTime(session, null);
  limitSilence(session, timeoutMs);
  session.socket.write('.\r\n');
}
