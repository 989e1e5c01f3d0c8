import { isIPv6, type Socket } from 'node:net';
import {
  type Encryption,
  type Failure,
  failure,
  type OutgoingServerContent,
  type SmtpContent,
  type WindowsMechanism,
} from '@postausgang/contracts';
import type { Secret, TlsRules } from '@postausgang/credentials';
import {
  type ConnectionPolicy,
  connectTcp,
  connectTls,
  createDestinationGuard,
  type DestinationGuard,
  isTlsAlert,
  type Resolve,
  resolveDestination,
  resolveWithSystem,
  type StageObserver,
  tlsDescription,
  tlsFailure,
  type TlsSettings,
  tlsSettings,
  untrustedText,
} from '@postausgang/net';
import { effectivePort, smtpServicePrincipal, usesPassword, withoutBrackets } from '@postausgang/settings';
import { ehloNameFor, ehloWarning } from './ehlo-name.ts';
import { isOfAddress, mostTelling, type NotOpened, notOpened } from './not-opened.ts';
import { isPositive, lostOpening, refusedOpening, type SessionStage } from './replies.ts';
import {
  createServerMemories,
  type SecretAttempts,
  type ServerMemories,
  type ServerMemory,
} from './server-memory.ts';
import { close, command, createSession, encrypt, nextReply, sayHello, type SmtpSession } from './session.ts';
import { type Credentials, credentialsFor, secretIdOf, signIn, type SmtpTokens } from './sign-in/sign-in.ts';

/**
 * What to connect to and how, the password apart. Plain data: two descriptions with equal JSON need no rebuild as
 * long as the password is the same too.
 */
export interface SmtpDescription {
  /** Host name or IP address as configured. */
  readonly hostname: string;
  readonly port: number;
  readonly encryption: Encryption;
  readonly authentication: SmtpContent['authentication'];
  /** Whose password is used; null when none is. */
  readonly username: string | null;
  /** Null with another authentication. */
  readonly windows: WindowsDescription | null;
  /** With `external`: whom to act as; empty: the account of the certificate. */
  readonly actsAs?: string;
  /** How long the server may keep silent; never shortens the wait for the reply to the final dot. */
  readonly timeoutSeconds: number;
  readonly allowCleartextAuthentication: boolean;
}

export interface WindowsDescription {
  readonly mechanism: WindowsMechanism;
  /** `service/host` */
  readonly servicePrincipal: string;
}

/**
 * The description that follows from the settings, or null when they do not say enough to connect by SMTP: another
 * server type, no host name, or a password without a user name.
 */
export function describeSmtp(content: OutgoingServerContent): SmtpDescription | null {
  const { hostname, encryption, authentication, username, allowCleartextAuthentication } = content.smtp;
  if (content.serverType !== 'smtp' || !hostname) return null;
  const needsUser = usesPassword(content.smtp);
  if (needsUser && !username) return null;
  const hasCleartext = authentication === 'password' || authentication === 'windows';
  return {
    hostname: withoutBrackets(hostname),
    port: effectivePort(content.smtp),
    encryption,
    authentication,
    username: needsUser ? username : null,
    windows:
      authentication === 'windows'
        ? { mechanism: content.smtp.windowsMechanism, servicePrincipal: smtpServicePrincipal(content.smtp) }
        : null,
    ...(authentication === 'external' ? { actsAs: content.smtp.authorizationIdentity ?? '' } : {}),
    timeoutSeconds: content.timeoutSeconds,
    allowCleartextAuthentication: hasCleartext && encryption === 'none' && allowCleartextAuthentication,
  };
}

/** `host:port` as configured, for attempts and logs. */
export function serverName({ hostname, port }: SmtpDescription): string {
  return isIPv6(hostname) ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}

/** A server that reads more slowly than this holds a connection for ever; 256 kbit/s. */
const leastBytesPerMs = 32;
const patience = 10;

/**
 * How long an attempt may take from its beginning to the final dot: ten silences of the settings, and the time the
 * content needs on a slow line. Each command has its own limit too; this one is for the server that stays just within
 * each of them, or takes the content drop by drop. The reply to the dot has a limit of its own.
 */
export function attemptTimeout(timeoutMs: number, sizeBytes: number): number {
  return patience * timeoutMs + sizeBytes / leastBytesPerMs;
}

/** What a transport and a connection test are made of. */
export interface SessionOptions {
  readonly description: SmtpDescription;
  /**
   * Revealed only while signing in; tokens are asked for then. A failure says why there is none; null without
   * authentication.
   */
  readonly password: Secret | SmtpTokens | Failure | null;
  readonly policy: ConnectionPolicy;
  /** Keytab of the mailer's own identity (Kerberos). */
  readonly keytab?: string;
  /** The name we say hello with (RFC 5321 §4.1.1.1); empty: the address that the connection comes from. */
  readonly ehloName: string;
  /** Authorities to trust besides the known ones, PEM. */
  readonly ca?: string;
  /** Whom to trust instead, and what to prove our identity with. */
  readonly tls?: TlsRules;
  /** The system's resolver unless given. */
  readonly resolve?: Resolve;
  /** What is known of the servers; nothing unless given. */
  readonly memories?: ServerMemories;
  /** A person has asked for it, by a change or a test: a secret is tried though it was refused before. */
  readonly isAsked?: boolean;
}

/** Everything a session is opened with; the same for every session of a transport. */
export interface SessionSettings {
  readonly description: SmtpDescription;
  readonly credentials: Credentials;
  readonly guard: DestinationGuard;
  readonly ehloName: string;
  readonly tls: TlsSettings;
  readonly resolve: Resolve;
  /** How long the server may keep silent. */
  readonly timeoutMs: number;
  readonly memory: ServerMemory;
  /** See `SessionOptions`; for the first session only. */
  readonly isAsked: boolean;
}

/** @throws RangeError when the policy has a network that is none; OpenSSL's error when `ca` is no certificate */
export function createSessionSettings(options: SessionOptions): SessionSettings {
  const { description, password, policy, ehloName, ca, tls, keytab, resolve = resolveWithSystem } = options;
  const { memories = createServerMemories(), isAsked = false } = options;
  return {
    description,
    credentials: credentialsFor(description, password, keytab),
    guard: createDestinationGuard(policy),
    ehloName,
    tls: tlsSettings(description.hostname, ca, tls),
    resolve,
    timeoutMs: description.timeoutSeconds * 1000,
    memory: memories(serverName(description)),
    isAsked,
  };
}

/** RFC 5321 §4.5.3.2.6 */
const leastFinalReplyTimeoutMs = 600_000;

/** How long to wait for the reply to the final dot: never shorter than what the RFC asks for. */
export const finalReplyTimeout = (timeoutMs: number, leastMs = leastFinalReplyTimeoutMs): number =>
  Math.max(timeoutMs, leastMs);

export type Opened = { readonly ok: true; readonly session: SmtpSession } | NotOpened;

type Connected = { readonly ok: true; readonly socket: Socket } | NotOpened;

/** Resolves, connects, greets, encrypts and signs in; never rejects. Each stage may take the time of the settings. */
export function openSession(settings: SessionSettings, observer?: StageObserver): Promise<Opened> {
  // What went wrong before there was a session is no mail's fault.
  return openStages(settings, observer).catch((error: unknown) =>
    notOpened('connect', failure('connection-lost', untrustedText(String(error)))),
  );
}

async function openStages(settings: SessionSettings, observer?: StageObserver): Promise<Opened> {
  const { description, credentials, guard, resolve, timeoutMs, memory } = settings;
  const id = secretIdOf(credentials);
  const attempts = id === null ? undefined : memory.attemptsWith(id, settings.isAsked);
  const paused = attempts?.paused() ?? null;
  if (paused !== null) return notOpened('authenticate', paused);
  const destination = await resolveDestination(description, guard, timeoutMs, resolve);
  if (!destination.ok) return notOpened('resolve', destination.failure);
  observer?.passed('resolve', { detail: destination.addresses.join(', ') });
  const deadName = (address: string): string => `${address} ${description.port}`;
  const isDead = (address: string): boolean => memory.dead.has(deadName(address));
  const addresses = destination.addresses.toSorted((a, b) => Number(isDead(a)) - Number(isDead(b)));
  const deadlineMs = performance.now() + timeoutMs;
  const failed: NotOpened[] = [];
  for (const [index, address] of addresses.entries()) {
    const leftMs = deadlineMs - performance.now();
    if (leftMs <= 0) break;
    const isLast = index === addresses.length - 1;
    const greeted = await greetAt(
      address,
      isLast ? leftMs : Math.min(leftMs, patienceMs),
      settings,
      observer,
    );
    if (greeted.ok) return authenticated(credentials, greeted.session, attempts, observer);
    failed.push(greeted);
    if (!isOfAddress(greeted)) break;
    // While others of ours stand it may be this connection that is one too many.
    if (greeted.stage === 'connect' || memory.places.open() < 2) memory.dead.note(deadName(address));
  }
  return mostTelling(failed);
}

/** An address that has not answered by then gives way to the next one, if there is one. */
const patienceMs = 5000;

/** One address of the name, up to the end of EHLO. */
async function greetAt(
  address: string,
  connectMs: number,
  settings: SessionSettings,
  observer?: StageObserver,
): Promise<Opened> {
  const { port } = settings.description;
  const connection = await connectTcp([address], port, connectMs);
  if (!connection.ok) return notOpened('connect', connection.failure);
  observer?.passed('connect', { detail: `${connection.address} port ${port}` });
  const encrypted = await encryptFirst(settings, connection.socket, observer);
  if (!encrypted.ok) return encrypted;
  const session = createSession(encrypted.socket, settings.timeoutMs, settings.memory.told);
  const obstacle =
    (await hearGreeting(session, observer)) ??
    (await upgrade(settings, session, observer)) ??
    (await introduce(settings, session, observer));
  if (obstacle === null) return { ok: true, session };
  close(session);
  return obstacle;
}

async function authenticated(
  credentials: Credentials,
  session: SmtpSession,
  attempts: SecretAttempts | undefined,
  observer?: StageObserver,
): Promise<Opened> {
  const obstacle = await authenticate(credentials, session, attempts, observer);
  if (obstacle === null) return { ok: true, session };
  close(session);
  return obstacle;
}

/** Implicit TLS. */
async function encryptFirst(
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

/** A stage that was not granted, by the reply or by the end of the connection. */
function obstacleAt(stage: SessionStage, session: SmtpSession, reply: string | null): NotOpened {
  if (reply !== null) return notOpened(stage, refusedOpening(stage, reply), reply);
  const { ended } = session;
  const why = ended === null ? failure('connection-lost') : lostOpening(stage, ended);
  const isOfTls = ended !== null && isTlsAlert(ended);
  return notOpened(isOfTls ? 'tls' : stage, why, ended?.response ?? null);
}

async function hearGreeting(session: SmtpSession, observer?: StageObserver): Promise<NotOpened | null> {
  const reply = await nextReply(session);
  if (reply === null || !reply.startsWith('220')) return obstacleAt('greeting', session, reply);
  observer?.passed('greeting', { reply });
  return null;
}

/** STARTTLS. A server that does not offer it is not asked for it. */
async function upgrade(
  { description, ehloName, tls }: SessionSettings,
  session: SmtpSession,
  observer?: StageObserver,
): Promise<NotOpened | null> {
  if (description.encryption !== 'starttls') return null;
  const hello = await sayHello(session, ehloNameFor(ehloName, session.socket), false);
  if (hello === null || !isPositive(hello)) return obstacleAt('ehlo', session, hello);
  if (!session.offer.extensions.includes('STARTTLS')) {
    return notOpened('tls', failure('starttls-not-offered', 'STARTTLS is not offered'));
  }
  const reply = await command(session, 'STARTTLS');
  if (reply === null || !isPositive(reply)) return obstacleAt('tls', session, reply);
  const error = await encrypt(session, tls, observer);
  if (error !== null) return notOpened('tls', tlsFailure(error));
  observer?.passed('tls', { detail: session.tls ?? '' });
  return null;
}

async function introduce(
  { description, ehloName }: SessionSettings,
  session: SmtpSession,
  observer?: StageObserver,
): Promise<NotOpened | null> {
  const name = ehloNameFor(ehloName, session.socket);
  const warning = ehloWarning(name, session.socket);
  const reply = await sayHello(session, name, description.encryption !== 'starttls');
  if (reply === null || !isPositive(reply)) return obstacleAt('ehlo', session, reply);
  const { extensions, maxSizeBytes, saslMechanisms } = session.offer;
  const shown = [
    ...extensions
      .filter((name) => name !== 'STARTTLS')
      .map((name) => (name === 'SIZE' && maxSizeBytes > 0 ? `SIZE ${maxSizeBytes}` : name)),
    ...(saslMechanisms.length > 0 ? [['AUTH', ...saslMechanisms].join(' ')] : []),
  ];
  observer?.passed('ehlo', {
    reply,
    detail: [`greeted as ${name}`, ...shown].join(', '),
    ...(warning === null ? {} : { warning }),
  });
  return session.ended === null ? null : obstacleAt('ehlo', session, null);
}

async function authenticate(
  credentials: Credentials,
  session: SmtpSession,
  attempts: SecretAttempts | undefined,
  observer?: StageObserver,
): Promise<NotOpened | null> {
  if (credentials.kind === 'none') return null;
  const signedIn = await signIn(session, credentials);
  attempts?.ended(signedIn.ok ? null : signedIn.failure.code);
  if (!signedIn.ok) return notOpened('authenticate', signedIn.failure, signedIn.reply);
  observer?.passed('authenticate', { detail: signedIn.mechanism, reply: signedIn.reply });
  return session.ended === null ? null : obstacleAt('authenticate', session, null);
}
