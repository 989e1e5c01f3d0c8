import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import {
  asSmtpError,
  observeCertificate,
  type SmtpError,
  smtpError,
  type StageObserver,
  startTlsNotOffered,
  tlsDescription,
} from '@postausgang/net';
import { looksLikeReply, type SessionStage } from './replies.ts';

type Done = (error: SmtpError | null, result?: unknown) => void;

/** What stands in for nodemailer's DATA stream. */
interface ContentSink {
  readonly outByteCount: number;
  write(message: unknown): void;
  end(): void;
}

/**
 * What this folder uses of nodemailer's SMTPConnection beyond its published types. A test compares it with the
 * installed version.
 */
interface SmtpInternals {
  readonly _socket: Socket | false | null;
  readonly _responseQueue: readonly string[];
  readonly _responseActions: ((reply: string) => void)[];
  readonly _supportedExtensions: readonly string[];
  /** Comes with the reply to EHLO. */
  readonly _ehloLines: readonly string[] | undefined;
  readonly _maxAllowedSize: number;
  _sendCommand(line: string, logged?: string): void;
  _setEnvelope(envelope: unknown, done: Done): void;
  _processResponse(): void;
  _onClose(): void;
  _onError(error: Error, code: string, reply: string | false, command: string): void;
  _upgradeConnection(done: Done): void;
  _actionGreeting(reply: string): void;
  _actionEHLO(reply: string): void;
  _actionHELO(reply: string): void;
  _actionMAIL(reply: string, done: Done): void;
  _actionRCPT(reply: string, done: Done): void;
  _actionDATA(reply: string, done: Done): void;
  _actionSMTPStream(reply: string, done: Done): void;
  _createSendStream(done: Done): ContentSink;
}

/** Methods that are overridden or called and have to exist. */
export const usedMethods = [
  '_sendCommand',
  '_setEnvelope',
  '_processResponse',
  '_onClose',
  '_onError',
  '_upgradeConnection',
  '_actionGreeting',
  '_actionEHLO',
  '_actionHELO',
  '_actionMAIL',
  '_actionRCPT',
  '_actionDATA',
  '_actionSMTPStream',
  '_createSendStream',
] as const satisfies readonly (keyof SmtpInternals)[];

/** Properties that are read and have to exist from the start. */
export const usedProperties = [
  '_socket',
  '_responseQueue',
  '_responseActions',
  '_supportedExtensions',
  '_maxAllowedSize',
] as const satisfies readonly (keyof SmtpInternals)[];

type Constructor = new (options: SMTPConnection.Options) => Omit<SMTPConnection, '_socket'> & SmtpInternals;

const NodemailerConnection = SMTPConnection as unknown as Constructor;

const heldBack = new Set<Socket>();

/**
 * Holds back what is written to a connection until everything that came in this turn of the event loop is dealt with. A
 * write that wakes the server costs more than all else about it; one to a server that is awake already does not. Under
 * load the writes of many connections follow each other so, and wake it once.
 */
export function writeTogether(socket: Socket): void {
  if (heldBack.has(socket)) return;
  if (heldBack.size === 0) setImmediate(letGo);
  heldBack.add(socket);
  socket.cork();
}

function letGo(): void {
  for (const socket of heldBack) socket.uncork();
  heldBack.clear();
}

const startTlsMissing = (): SmtpError => smtpError('STARTTLS is not offered', startTlsNotOffered);

/** Hears the replies of one transaction, and writes its content when the server has asked for it (354). */
export interface TransactionListener {
  senderAnswered(reply: string): void;
  recipientAnswered(reply: string): void;
  dataAnswered(reply: string): void;
  writeContent(): void;
  contentAnswered(reply: string): void;
}

/**
 * Nodemailer's connection (greeting, EHLO, STARTTLS, AUTH, pipelining) with what it leaves out: the stage it is in, the
 * reply to each command, a time limit for each command, refusal of lines that are no reply, and a content of our own.
 */
export class SmtpSession extends NodemailerConnection {
  /** The stage of opening that is under way, or was the last. */
  openingStage: SessionStage = 'greeting';
  /** The server has agreed to STARTTLS. */
  handshaking = false;
  transaction: TransactionListener | null = null;
  readonly #observer: StageObserver | undefined;
  #knowsEhlo = false;
  #gathered: string[] | null = null;
  #timer: NodeJS.Timeout | undefined;
  #timerMs = 0;
  #deadline: NodeJS.Timeout | undefined;

  constructor(options: SMTPConnection.Options, observer?: StageObserver) {
    super(options);
    this.#observer = observer;
    this.on('error', () => undefined);
    this.once('end', () => {
      this.stopWaiting();
      this.endIn(null);
    });
  }

  /** Null without TLS. */
  get tls(): string | null {
    return this._socket instanceof TLSSocket ? tlsDescription(this._socket) : null;
  }

  offers(extension: string): boolean {
    return this._supportedExtensions.includes(extension);
  }

  /** The SASL mechanisms of the EHLO reply. Nodemailer keeps only those it knows. */
  get saslMechanisms(): readonly string[] {
    const lists = (this._ehloLines ?? []).flatMap((line) => /^AUTH[ =](.*)$/i.exec(line)?.[1] ?? []);
    const names = lists.flatMap((list) => list.toUpperCase().split(' '));
    return [...new Set(names)].filter((name) => /^[A-Z0-9_-]{1,20}$/.test(name)).slice(0, 20);
  }

  /** Whether there is any AUTH in the EHLO reply; a server that knows only HELO offers none. */
  get offersSignIn(): boolean {
    return this.allowsAuth && this.#knowsEhlo;
  }

  /** SIZE of the EHLO reply in bytes, 0 for no limit. */
  get maxSizeBytes(): number {
    return this._maxAllowedSize;
  }

  /** Ends the connection when the server says nothing for so long; every reply begins the time anew. */
  waitFor(timeoutMs: number): void {
    if (this.#timer !== undefined && this.#timerMs === timeoutMs && !this.destroyed) {
      this.#timer.refresh();
      return;
    }
    this.stopWaiting();
    if (this.destroyed) return;
    this.#timerMs = timeoutMs;
    const giveUp = (): void => this._onError(new Error('No reply in time'), 'ETIMEDOUT', false, 'CONN');
    this.#timer = setTimeout(giveUp, timeoutMs);
  }

  stopWaiting(): void {
    clearTimeout(this.#timer);
    // A timer that was cleared would come back to life by its refresh().
    this.#timer = undefined;
  }

  /** Ends the connection after this time, whatever the server says or reads until then. Null: there is no such end. */
  endIn(timeMs: number | null): void {
    clearTimeout(this.#deadline);
    if (timeMs === null || this.destroyed) return;
    const giveUp = (): void => this._onError(new Error('The time is over'), 'ETIMEDOUT', false, 'CONN');
    this.#deadline = setTimeout(giveUp, Math.max(timeMs, 0));
  }

  override _processResponse(): void {
    const reply = this._responseQueue[0];
    if (reply !== undefined && reply.trim() !== '') {
      this.#timer?.refresh();
      if (!looksLikeReply(reply)) return this._onError(new Error('Not a reply'), 'EPROTOCOL', reply, 'CONN');
    }
    super._processResponse();
  }

  /** Nodemailer handles one reply per turn; those that came together with the end of the connection count too. */
  override _onClose(): void {
    for (let count = this._responseQueue.length; count > 0; count -= 1) this._processResponse();
    super._onClose();
  }

  override _actionGreeting(reply: string): void {
    if (reply.startsWith('220')) {
      this.#observer?.passed('greeting', { reply });
      this.openingStage = 'ehlo';
    }
    super._actionGreeting(reply);
  }

  override _actionEHLO(reply: string): void {
    const beforeTls = this.options.requireTLS === true && !this.secure;
    if (reply.startsWith('2') && beforeTls) {
      this.openingStage = 'tls';
      // Nodemailer would send STARTTLS all the same.
      if (!/[ -]STARTTLS\b/i.test(reply)) return this._onError(startTlsMissing(), 'ETLS', false, 'EHLO');
    }
    super._actionEHLO(reply);
    if (!reply.startsWith('2') || beforeTls) return;
    this.#knowsEhlo = true;
    this.#greetingAnswered(reply);
  }

  override _actionHELO(reply: string): void {
    super._actionHELO(reply);
    if (reply.startsWith('2')) this.#greetingAnswered(reply);
  }

  #greetingAnswered(reply: string): void {
    const limit = this.maxSizeBytes > 0 ? ` ${this.maxSizeBytes}` : '';
    const extensions = this._supportedExtensions.map((name) => (name === 'SIZE' ? name + limit : name));
    const { saslMechanisms } = this;
    const signIn = saslMechanisms.length > 0 ? [['AUTH', ...saslMechanisms].join(' ')] : [];
    this.#observer?.passed('ehlo', { reply, detail: [...extensions, ...signIn].join(', ') });
  }

  override _upgradeConnection(done: Done): void {
    this.handshaking = true;
    super._upgradeConnection((error, secured) => {
      if (error === null) this.#encrypted();
      done(error, secured);
    });
    if (this.#observer !== undefined && this._socket instanceof TLSSocket) {
      observeCertificate(this._socket, this.#observer);
    }
  }

  #encrypted(): void {
    this.#observer?.passed('tls', { detail: this.tls ?? '' });
    this.openingStage = 'ehlo';
  }

  /** A pipelined envelope is one text and one write: nodemailer makes a buffer, and a piece of a vector, of each command. */
  override _setEnvelope(envelope: unknown, done: Done): void {
    const lines: string[] = [];
    this.#gathered = lines;
    super._setEnvelope(envelope, done);
    this.#gathered = null;
    if (lines.length === 0) return;
    if (this._socket) writeTogether(this._socket);
    this._sendCommand(lines.join('\r\n'));
  }

  override _sendCommand(line: string, logged?: string): void {
    if (this.#gathered === null) super._sendCommand(line, logged);
    else this.#gathered.push(line);
  }

  override _actionMAIL(reply: string, done: Done): void {
    this.transaction?.senderAnswered(reply);
    super._actionMAIL(reply, done);
  }

  override _actionRCPT(reply: string, done: Done): void {
    this.transaction?.recipientAnswered(reply);
    super._actionRCPT(reply, done);
  }

  override _actionDATA(reply: string, done: Done): void {
    this.transaction?.dataAnswered(reply);
    // Nodemailer takes any 2yz or 3yz for 354. It may as well be a reply too many, and every later one would be misread.
    const isOther = /^[23]/.test(reply) && !reply.startsWith('354');
    if (isOther) return this._onError(new Error('Not 354'), 'EPROTOCOL', reply, 'DATA');
    super._actionDATA(reply, done);
  }

  override _createSendStream(done: Done): ContentSink {
    this._responseActions.push((reply) => {
      this.transaction?.contentAnswered(reply);
      this._actionSMTPStream(reply, done);
    });
    return { outByteCount: 0, write: () => undefined, end: () => this.transaction?.writeContent() };
  }
}

/**
 * Runs one of nodemailer's calls to its end, whichever way it ends: its callback, the error of the connection, or the
 * silent end of the connection. Resolves with null when it succeeded; never rejects.
 */
export function settled(
  session: SmtpSession,
  start: (done: (error?: unknown) => void) => void,
): Promise<SmtpError | null> {
  const { promise, resolve } = Promise.withResolvers<SmtpError | null>();
  const finish = (error?: unknown): void => {
    session.off('error', finish);
    session.off('end', onEnd);
    resolve(error === undefined || error === null ? null : asSmtpError(error));
  };
  // A callback that says more than the end of the connection may come right after it.
  const onEnd = (): void => {
    setImmediate(finish, smtpError('The connection ended', 'ECONNECTION'));
  };
  session.once('error', finish);
  session.once('end', onEnd);
  start(finish);
  return promise;
}
