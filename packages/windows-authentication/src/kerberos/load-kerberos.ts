import { createRequire } from 'node:module';
import { WindowsAuthenticationError } from '../windows-authentication-error.ts';

/** A client of npm `kerberos`: GSSAPI on Linux and macOS, SSPI on Windows. Tokens are base64. */
export interface KerberosClient {
  readonly contextComplete: boolean;
  step(challenge: string): Promise<string | null>;
  unwrap(challenge: string): Promise<string | null>;
  wrap(challenge: string): Promise<string | null>;
}

/** What is used of npm `kerberos`. Its own types cannot be imported: the package may be missing. */
export interface KerberosLibrary {
  readonly GSS_C_MUTUAL_FLAG: number;
  readonly GSS_C_SEQUENCE_FLAG: number;
  readonly GSS_MECH_OID_KRB5: number;
  readonly GSS_MECH_OID_SPNEGO: number;
  initializeClient(
    service: string,
    options: { readonly flags: number; readonly mechOID: number },
  ): Promise<KerberosClient>;
}

/**
 * The native module, loaded when it is first needed: a machine without Kerberos does without.
 *
 * @throws WindowsAuthenticationError `kerberos-unavailable`
 */
export function loadKerberos(): KerberosLibrary {
  const require = createRequire(import.meta.url);
  try {
    return require('kerberos');
  } catch (error) {
    throw new WindowsAuthenticationError('kerberos-unavailable', firstLine(error));
  }
}

const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
