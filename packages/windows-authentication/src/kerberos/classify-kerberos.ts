import type { FailureCode } from '@postausgang/contracts';
import { WindowsAuthenticationError } from '../windows-authentication-error.ts';

/**
 * GSSAPI gives no codes through npm `kerberos`, only MIT's sentences; SSPI those of Windows, in its language. The first
 * match counts.
 */
const patterns: readonly (readonly [RegExp, FailureCode])[] = [
  [/\bclock.*skew|not yet valid/i, 'kerberos-clock-skew'],
  [/cannot (contact|find|locate) (any )?KDC|cannot resolve .* KDC|no authority/i, 'kerberos-kdc-unreachable'],
  [/^(?!.*client ').*server .*not found in kerberos database/i, 'kerberos-service-unknown'],
  [/cannot determine realm for host|target .*(unknown|unreachable)/i, 'kerberos-service-unknown'],
  [/keytab|key table/i, 'kerberos-keytab-unusable'],
  [
    /client .*not found in kerberos database|preauthentication failed|revoked|password has expired|decrypt integrity/i,
    'kerberos-identity-rejected',
  ],
  [
    /no kerberos credentials|no credentials|credentials cache|ticket expired|credentials.*expired|matching credential/i,
    'kerberos-no-ticket',
  ],
];

/** The failure behind an error of npm `kerberos`. */
export function kerberosError(error: unknown): WindowsAuthenticationError {
  if (error instanceof WindowsAuthenticationError) return error;
  const text = error instanceof Error ? error.message : String(error);
  const found = patterns.find(([pattern]) => pattern.test(text));
  return new WindowsAuthenticationError(found?.[1] ?? 'kerberos-failed', text);
}
