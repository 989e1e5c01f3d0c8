import { type Failure, failure } from '@postausgang/contracts';
import { revealSecret, type Secret } from '@postausgang/sealing';
import { openingFailure } from './classify-opening.ts';
import type { SmtpDescription } from './describe.ts';
import { settled } from './settled.ts';
import type { SmtpSession } from './smtp-session.ts';

/** How to sign in. `unavailable`: a password is needed and there is none to use; everything before is still done. */
export type Credentials =
  | { readonly kind: 'none' }
  | { readonly kind: 'unavailable'; readonly failure: Failure }
  | {
      readonly kind: 'password';
      readonly username: string;
      readonly password: Secret;
      readonly allowCleartext: boolean;
    };

/** @param password what to sign in with, or why there is nothing */
export function credentialsFor(description: SmtpDescription, password: Secret | Failure): Credentials {
  const { authentication, username, allowCleartextAuthentication: allowCleartext } = description;
  if (authentication === 'none' || username === null) return { kind: 'none' };
  if ('code' in password) return { kind: 'unavailable', failure: password };
  return { kind: 'password', username, password, allowCleartext };
}

export type SignIn =
  | { readonly ok: true; readonly mechanism: string; readonly reply: string }
  | { readonly ok: false; readonly failure: Failure; readonly reply: string | null };

/** Nodemailer signs in without being offered to, in clear too, and sends on when it cannot: so this looks first. */
export async function signIn(
  session: SmtpSession,
  credentials: Exclude<Credentials, { kind: 'none' }>,
): Promise<SignIn> {
  const obstacle =
    credentials.kind === 'unavailable' ? credentials.failure : whatForbids(session, credentials);
  if (obstacle !== null || credentials.kind === 'unavailable') {
    return { ok: false, failure: obstacle ?? failure('secret-required'), reply: null };
  }
  session.openingStage = 'authenticate';
  const pass = revealSecret(credentials.password);
  const user = credentials.username;
  const error = await settled(session, (done) => session.login({ credentials: { user, pass } }, done));
  session._auth = null;
  if (error === null) {
    const reply = withoutCredentials(session.lastServerResponse || '', user, pass);
    return { ok: true, mechanism: session._authMethod || '', reply };
  }
  if (error.response === undefined) {
    return { ok: false, failure: openingFailure('authenticate', error), reply: null };
  }
  error.response = withoutCredentials(error.response, user, pass);
  return { ok: false, failure: openingFailure('authenticate', error), reply: error.response };
}

function whatForbids(session: SmtpSession, { allowCleartext }: { allowCleartext: boolean }): Failure | null {
  if (!session.secure && !allowCleartext) {
    return failure('settings-invalid', 'a password over an unencrypted connection is not allowed');
  }
  if (session.mechanisms.length > 0) return null;
  const offersAny = session.offersSignIn;
  return failure(offersAny ? 'authentication-mechanism-unsupported' : 'authentication-not-offered');
}

/** Some servers repeat the command they do not like. A password must not get into an event that way. */
function withoutCredentials(reply: string, user: string, pass: string): string {
  const blob = Buffer.from(`\0${user}\0${pass}`).toString('base64');
  const spellings = [pass, Buffer.from(pass).toString('base64'), blob];
  const repeats = spellings.some((spelling) => reply.toLowerCase().includes(spelling.toLowerCase()));
  return repeats ? `${reply.slice(0, 4)}(the rest repeats the sign-in)` : reply;
}
