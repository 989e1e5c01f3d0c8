import { type Failure, failure, type WindowsMechanism } from '@postausgang/contracts';
import type { Secret } from '@postausgang/sealing';
import type { SmtpDescription } from '../describe.ts';

export interface PasswordCredentials {
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

export interface TokenCredentials {
  readonly kind: 'token';
  readonly username: string;
  readonly tokens: SmtpTokens;
  readonly allowCleartext: false;
}

/** How to sign in. `unavailable`: a password is needed and there is none to use; everything before is still done. */
export type Credentials =
  | { readonly kind: 'none' }
  | { readonly kind: 'unavailable'; readonly failure: Failure }
  | PasswordCredentials
  | WindowsCredentials
  | TokenCredentials;

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
