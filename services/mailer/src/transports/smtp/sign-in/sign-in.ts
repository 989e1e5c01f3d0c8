import { TLSSocket } from 'node:tls';
import { type Failure, failure, type WindowsMechanism } from '@postausgang/contracts';
import { revealSecret, type Secret } from '@postausgang/credentials';
import { channelBindingsOf } from '@postausgang/net';
import type { SmtpDescription } from '../open-session.ts';
import { offersOnlyExternal, readReply } from '../../../judgement/smtp-judge.ts';
import { secretId } from '../server-memory.ts';
import type { SmtpSession } from '../session.ts';
import { passwordMechanisms } from './password.ts';
import { exchangeSasl, type SaslMechanism, type SignIn, whatIsOffered } from './sasl.ts';
import { signInWithWindows } from './windows.ts';

interface PasswordCredentials {
  readonly kind: 'password';
  readonly username: string;
  readonly password: Secret;
  readonly allowCleartext: boolean;
}

export interface WindowsCredentials {
  readonly kind: 'windows';
  readonly mechanism: WindowsMechanism;
  /** `service/host` */
  readonly servicePrincipal: string;
  /** Who signs in with NTLM; with Kerberos the mailer does as itself. */
  readonly user: { readonly username: string; readonly password: Secret } | null;
  /** Of the mailer, to tell what is wrong with it. */
  readonly keytab: string | undefined;
  readonly allowCleartext: boolean;
}

/** Gives access tokens; a rejected one makes it give another. */
export interface SmtpTokens {
  token(
    rejected?: Secret,
  ): Promise<
    { readonly ok: true; readonly token: Secret } | { readonly ok: false; readonly failure: Failure }
  >;
}

interface TokenCredentials {
  readonly kind: 'token';
  readonly username: string;
  readonly tokens: SmtpTokens;
  readonly allowCleartext: false;
}

/** The client certificate of the connection is the sign-in. */
interface ExternalCredentials {
  readonly kind: 'external';
  /** Whom to act as; empty: the account of the certificate. */
  readonly actsAs: string;
  readonly allowCleartext: false;
}

/** How to sign in. `unavailable`: a password is needed and there is none to use; everything before is still done. */
export type Credentials =
  | { readonly kind: 'none' }
  | { readonly kind: 'unavailable'; readonly failure: Failure }
  | PasswordCredentials
  | WindowsCredentials
  | TokenCredentials
  | ExternalCredentials;

/**
 * @param password what to sign in with, tokens that are had when they are needed, or why there is nothing
 * @param keytab of the mailer's own identity
 */
export function credentialsFor(
  description: SmtpDescription,
  password: Secret | SmtpTokens | Failure | null,
  keytab?: string,
): Credentials {
  const { authentication, username, allowCleartextAuthentication: allowCleartext, windows } = description;
  if (authentication === 'none') return { kind: 'none' };
  if (authentication === 'external') {
    return { kind: 'external', actsAs: description.actsAs ?? '', allowCleartext: false };
  }
  if (password !== null && 'code' in password) return { kind: 'unavailable', failure: password };
  if (password !== null && 'token' in password) {
    return { kind: 'token', username: username ?? '', tokens: password, allowCleartext: false };
  }
  const user = username === null || password === null ? null : { username, password };
  if (windows !== null && (user !== null || windows.mechanism !== 'ntlm')) {
    return { kind: 'windows', ...windows, user, keytab, allowCleartext };
  }
  if (user === null) return { kind: 'unavailable', failure: failure('secret-required') };
  return { kind: 'password', ...user, allowCleartext };
}

/** Names the secret that a server may refuse, and lock the account for; null where it is a token or a ticket. */
export function secretIdOf(credentials: Credentials): string | null {
  const user =
    credentials.kind === 'password' ? credentials : credentials.kind === 'windows' ? credentials.user : null;
  return user === null ? null : secretId(user.username, revealSecret(user.password));
}

/** XOAUTH2, or OAUTHBEARER where a server has nothing else. A token that is rejected is renewed once. */
async function signInWithToken(
  session: SmtpSession,
  { username, tokens }: TokenCredentials,
): Promise<SignIn> {
  const mechanism = mechanisms.find(({ name }) => session.offer.saslMechanisms.includes(name));
  if (mechanism === undefined) {
    return { ok: false, failure: failure('authentication-mechanism-unsupported'), reply: null };
  }
  const attempt = (token: Secret): Promise<SignIn> =>
    exchangeSasl(session, tokenMechanism(mechanism, username, revealSecret(token)));
  const first = await tokens.token();
  if (!first.ok) return { ok: false, failure: first.failure, reply: null };
  const signedIn = await attempt(first.token);
  if (signedIn.ok || signedIn.failure.code !== 'token-rejected' || session.ended !== null) return signedIn;
  const second = await tokens.token(first.token);
  // The old token would be rejected again.
  return second.ok && second.token !== first.token ? attempt(second.token) : signedIn;
}

interface TokenMechanism {
  readonly name: string;
  readonly message: (username: string, token: string) => string;
}

const mechanisms: readonly TokenMechanism[] = [
  // https://learn.microsoft.com/exchange/client-developer/legacy-protocols/how-to-authenticate-an-imap-pop-smtp-application-by-using-oauth
  {
    name: 'XOAUTH2',
    message: (username, token) => `user=${username}\u0001auth=Bearer ${token}\u0001\u0001`,
  },
  // RFC 7628
  {
    name: 'OAUTHBEARER',
    message: (username, token) => `n,a=${username},\u0001auth=Bearer ${token}\u0001\u0001`,
  },
];

function tokenMechanism({ name, message }: TokenMechanism, username: string, token: string): SaslMechanism {
  return {
    name,
    initialResponse: Buffer.from(message(username, token), 'utf8'),
    secrets: [token],
    // A challenge is why it failed; the refusal itself follows our answer to it.
    respond: () => Buffer.from(name === 'XOAUTH2' ? '' : '\u0001'),
    isComplete: () => true,
    refusal: () => 'token-rejected',
  };
}

/** Signs in, provided that the server offers it and the connection may be used for it. Never rejects. */
export async function signIn(
  session: SmtpSession,
  credentials: Exclude<Credentials, { kind: 'none' }>,
): Promise<SignIn> {
  if (credentials.kind === 'unavailable') return refused(credentials.failure);
  if (session.tls === null && !credentials.allowCleartext) {
    return refused(failure('settings-invalid', 'signing in over an unencrypted connection is not allowed'));
  }
  if (!session.offer.signIn && credentials.kind !== 'external') {
    return refused(failure('authentication-not-offered'));
  }
  switch (credentials.kind) {
    case 'windows':
      return signInWithWindows(session, credentials);
    case 'token':
      return signInWithToken(session, credentials);
    case 'external':
      return signInExternally(session, credentials);
    case 'password':
      return signInWithPassword(session, credentials);
    default:
      return credentials satisfies never;
  }
}

/** EXTERNAL (RFC 4422 App. A): the server knows us from the handshake, and is told at most whom to act as. */
async function signInExternally(session: SmtpSession, { actsAs }: ExternalCredentials): Promise<SignIn> {
  const offered = session.offer.saslMechanisms;
  if (!offered.includes('EXTERNAL')) return refused(failure('external-not-offered', whatIsOffered(offered)));
  const identity = Buffer.from(actsAs, 'utf8');
  return exchangeSasl(session, {
    name: 'EXTERNAL',
    initialResponse: identity,
    secrets: [],
    // Some servers ask for it once more.
    respond: () => identity,
    isComplete: () => true,
    refusal: () => 'external-rejected',
  });
}

async function signInWithPassword(
  session: SmtpSession,
  { username, password }: PasswordCredentials,
): Promise<SignIn> {
  const offered = session.offer.saslMechanisms;
  const bindings = session.socket instanceof TLSSocket ? channelBindingsOf(session.socket) : null;
  const [first, ...others] = passwordMechanisms(offered, bindings, {
    username,
    password: revealSecret(password),
  });
  if (first === undefined) {
    const code = offersOnlyExternal(offered)
      ? 'client-certificate-required'
      : 'authentication-mechanism-unsupported';
    return refused(failure(code, whatIsOffered(offered)));
  }
  const signedIn = await exchangeSasl(session, first);
  if (signedIn.ok || session.ended !== null) return signedIn;
  const second = nextAfter(first, signedIn, others);
  return second === undefined ? signedIn : exchangeSasl(session, second);
}

/**
 * What may help after a refusal: the same mechanism with another name for the connection, where the server does not take
 * the first one; another mechanism, where it does not do this one for this account. Never after a secret was refused.
 */
function nextAfter(
  tried: SaslMechanism,
  { failure: why, reply }: Extract<SignIn, { ok: false }>,
  others: readonly SaslMechanism[],
): SaslMechanism | undefined {
  const ofSameName = others.find(({ name }) => name === tried.name);
  if (why.code === 'channel-binding-rejected') return ofSameName;
  const isUntried = why.code === 'credentials-rejected' && tried.hasShownSecret?.() === false;
  const isBound = tried.name.endsWith('-PLUS');
  if (!refusesMechanism(reply) && !(isBound && isUntried)) return undefined;
  return others.find(({ name }) => name !== tried.name) ?? ofSameName;
}

/** RFC 4954 §4: not this one. 535 is about the secret, unless it speaks of the mechanism. */
const mechanismCodes: ReadonlySet<number> = new Set([501, 502, 504, 534]);
const speaksOfMechanism =
  /mechanism|(?:authentication|auth) (?:type|method|scheme)|(?:un|not )supported|unrecogni[sz]ed|not (?:enabled|implemented|available)/i;

function refusesMechanism(reply: string | null): boolean {
  const read = reply === null ? null : readReply(reply);
  if (read === null) return false;
  return mechanismCodes.has(read.code) || (read.code === 535 && speaksOfMechanism.test(read.text));
}

const refused = (why: Failure): SignIn => ({ ok: false, failure: why, reply: null });
