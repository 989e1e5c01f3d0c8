/*
 * The built-in test mailbox: a real SMTP server on the loopback interface of this process, which keeps what arrives in
 * memory. Mail to it goes the same way as all mail. It listens from its first use on, on a port and with a password of
 * its own, so nothing else on the machine can put messages into it. It can be told to misbehave.
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SMTPServer, SMTPServerDataStream, SMTPServerSession } from 'smtp-server';
import type { TestMailboxBehavior } from '@postausgang/contracts';
import { createSecret, type Secret } from '@postausgang/credentials';
import type { ConnectionPolicy } from '@postausgang/net';
import { domainOf } from '@postausgang/settings';
import type { SmtpDescription } from '../transports/smtp/open-session.ts';
import { createKeptMessages, type KeptMessages, type MessageBounds } from './kept-messages.ts';

/** How the transport reaches the server of the mailbox, by the same means as any other server. */
export interface TestMailboxAccess {
  readonly description: Omit<SmtpDescription, 'timeoutSeconds'>;
  readonly password: Secret;
  /** Lets only this server be reached. */
  readonly policy: ConnectionPolicy;
}

export interface TestMailbox {
  readonly bounds: MessageBounds;
  readonly messages: Omit<KeptMessages, 'add'>;
  behavior(): TestMailboxBehavior;
  /** Counts from the next command or message on. */
  behave(behavior: TestMailboxBehavior): void;
  /** Starts the server when it is asked for the first time. Rejects where nothing can listen. */
  access(): Promise<TestMailboxAccess>;
  close(): Promise<void>;
}

interface TestMailboxOptions {
  readonly now: () => Date;
  readonly newId: () => string;
}

const bounds: MessageBounds = { maxMessages: 200, maxBytes: 64 * 1024 * 1024 };
const host = '127.0.0.1';
const username = 'test-mailbox';

const goodBehavior: TestMailboxBehavior = {
  rejectRecipients: [],
  deferRecipients: [],
  delaySeconds: 0,
  afterMessage: 'accept',
};

function refusal(code: number, text: string): Error {
  return Object.assign(new Error(text), { responseCode: code });
}

const badLogin = refusal(535, '5.7.8 Authentication credentials invalid');
const tooLarge = refusal(552, '5.3.4 The message is larger than the test mailbox');
const afterMessage = {
  defer: refusal(451, '4.3.0 The test mailbox defers every message'),
  reject: refusal(554, '5.6.0 The test mailbox rejects every message'),
} as const;

function isNamed(list: readonly string[], address: string): boolean {
  const wanted = address.toLowerCase();
  const domain = domainOf(wanted);
  return list.some((entry) => ['*', wanted, domain].includes(entry.trim().toLowerCase()));
}

function recipientRefusal(behavior: TestMailboxBehavior, address: string): Error | null {
  if (isNamed(behavior.rejectRecipients, address))
    return refusal(550, '5.1.1 The test mailbox rejects this recipient');
  return isNamed(behavior.deferRecipients, address)
    ? refusal(450, '4.2.1 The test mailbox defers this recipient')
    : null;
}

/** The connections by their far port, which is what a session tells of them. */
function watchSockets(server: SMTPServer): (session: SMTPServerSession) => Socket | undefined {
  const sockets = new Map<number | undefined, Socket>();
  server.server.on('connection', (socket) => {
    const { remotePort } = socket;
    sockets.set(remotePort, socket);
    socket.once('close', () => sockets.delete(remotePort));
  });
  return ({ remotePort }) => sockets.get(remotePort);
}

interface ServerParts extends TestMailboxOptions {
  readonly password: string;
  readonly kept: KeptMessages;
  readonly behavior: () => TestMailboxBehavior;
  readonly closing: AbortSignal;
}

/** Takes a message; resolves with the refusal, null for one that was taken, or undefined where the connection has to break. */
async function receive(
  { kept, behavior, closing, now, newId }: ServerParts,
  stream: SMTPServerDataStream,
  { envelope }: SMTPServerSession,
): Promise<Error | null | undefined> {
  const bytes = await buffer(stream);
  if (stream.sizeExceeded) return tooLarge;
  const { delaySeconds, afterMessage: reply } = behavior();
  if (delaySeconds > 0) await sleep(delaySeconds * 1000, undefined, { signal: closing });
  if (reply === 'defer' || reply === 'reject') return afterMessage[reply];
  kept.add({
    id: newId(),
    receivedAt: now().toISOString(),
    sender: envelope.mailFrom === false ? '' : envelope.mailFrom.address,
    recipients: envelope.rcptTo.map(({ address }) => address),
    bytes,
  });
  return reply === 'accept' ? null : undefined;
}

async function startServer(parts: ServerParts): Promise<SMTPServer> {
  // Loaded only where the mailbox is used.
  const smtp = await import('smtp-server');
  const server: SMTPServer = new smtp.SMTPServer({
    name: 'test-mailbox.localhost',
    logger: false,
    disabledCommands: ['STARTTLS'],
    authMethods: ['PLAIN'],
    allowInsecureAuth: true,
    disableReverseLookup: true,
    size: bounds.maxBytes,
    closeTimeout: 1,
    onAuth(auth, _session, callback) {
      const isRight = auth.username === username && auth.password === parts.password;
      callback(isRight ? null : badLogin, { user: username });
    },
    onRcptTo: ({ address }, _session, callback) => callback(recipientRefusal(parts.behavior(), address)),
    onData(stream, session, callback) {
      const answer = async (): Promise<void> => {
        const refused = await receive(parts, stream, session);
        if (refused === undefined) socketOf(session)?.destroy();
        else callback(refused);
      };
      // A client that breaks off in the middle, as a connection test does, gets no answer.
      answer().catch(() => socketOf(session)?.destroy());
    },
  });
  const socketOf = watchSockets(server);
  // A connection that breaks is nothing to report.
  server.on('error', () => undefined);
  await once(server.listen(0, host), 'listening');
  return server;
}

function accessTo(server: SMTPServer, password: string): TestMailboxAccess {
  const address = server.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    description: {
      hostname: host,
      port,
      encryption: 'none',
      authentication: 'password',
      username,
      windows: null,
      allowCleartextAuthentication: true,
    },
    password: createSecret(password),
    policy: {
      allowedPorts: [port],
      allowLoopback: true,
      deniedNetworks: [],
      allowedNetworks: [`${host}/32`],
    },
  };
}

export function createTestMailbox(options: TestMailboxOptions): TestMailbox {
  const kept = createKeptMessages(bounds);
  const password = randomBytes(24).toString('base64url');
  const closing = new AbortController();
  let behavior = goodBehavior;
  let starting: Promise<SMTPServer> | undefined;
  const start = (): Promise<SMTPServer> => {
    const parts = { ...options, password, kept, behavior: () => behavior, closing: closing.signal };
    starting ??= startServer(parts).catch((error: unknown) => {
      starting = undefined;
      throw error;
    });
    return starting;
  };
  return {
    bounds,
    messages: kept,
    behavior: () => behavior,
    behave(wanted) {
      behavior = wanted;
    },
    access: async () => accessTo(await start(), password),
    async close() {
      closing.abort();
      const server = await starting?.catch(() => undefined);
      if (server !== undefined) await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
