import { createServer } from 'node:net';
import type { TLSSocketOptions } from 'node:tls';
import type { Certificate } from './certificates.ts';
import { listenOnLoopback } from './loopback-server.ts';
import { converse } from './scripted-conversation.ts';
import type { Conversation, ReceivedMessage, SaslServers } from './scripted-session.ts';
import { actionFor } from './smtp-script.ts';
import type { Script, Stage } from './smtp-script.ts';
import { waitFor } from './wait-for.ts';

export type ScriptedSmtpOptions = {
  script?: Script;
  /** Offers STARTTLS with it, or speaks TLS from the start with `implicitTls`. */
  certificate?: Certificate;
  implicitTls?: boolean;
  /** Versions, client certificates. */
  tls?: TLSSocketOptions;
  /** Lines of the EHLO reply beside STARTTLS. */
  extensions?: readonly string[];
  port?: number;
  /** Mechanisms that look at what the client sends; one exchange each time. */
  sasl?: SaslServers;
};

export type ScriptedSmtp = {
  host: '127.0.0.1';
  port: number;
  /** One for each connection, in the order they came. */
  conversations: readonly Conversation[];
  /** Everything received up to the final dot, over all connections. */
  messages: () => ReceivedMessage[];
  commands: () => string[];
  /** Another script from now on, also for connections that are open. Occurrences count on. */
  use: (script: Script) => void;
  /** Waits until the facts are as wanted. */
  until: (what: string, isSo: (server: ScriptedSmtp) => boolean, timeoutMs?: number) => Promise<void>;
  stop: () => Promise<void>;
};

const EXTENSIONS = [
  'PIPELINING',
  '8BITMIME',
  'SMTPUTF8',
  'SIZE 104857600',
  'ENHANCEDSTATUSCODES',
  'AUTH PLAIN LOGIN CRAM-MD5 XOAUTH2',
];

/** A real TCP server that speaks SMTP well, except where its script says otherwise. Any login is right. */
export async function startScriptedSmtp(options: ScriptedSmtpOptions = {}): Promise<ScriptedSmtp> {
  let script = options.script ?? {};
  const conversations: Conversation[] = [];
  const occurrences = new Map<Stage, number>();
  const tcp = createServer({ noDelay: true }, (socket) => {
    const connection = conversations.length + 1;
    const conversation = converse(socket, {
      certificate: options.certificate,
      implicitTls: options.implicitTls ?? false,
      tls: options.tls ?? {},
      extensions: options.extensions ?? EXTENSIONS,
      sasl: options.sasl ?? {},
      decide(stage, argument, secure) {
        const occurrence = (occurrences.get(stage) ?? 0) + 1;
        occurrences.set(stage, occurrence);
        return actionFor(script, stage, { argument, connection, occurrence, secure });
      },
    });
    conversations.push(conversation);
  });
  const { port, close } = await listenOnLoopback(tcp, options.port);
  const server: ScriptedSmtp = {
    host: '127.0.0.1',
    port,
    conversations,
    messages: () => conversations.flatMap(({ messages }) => messages),
    commands: () => conversations.flatMap(({ commands }) => commands),
    use(next) {
      script = next;
    },
    until: async (what, isSo, timeoutMs) => {
      await waitFor(what, () => (isSo(server) ? true : undefined), timeoutMs);
    },
    stop: close,
  };
  return server;
}
