import type { Encryption, SmtpContent } from '@postausgang/contracts';
import { destinationDigest } from '@postausgang/sealing';
import type { Destination, SecretBinding } from '@postausgang/sealing';
import { withoutFinalDot } from '../host/host-name.ts';

/** JSON pointer of the one secret an outgoing server holds. */
export const passwordPointer = '/smtp/password';

const defaultPorts: Readonly<Record<Encryption, number>> = { none: 25, starttls: 587, implicit: 465 };

/** The port, or the usual one of the encryption. */
export function effectivePort({ port, encryption }: SmtpContent): number {
  return port ?? defaultPorts[encryption];
}

/**
 * Where a password may be sent: whatever decides who receives it and how. With any of it changed the stored
 * password has to be entered again.
 */
export function smtpDestination(smtp: SmtpContent): Destination {
  return {
    kind: 'smtp',
    host: withoutFinalDot(smtp.hostname ?? '').toLowerCase(),
    port: effectivePort(smtp),
    encryption: smtp.encryption,
    trust: smtp.trustedCertificateId ?? 'system',
    mechanism: smtp.windowsMechanism === 'ntlm' && isWindows(smtp) ? 'windows-ntlm' : smtp.authentication,
  };
}

const isWindows = ({ authentication }: SmtpContent): boolean => authentication === 'windows';

/** What the password of these settings has to be sealed for, and what it opens for. */
export function smtpPasswordBinding(resource: string, smtp: SmtpContent): SecretBinding {
  return { resource, field: passwordPointer, destination: destinationDigest(smtpDestination(smtp)) };
}

/**
 * Whether a stored password is for signing in with these settings. What Windows authentication can do without is left
 * alone unless it was entered for exactly that: a password that stayed behind from another way to sign in never is.
 */
export function usesPassword(smtp: SmtpContent): boolean {
  if (smtp.authentication !== 'windows') return smtp.authentication === 'password';
  switch (smtp.windowsMechanism) {
    case 'ntlm':
      return true;
    case 'kerberos':
      return false;
    case 'negotiate':
      return smtp.password !== null && Boolean(smtp.username?.trim()) && !isPasswordForElsewhere(smtp);
    default:
      return smtp.windowsMechanism satisfies never;
  }
}

/** Whether the stored password was sealed for another destination than the one of these settings. */
export function isPasswordForElsewhere(smtp: SmtpContent): boolean {
  const { password } = smtp;
  return password !== null && password.sealed.destination !== destinationDigest(smtpDestination(smtp));
}
