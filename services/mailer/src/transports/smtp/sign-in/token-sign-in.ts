import { failure } from '@postausgang/contracts';
import { revealSecret, type Secret } from '@postausgang/sealing';
import type { SmtpSession } from '../session.ts';
import type { TokenCredentials } from './credentials.ts';
import { exchangeSasl, type SignIn } from './sasl-exchange.ts';
import type { SaslMechanism } from './sasl-mechanism.ts';

/** XOAUTH2, or OAUTHBEARER where a server has nothing else. A token that is rejected is renewed once. */
export async function signInWithToken(
  session: SmtpSession,
  { username, tokens }: TokenCredentials,
  timeoutMs: number,
): Promise<SignIn> {
  const mechanism = mechanisms.find(({ name }) => session.saslMechanisms.includes(name));
  if (mechanism === undefined) {
    return { ok: false, failure: failure('authentication-mechanism-unsupported'), reply: null };
  }
  const attempt = (token: Secret): Promise<SignIn> =>
    exchangeSasl(session, tokenMechanism(mechanism, username, revealSecret(token)), timeoutMs);
  session.stopWaiting();
  const first = await tokens.token();
  session.waitFor(timeoutMs);
  if (!first.ok) return { ok: false, failure: first.failure, reply: null };
  const signedIn = await attempt(first.token);
  if (signedIn.ok || signedIn.failure.code !== 'token-rejected' || session.destroyed) return signedIn;
  session.stopWaiting();
  const second = await tokens.token(first.token);
  session.waitFor(timeoutMs);
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
