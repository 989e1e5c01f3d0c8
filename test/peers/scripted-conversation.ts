import type { Socket } from 'node:net';
import type { Certificate } from './certificates.ts';
import { createScriptedConnection } from './scripted-connection.ts';
import { authenticate } from './scripted-login.ts';
import { act, argumentOf, forgetEnvelope, goSecure, isPositive } from './scripted-session.ts';
import type { Conversation, ConversationOptions, Session } from './scripted-session.ts';
import { addressIn, createSmtpInput, unstuff } from './smtp-input.ts';
import type { SmtpInput } from './smtp-input.ts';
import { drop, reply } from './smtp-script.ts';

const HOST = 'scripted.test';

/** Holds one conversation with a client and writes down what was said. */
export function converse(raw: Socket, options: ConversationOptions): Conversation {
  const conversation: Conversation = {
    commands: [],
    messages: [],
    contentBytes: 0,
    secure: false,
    closed: false,
    tls: () => connection.tls(),
  };
  raw.once('close', () => {
    conversation.closed = true;
  });
  const connection = createScriptedConnection(raw, (chunk) => input.push(chunk));
  const nothingYet = { sender: '', recipients: [], chunks: [], nextLine: undefined };
  const session: Session = { options, conversation, connection, ...nothingYet };
  const input: SmtpInput = createSmtpInput({
    line: (text) => onLine(session, input, text),
    content: (chunk) => onContent(session, chunk),
    contentEnd: () => onContentEnd(session),
  });
  if (options.implicitTls && options.certificate !== undefined) {
    if (!shakeHands(session, options.certificate)) return conversation;
  }
  act(session, 'greeting', '', reply(`220 ${HOST} ESMTP`));
  return conversation;
}

function onLine(session: Session, input: SmtpInput, line: string): void {
  if (session.connection.isDead()) return;
  session.conversation.commands.push(line);
  const { nextLine } = session;
  session.nextLine = undefined;
  if (nextLine !== undefined) return nextLine(line);
  const verb = (line.split(' ')[0] ?? '').toUpperCase();
  const handle = HANDLERS[verb];
  if (handle !== undefined) handle(session, line);
  else if (verb === 'DATA') onData(session, input);
  else session.connection.perform(reply('502 5.5.1 Not implemented'));
}

function onContent(session: Session, chunk: Buffer): void {
  if (session.connection.isDead()) return;
  const isFirst = session.chunks.length === 0;
  session.conversation.contentBytes += chunk.length;
  session.chunks.push(chunk);
  const misbehavior = isFirst
    ? session.options.decide('content', '', session.conversation.secure)
    : undefined;
  if (misbehavior !== undefined) session.connection.perform(misbehavior);
}

function onContentEnd(session: Session): void {
  if (session.connection.isDead()) return;
  const { sender, recipients, chunks } = session;
  const message = { sender, recipients, content: unstuff(chunks), accepted: false };
  session.conversation.messages.push(message);
  message.accepted = isPositive(act(session, 'end-of-data', '', reply('250 2.0.0 Ok: queued')));
  forgetEnvelope(session);
}

function onData(session: Session, input: SmtpInput): void {
  const isReady = session.recipients.length > 0;
  const usual = isReady ? reply('354 Go ahead') : reply('554 5.5.1 No valid recipients');
  if (act(session, 'data', '', usual) === 354) input.expectContent();
}

const HANDLERS: Readonly<Record<string, (session: Session, line: string) => void>> = {
  EHLO: hello,
  HELO: hello,
  STARTTLS: startTls,
  AUTH: authenticate,
  MAIL: mailFrom,
  RCPT: rcptTo,
  RSET(session) {
    forgetEnvelope(session);
    act(session, 'rset', '', reply('250 2.0.0 Ok'));
  },
  NOOP: (session) => void act(session, 'noop', '', reply('250 2.0.0 Ok')),
  QUIT: (session) => void act(session, 'quit', '', drop('221 2.0.0 Bye')),
};

function hello(session: Session, line: string): void {
  const { options, conversation } = session;
  const canUpgrade = options.certificate !== undefined && !conversation.secure;
  const words = [HOST, ...options.extensions, ...(canUpgrade ? ['STARTTLS'] : [])];
  const text = words.map((word, index) => `250${index === words.length - 1 ? ' ' : '-'}${word}`).join('\n');
  const isUpgraded = conversation.secure && !options.implicitTls;
  act(session, isUpgraded ? 'ehlo-after-tls' : 'ehlo', argumentOf(line), reply(text));
}

function startTls(session: Session): void {
  const { certificate } = session.options;
  const usual = certificate === undefined ? reply('454 4.7.0 No TLS') : reply('220 2.0.0 Ready');
  const code = act(session, 'starttls', '', usual);
  if (code === 220 && certificate !== undefined) shakeHands(session, certificate);
}

/** Says whether TLS begins. With a misbehavior it does not: the client's part of the handshake is answered with that. */
function shakeHands(session: Session, certificate: Certificate): boolean {
  const misbehavior = session.options.decide('handshake', '', session.conversation.secure);
  if (misbehavior === undefined) goSecure(session, certificate);
  else session.connection.performInstead(misbehavior);
  return misbehavior === undefined;
}

function mailFrom(session: Session, line: string): void {
  forgetEnvelope(session);
  const code = act(session, 'mail-from', addressIn(line), reply('250 2.1.0 Ok'));
  if (isPositive(code)) session.sender = addressIn(line);
}

function rcptTo(session: Session, line: string): void {
  const code = act(session, 'rcpt-to', addressIn(line), reply('250 2.1.5 Ok'));
  if (isPositive(code)) session.recipients.push(addressIn(line));
}
