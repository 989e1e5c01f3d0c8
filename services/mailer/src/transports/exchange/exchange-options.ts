import type { ConnectionPolicy, Resolve } from '@postausgang/net';
import type { Proxy } from './http/https-connect.ts';

/** What every way to Exchange needs beside the settings. */
export interface ExchangeOptions {
  /** Where https servers may be. */
  readonly policy: ConnectionPolicy;
  readonly proxy: Proxy | null;
  readonly now: () => Date;
  /** Connections at one time; Graph takes four at most. */
  readonly maxConnections: number;
  /** Authorities to trust besides the known ones, PEM. */
  readonly ca?: string;
  /** The system's resolver unless given. */
  readonly resolve?: Resolve;
  /** Keytab of the mailer's own identity (Kerberos). */
  readonly keytab?: string;
  /** Least wait for the answer to a hand-over; 10 minutes unless given. */
  readonly finalReplyTimeoutMs?: number;
}
