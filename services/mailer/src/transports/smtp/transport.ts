import type { Failure } from '@postausgang/contracts';
import type { SendRecipient, SendRequest, SendResult, Transport } from '@postausgang/mail';
import type { Secret } from '@postausgang/credentials';
import {
  attemptTimeout,
  createSessionSettings,
  finalReplyTimeout,
  type Opened,
  openSession,
  serverName,
  type SessionOptions,
} from './open-session.ts';
import { type Condition, openSessionPool, type SessionPool } from './pool.ts';
import { readReply } from '../../judgement/smtp-judge.ts';
import { isGoodbye, isPositive } from './replies.ts';
import type { ServerMemory } from './server-memory.ts';
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
  /** MAIL or DATA was refused, or the session was ended by a reply: nothing was handed over. */
  readonly refusal: string | null;
}

/**
 * One transaction per message, and one deadline for all of it. What a session that has carried mail does not take may be
 * only that session's: it was ended while it was idle, or has carried as many messages as the server allows. Then the mail
 * is repeated once on a new one, unnoticed.
 */
function createSend(pool: SessionPool, memory: ServerMemory, options: SendOptions): Transport['send'] {
  const serverFailed = (why: Failure): SendResult => ({
    kind: 'server-failed',
    server: options.server,
    failure: why,
  });
  return async (request) => {
    const borrowed = await pool.borrow();
    if (!borrowed.ok) return serverFailed(borrowed.failure);
    const deadlineMs = performance.now() + options.attemptTimeoutMs(request.message.bytes.length);
    const { lease } = borrowed;
    const first = await attemptOn(lease.session, request, options, deadlineMs);
    const isRepeated =
      (lease.reused && first.unheard) ||
      (lease.carried > 0 && first.refusal !== null && !memory.fruitless.has(first.refusal));
    if (!isRepeated) {
      pool.giveBack(lease, first.condition);
      return first.result;
    }
    const renewed = await pool.renew(lease);
    if (!renewed.ok) return serverFailed(renewed.failure);
    const second = await attemptOn(renewed.lease.session, request, options, deadlineMs);
    learn(memory, first, second, lease.carried);
    pool.giveBack(renewed.lease, second.condition);
    return second.result;
  };
}

/** The same refusal on a new session was not about the session. */
function learn(
  { fruitless, sessionLength }: ServerMemory,
  first: Attempt,
  second: Attempt,
  carried: number,
): void {
  if (first.refusal === null || carried === 0) return;
  if (second.refusal === first.refusal) fruitless.note(first.refusal);
  else sessionLength.learn(carried);
}

/** What tells refusals apart: the codes. */
function refusalIn({
  senderReply,
  recipientReplies,
  dataReply,
  dotSent,
  contentReply,
}: TransactionRecord): string | null {
  if (dotSent || contentReply !== null) return null;
  const isRefused = (reply: string): boolean => /^[45]/.test(reply);
  const refusal = [senderReply, ...recipientReplies.filter(isGoodbye), dataReply].find(
    (reply) => reply !== null && isRefused(reply),
  );
  const hasRecipients =
    senderReply === null || recipientReplies.length === 0 || recipientReplies.some(isPositive);
  const reply = refusal === undefined || refusal === null ? null : readReply(refusal);
  const isOfDataAlone = refusal === dataReply && refusal !== senderReply;
  if (reply === null || (isOfDataAlone && !hasRecipients)) return null;
  return `${reply.code} ${reply.enhanced ?? ''}`;
}

async function attemptOn(
  session: SmtpSession,
  request: SendRequest,
  options: SendOptions,
  deadlineMs: number,
): Promise<Attempt> {
  const { server } = options;
  const { tls } = session;
  const { envelope, message, dsn } = request;
  const lacksDsn = dsn !== undefined && !session.offer.extensions.includes('DSN');
  const { asked, refused, failure } = admit(session.offer, envelope, message.bytes);
  if (asked.length === 0) {
    const result: SendResult = { kind: 'finished', recipients: refused, server, tls, reply: null, failure };
    return { result, condition: 'good', unheard: false, refusal: null };
  }
  const record = await runTransaction(session, {
    envelope: { from: envelope.from, to: asked },
    message,
    dsn,
    timeLeftMs: deadlineMs - performance.now(),
    finalReplyTimeoutMs: options.finalReplyTimeoutMs,
    onIntent: (accepted) => request.onIntent({ accepted, server, tls }),
  });
  const outcome = outcomeOf(record, asked, () => spokenIn(envelope, message.bytes, options.ehloName));
  const recipients = inOrder(envelope.to, [...refused, ...outcome.recipients]);
  return {
    result: {
      kind: 'finished',
      server,
      tls,
      ...outcome,
      recipients,
      ...(lacksDsn ? { notOffered: ['dsn'] } : {}),
    },
    condition: conditionAfter(session, record),
    refusal: refusalIn(record),
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
  const { memory } = settings;
  const { maxConnections = 5, idleMs = 15_000 } = options;
  let isAsked = settings.isAsked;
  const open = (): Promise<Opened> => openSession({ ...settings, isAsked });
  const opened = await openSessionPool({ open, memory, maxSessions: maxConnections, idleMs });
  isAsked = false;
  if (!opened.ok) return opened;
  const { pool } = opened;
  const send = createSend(pool, memory, {
    server: serverName(options.description),
    ehloName: options.ehloName,
    finalReplyTimeoutMs: finalReplyTimeout(settings.timeoutMs, options.finalReplyTimeoutMs),
    attemptTimeoutMs: (sizeBytes) =>
      options.attemptTimeoutMs ?? attemptTimeout(settings.timeoutMs, sizeBytes),
  });
  const transport: Transport = {
    get capacity() {
      return Math.min(maxConnections, memory.places.limit() ?? maxConnections);
    },
    learned: () => ({
      connections: memory.places.limit(),
      messagesPerSession: memory.sessionLength.messages(),
    }),
    send,
    close: () => pool.close(),
  };
  return { ok: true, transport };
}
