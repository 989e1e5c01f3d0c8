import type { TLSSocket, TLSSocketOptions } from 'node:tls';
import type { Certificate } from './certificates.ts';
import type { SaslServer } from './scripted-login.ts';
import type { ScriptedConnection } from './scripted-connection.ts';
import type { Action, Stage } from './smtp-script.ts';

export type ReceivedMessage = {
  sender: string;
  recipients: string[];
  content: Buffer;
  /** Whether the final dot was answered with 2yz; a message can have been received all the same. */
  accepted: boolean;
};

export type Conversation = {
  /** Every line the client sent outside of content, as it came. */
  commands: string[];
  messages: ReceivedMessage[];
  /** Bytes of content received, including those of messages that never ended. */
  contentBytes: number;
  secure: boolean;
  closed: boolean;
  /** The server's end of the TLS connection. */
  tls: () => TLSSocket | undefined;
};

export type SaslServers = Readonly<Record<string, (conversation: Conversation) => SaslServer>>;

export type ConversationOptions = {
  certificate: Certificate | undefined;
  implicitTls: boolean;
  /** Versions, client certificates. */
  tls: TLSSocketOptions;
  extensions: readonly string[];
  /** Mechanisms that look at what the client sends. */
  sasl: SaslServers;
  /** What the script wants at this stage; undefined = behave well. */
  decide: (stage: Stage, argument: string, secure: boolean) => Action | undefined;
};

/** What one connection remembers between commands. */
export type Session = {
  options: ConversationOptions;
  conversation: Conversation;
  connection: ScriptedConnection;
  sender: string;
  recipients: string[];
  chunks: Buffer[];
  /** Takes the next line instead of it being a command. */
  nextLine: ((line: string) => void) | undefined;
};

/** Does what the script says, or else the usual, and tells the code of the reply (0 for everything but replies). */
export function act(session: Session, stage: Stage, argument: string, usual: Action): number {
  const action = session.options.decide(stage, argument, session.conversation.secure) ?? usual;
  session.connection.perform(action);
  return action.do === 'reply' || action.do === 'trickle' ? Number(action.text.slice(0, 3)) : 0;
}

export function goSecure(session: Session, certificate: Certificate): void {
  session.connection.secure(certificate, session.options.tls);
  session.conversation.secure = true;
}

export function forgetEnvelope(session: Session): void {
  session.sender = '';
  session.recipients = [];
  session.chunks = [];
}

/** What follows the verb. */
export const argumentOf = (line: string): string =>
  line.includes(' ') ? line.slice(line.indexOf(' ') + 1) : '';

export const isPositive = (code: number): boolean => code >= 200 && code < 300;
