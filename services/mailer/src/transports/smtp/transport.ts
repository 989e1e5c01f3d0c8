import type { Failure } from '@postausgang/contracts';
import type { SendRecipient, SendRequest, SendResult, Transport } from '@postausgang/mail';
import type { Secret } from '@postausgang/credentials';
import {
  attemptTimeout,
  createSessionSettings,
  finalReplyTimeout,
  openSession,
  serverName,
  type SessionOptions,
} from './open-session.ts';
import { type Condition, createSessionPool, type SessionPool } from './pool.ts';
import { isGoodbye } from './replies.ts';
import type { SmtpSession } from './session.ts';
import type { SmtpTokens } from './sign-in/sign-in.ts';
import { admit, outcomeOf, runTransaction, spokenIn, type TransactionRecord } from './transaction.ts';

interface SendOptions {
  /** The name this side says hello with. */
  readonly ehloName: string;
  /** `host:port` as configured. */
  readonly server: string;
  readonly finalReplyTimeoutMs: number;
  /** How long an attempt with a message of that size may take before the final dot. */
  readonly attemptTimeoutMs: (sizeBytes: number) => number;
}

interface Attempt {
  readonly result: SendResult;
  readonly condition: Condition;
  /** The session was gone before the server had said anything to this mail. */
  readonly unheard: boolean;
}

/**
 * One transaction per message, and one deadline for all of it. A session the server had ended while it was idle is
 * replaced once, unnoticed.
 */
function createSend(pool: SessionPool, options: SendOptions): Transport['send'] {
  return async (request) => {
    const deadlineMs = performance.now() + options.attemptTimeoutMs(request.message.bytes.length);
    let borrowed = await pool.borrow();
    if (!borrowed.ok) return { kind: 'server-failed', server: options.server, failure: borrowed.failure };
    let attempt = await attemptOn(borrowed.lease.session, request, options, deadlineMs);
    if (borrowed.lease.reused && attempt.unheard) {
      borrowed = await pool.renew(borrowed.lease);
      if (!borrowed.ok) return { kind: 'server-failed', server: options.server, failure: borrowed.failure };
      attempt = await attemptOn(borrowed.lease.session, request, options, deadlineMs);
    }
    pool.giveBack(borrowed.lease, attempt.condition);
    return attempt.result;
  };
}

async function attemptOn(
  session: SmtpSession,
  request: SendRequest,
  options: SendOptions,
  deadlineMs: number,
): Promise<Attempt> {
  const { server } = options;
  const { tls } = session;
  const { envelope, message } = request;
  const { asked, refused, failure } = admit(session.offer, envelope, message.bytes);
  if (asked.length === 0) {
    const result: SendResult = { kind: 'finished', recipients: refused, server, tls, reply: null, failure };
    return { result, condition: 'good', unheard: false };
  }
  const record = await runTransaction(session, {
    envelope: { from: envelope.from, to: asked },
    message,
    timeLeftMs: deadlineMs - performance.now(),
    finalReplyTimeoutMs: options.finalReplyTimeoutMs,
    onIntent: (accepted) => request.onIntent({ accepted, server, tls }),
  });
  const outcome = outcomeOf(record, asked, () => spokenIn(envelope, message.bytes, options.ehloName));
  const recipients = inOrder(envelope.to, [...refused, ...outcome.recipients]);
  return {
    result: { kind: 'finished', server, tls, ...outcome, recipients },
    condition: conditionAfter(session, record),
    unheard: session.ended !== null && (record.senderReply === null || isGoodbye(record.senderReply)),
  };
}

function conditionAfter(session: SmtpSession, { contentReply }: TransactionRecord): Condition {
  if (session.ended !== null) return 'useless';
  if (contentReply === null) return 'unfinished';
  return contentReply.startsWith('3') ? 'useless' : 'good';
}

function inOrder(addresses: readonly string[], results: readonly SendRecipient[]): readonly SendRecipient[] {
  const byAddress = new Map(results.map((result) => [result.address, result]));
  return addresses.flatMap((address) => byAddress.get(address) ?? []);
}

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

type OpenedTransport =
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
    ehloName: options.ehloName,
    finalReplyTimeoutMs: finalReplyTimeout(settings.timeoutMs, options.finalReplyTimeoutMs),
    attemptTimeoutMs: (sizeBytes) =>
      options.attemptTimeoutMs ?? attemptTimeout(settings.timeoutMs, sizeBytes),
  });
  return { ok: true, transport: { capacity, send, close: () => pool.close() } };
}
