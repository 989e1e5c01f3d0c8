import type { Failure } from '@postausgang/contracts';
import type { Transport } from '@postausgang/mail';
import type { Secret } from '@postausgang/sealing';
import { attemptTimeout } from './attempt-timeout.ts';
import { serverName } from './describe.ts';
import { openSession } from './open-session.ts';
import { createSessionPool } from './pool.ts';
import { createSend } from './send.ts';
import { createSessionSettings, finalReplyTimeout, type SessionOptions } from './session-settings.ts';
import type { SmtpTokens } from './sign-in/credentials.ts';

export interface SmtpTransportOptions extends SessionOptions {
  readonly password: Secret | SmtpTokens | null;
  /** How many sessions may be open at once; 5 unless given. */
  readonly maxConnections?: number;
  /** How long an unused session stays open; 15 s unless given. */
  readonly idleMs?: number;
  /** Least wait for the reply to the final dot; 10 minutes (RFC 5321 §4.5.3.2.6) unless given. */
  readonly finalReplyTimeoutMs?: number;
  /** Limit for everything before the final dot; `attemptTimeout` unless given. */
  readonly attemptTimeoutMs?: number;
}

export type OpenedTransport =
  { readonly ok: true; readonly transport: Transport } | { readonly ok: false; readonly failure: Failure };

/**
 * Opens and signs in one session, kept as the first of the pool: what does not work is known before mail needs it.
 *
 * @throws RangeError when the policy has a network that is none; OpenSSL's error when `ca` is no certificate
 */
export async function openSmtpTransport(options: SmtpTransportOptions): Promise<OpenedTransport> {
  const settings = createSessionSettings(options);
  const first = await openSession(settings);
  if (!first.ok) return { ok: false, failure: first.failure };
  const { maxConnections: capacity = 5, idleMs = 15_000 } = options;
  const open = () => openSession(settings);
  const pool = createSessionPool({ open, first: first.session, maxSessions: capacity, idleMs });
  const send = createSend(pool, {
    server: serverName(options.description),
    replyTimeoutMs: settings.timeoutMs,
    finalReplyTimeoutMs: finalReplyTimeout(settings.timeoutMs, options.finalReplyTimeoutMs),
    attemptTimeoutMs: (sizeBytes) =>
      options.attemptTimeoutMs ?? attemptTimeout(settings.timeoutMs, sizeBytes),
  });
  return { ok: true, transport: { capacity, send, close: () => pool.close() } };
}
