import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';
import type { AddressInfo } from 'node:net';
import { simpleParser } from 'mailparser';
import type { ParsedMail } from 'mailparser';
import { SMTPServer } from 'smtp-server';
import type {
  SMTPServerAuthentication,
  SMTPServerDataStream,
  SMTPServerOptions,
  SMTPServerSession,
} from 'smtp-server';
import type { Certificate } from './certificates.ts';
import { waitFor } from './wait-for.ts';

export type CapturedMail = {
  sender: string;
  recipients: string[];
  /** User name the client logged in with. */
  user: string | undefined;
  /** Whether the connection was encrypted. */
  secure: boolean;
  content: Buffer;
  mail: ParsedMail;
};

/** A reply that refuses: `{ code: 550, text: '5.1.1 No such user' }`. */
export type Refusal = { code: number; text: string };

export type SmtpServerOptions = {
  /** Default: a free one. */
  port?: number;
  /** Passwords by user name; without any, nobody needs to log in. */
  users?: Readonly<Record<string, string>>;
  /** Default `none`. The other two need a certificate. */
  tls?: 'none' | 'starttls' | 'implicit';
  certificate?: Certificate;
  sizeBytes?: number;
  authMethods?: readonly string[];
  onMailFrom?: (address: string) => Refusal | undefined;
  onRcptTo?: (address: string) => Refusal | undefined;
  /** Called with the whole message, which is captured only when it is not refused. */
  onMessage?: (mail: CapturedMail) => Refusal | undefined | Promise<Refusal | undefined>;
};

export type CapturingSmtpServer = {
  host: '127.0.0.1';
  port: number;
  messages: readonly CapturedMail[];
  /** How many connections there have been. */
  connections: () => number;
  waitForMessage: (predicate: (mail: CapturedMail) => boolean, timeoutMs?: number) => Promise<CapturedMail>;
  stop: () => Promise<void>;
};

/** A well-behaved server (the smtp-server library) that keeps and parses what it takes. */
export async function startSmtpServer(options: SmtpServerOptions = {}): Promise<CapturingSmtpServer> {
  const messages: CapturedMail[] = [];
  let connections = 0;
  /** Answers with the refusal, or null for a message that was taken. */
  const take = async (stream: SMTPServerDataStream, session: SMTPServerSession): Promise<Error | null> => {
    const mail = await capture(stream, session);
    const refusal = stream.sizeExceeded ? TOO_LARGE : await options.onMessage?.(mail);
    if (refusal === undefined) messages.push(mail);
    return asError(refusal);
  };
  const server = new SMTPServer({
    ...tlsOptions(options),
    ...authOptions(options),
    ...(options.sizeBytes === undefined ? {} : { size: options.sizeBytes }),
    disableReverseLookup: true,
    logger: false,
    closeTimeout: 1,
    onConnect(_session, callback) {
      connections += 1;
      callback();
    },
    onMailFrom: ({ address }, _session, callback) => callback(asError(options.onMailFrom?.(address))),
    onRcptTo: ({ address }, _session, callback) => callback(asError(options.onRcptTo?.(address))),
    onData(stream, session, callback) {
      const answer = async (): Promise<void> => callback(await take(stream, session));
      // A client that breaks off in the middle, as a connection test does, gets no answer.
      answer().catch(() => undefined);
    },
  });
  // Connections that the client breaks are part of the tests, not errors of the server.
  server.on('error', () => undefined);
  const listener = server.listen(options.port ?? 0, '127.0.0.1');
  await once(listener, 'listening');
  return {
    host: '127.0.0.1',
    port: (listener.address() as AddressInfo).port,
    messages,
    connections: () => connections,
    waitForMessage: (predicate, timeoutMs) =>
      waitFor('a message at the SMTP server', () => messages.find(predicate), timeoutMs),
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function tlsOptions({ tls = 'none', certificate }: SmtpServerOptions): SMTPServerOptions {
  if (tls === 'none') return { disabledCommands: ['STARTTLS'] };
  if (certificate === undefined) throw new Error(`tls: '${tls}' needs a certificate`);
  return { secure: tls === 'implicit', key: certificate.key, cert: certificate.certificate };
}

function authOptions({ users, tls = 'none', authMethods }: SmtpServerOptions): SMTPServerOptions {
  if (users === undefined)
    return { authOptional: true, onAuth: (_auth, _session, callback) => callback(BAD_LOGIN) };
  return {
    authMethods: [...(authMethods ?? ['PLAIN', 'LOGIN', 'CRAM-MD5'])],
    allowInsecureAuth: tls === 'none',
    onAuth(auth, _session, callback) {
      if (isRight(auth, users)) callback(null, { user: auth.username });
      else callback(BAD_LOGIN);
    },
  };
}

const TOO_LARGE: Refusal = { code: 552, text: '5.3.4 Message too large' };

const BAD_LOGIN = Object.assign(new Error('5.7.8 Authentication credentials invalid'), { responseCode: 535 });

function isRight(auth: SMTPServerAuthentication, users: Readonly<Record<string, string>>): boolean {
  const password = users[auth.username ?? ''];
  if (password === undefined) return false;
  if (auth.method === 'CRAM-MD5') return auth.validatePassword?.(password) === true;
  return (auth.accessToken ?? auth.password) === password;
}

async function capture(stream: SMTPServerDataStream, session: SMTPServerSession): Promise<CapturedMail> {
  const content = await buffer(stream);
  const { mailFrom, rcptTo } = session.envelope;
  return {
    sender: mailFrom === false ? '' : mailFrom.address,
    recipients: rcptTo.map(({ address }) => address),
    user: typeof session.user === 'string' ? session.user : undefined,
    secure: session.secure,
    content,
    mail: await simpleParser(content),
  };
}

const asError = (refusal: Refusal | undefined): Error | null =>
  refusal === undefined ? null : Object.assign(new Error(refusal.text), { responseCode: refusal.code });
