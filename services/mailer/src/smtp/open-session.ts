import type { Socket } from 'node:net';
import { type ConnectionTestStepName, type Failure, failure } from '@postausgang/contracts';
import {
  connectTcp,
  connectTls,
  resolveDestination,
  type StageObserver,
  tlsDescription,
  tlsFailure,
} from '@postausgang/net';
import { openingFailure } from './classify-opening.ts';
import type { SessionSettings } from './session-settings.ts';
import { settled } from './settled.ts';
import { signIn } from './sign-in/sign-in.ts';
import { SmtpSession } from './smtp-session.ts';

export interface NotOpened {
  readonly ok: false;
  readonly stage: ConnectionTestStepName;
  readonly failure: Failure;
  /** The reply that ended it, as it came. */
  readonly reply: string | null;
}

export type Opened = { readonly ok: true; readonly session: SmtpSession } | NotOpened;

type Connected = { readonly ok: true; readonly socket: Socket } | NotOpened;

/** Longer than any wait of ours, so that it is our limits that end a wait. */
const socketTimeoutMs = 2 * 3_600_000;
const maxReplyBytes = 64 * 1024;

function notOpened(stage: ConnectionTestStepName, why: Failure, reply: string | null = null): NotOpened {
  return { ok: false, stage, failure: why, reply };
}

/** Resolves, connects, greets, encrypts and signs in; never rejects. Each stage may take the time of the settings. */
export async function openSession(settings: SessionSettings, observer?: StageObserver): Promise<Opened> {
  const connected = await connect(settings, observer);
  if (!connected.ok) return connected;
  const encrypted = await encrypt(settings, connected.socket, observer);
  if (!encrypted.ok) return encrypted;
  const session = createSession(settings, encrypted.socket, observer);
  const obstacle =
    (await greet(settings, session)) ??
    (await authenticate(settings, session, observer)) ??
    (session.destroyed ? notOpened(session.openingStage, failure('connection-lost')) : null);
  session.stopWaiting();
  if (obstacle === null) return { ok: true, session };
  session.close();
  return obstacle;
}

async function connect(settings: SessionSettings, observer?: StageObserver): Promise<Connected> {
  const { description, guard, resolve, timeoutMs } = settings;
  const destination = await resolveDestination(description, guard, timeoutMs, resolve);
  if (!destination.ok) return notOpened('resolve', destination.failure);
  observer?.passed('resolve', { detail: destination.addresses.join(', ') });
  const connection = await connectTcp(destination.addresses, description.port, timeoutMs);
  if (!connection.ok) return notOpened('connect', connection.failure);
  observer?.passed('connect', { detail: `${connection.address} port ${description.port}` });
  return connection;
}

async function encrypt(
  settings: SessionSettings,
  plain: Socket,
  observer?: StageObserver,
): Promise<Connected> {
  if (settings.description.encryption !== 'implicit') return { ok: true, socket: plain };
  const encrypted = await connectTls(plain, settings.tls, settings.timeoutMs, observer);
  if (!encrypted.ok) return notOpened('tls', tlsFailure(encrypted.error));
  observer?.passed('tls', { detail: tlsDescription(encrypted.socket) });
  return encrypted;
}

function createSession(settings: SessionSettings, connection: Socket, observer?: StageObserver): SmtpSession {
  const { description, ehloName, tls, timeoutMs } = settings;
  const { hostname, port, encryption } = description;
  const options = {
    host: hostname,
    port,
    connection,
    secure: encryption === 'implicit',
    secured: encryption === 'implicit',
    requireTLS: encryption === 'starttls',
    ignoreTLS: encryption === 'none',
    tls,
    name: ehloName,
    greetingTimeout: timeoutMs,
    // Nodemailer's limit for greeting and STARTTLS together.
    connectionTimeout: 3 * timeoutMs,
    socketTimeout: socketTimeoutMs,
    socketCloseTimeout: 0,
    maxResponseSize: maxReplyBytes,
  };
  return new SmtpSession(options, observer);
}

async function greet(settings: SessionSettings, session: SmtpSession): Promise<NotOpened | null> {
  session.waitFor(settings.timeoutMs);
  const error = await settled(session, (done) => session.connect(done));
  if (error === null) return null;
  const { openingStage, handshaking } = session;
  // What breaks before the handshake has nothing to do with TLS yet.
  const isPlainBreak = openingStage === 'tls' && !handshaking && error.code === 'ESOCKET';
  const why = openingFailure(isPlainBreak ? 'ehlo' : openingStage, error);
  return notOpened(openingStage, why, error.response ?? null);
}

async function authenticate(
  { credentials, timeoutMs }: SessionSettings,
  session: SmtpSession,
  observer?: StageObserver,
): Promise<NotOpened | null> {
  if (credentials.kind === 'none') return null;
  const signedIn = await signIn(session, credentials, timeoutMs);
  if (!signedIn.ok) return notOpened('authenticate', signedIn.failure, signedIn.reply);
  observer?.passed('authenticate', { detail: signedIn.mechanism, reply: signedIn.reply });
  return null;
}
