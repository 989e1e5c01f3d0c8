import { type Failure, failure } from '@postausgang/contracts';
import { revealSecret } from '@postausgang/sealing';
import type { SmtpSession } from '../session.ts';
import type { Credentials, PasswordCredentials } from './credentials.ts';
import { passwordMechanism } from './password-mechanism.ts';
import { exchangeSasl, type SignIn } from './sasl-exchange.ts';
import { signInWithToken } from './token-sign-in.ts';
import { signInWithWindows } from './windows-sign-in.ts';

/** Signs in, provided that the server offers it and the connection may be used for it. Never rejects. */
export async function signIn(
  session: SmtpSession,
  credentials: Exclude<Credentials, { kind: 'none' }>,
  timeoutMs: number,
): Promise<SignIn> {
  if (credentials.kind === 'unavailable') return refused(credentials.failure);
  if (!session.secure && !credentials.allowCleartext) {
    return refused(failure('settings-invalid', 'signing in over an unencrypted connection is not allowed'));
  }
  if (!session.offersSignIn) return refused(failure('authentication-not-offered'));
  switch (credentials.kind) {
    case 'windows':
      return signInWithWindows(session, credentials, timeoutMs);
    case 'token':
      return signInWithToken(session, credentials, timeoutMs);
    case 'password':
      return signInWithPassword(session, credentials, timeoutMs);
    default:
      return credentials satisfies never;
  }
}

async function signInWithPassword(
  session: SmtpSession,
  { username, password }: PasswordCredentials,
  timeoutMs: number,
): Promise<SignIn> {
  const login = { username, password: revealSecret(password) };
  const mechanism = passwordMechanism(session.saslMechanisms, session.secure, login);
  if (mechanism === null) return refused(failure('authentication-mechanism-unsupported'));
  return exchangeSasl(session, mechanism, timeoutMs);
}

const refused = (why: Failure): SignIn => ({ ok: false, failure: why, reply: null });
