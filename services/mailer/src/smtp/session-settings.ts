import type { Failure } from '@postausgang/contracts';
import {
  type ConnectionPolicy,
  createDestinationGuard,
  type DestinationGuard,
  type Resolve,
  resolveWithSystem,
  type TlsRules,
  type TlsSettings,
  tlsSettings,
} from '@postausgang/net';
import type { Secret } from '@postausgang/sealing';
import type { SmtpDescription } from './describe.ts';
import { type Credentials, credentialsFor, type SmtpTokens } from './sign-in/credentials.ts';

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
  /** The name we say hello with (RFC 5321 §4.1.1.1). */
  readonly ehloName: string;
  /** Authorities to trust besides the known ones, PEM. */
  readonly ca?: string;
  /** Whom to trust instead, and what to prove our identity with. */
  readonly tls?: TlsRules;
  /** The system's resolver unless given. */
  readonly resolve?: Resolve;
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
}

/** @throws RangeError when the policy has a network that is none; OpenSSL's error when `ca` is no certificate */
export function createSessionSettings(options: SessionOptions): SessionSettings {
  const { description, password, policy, ehloName, ca, tls, keytab, resolve = resolveWithSystem } = options;
  return {
    description,
    credentials: credentialsFor(description, password, keytab),
    guard: createDestinationGuard(policy),
    ehloName,
    tls: tlsSettings(description.hostname, ca, tls),
    resolve,
    timeoutMs: description.timeoutSeconds * 1000,
  };
}

/** RFC 5321 §4.5.3.2.6 */
const leastFinalReplyTimeoutMs = 600_000;

/** How long to wait for the reply to the final dot: never shorter than what the RFC asks for. */
export const finalReplyTimeout = (timeoutMs: number, leastMs = leastFinalReplyTimeoutMs): number =>
  Math.max(timeoutMs, leastMs);
