/*
 * The one real mail of a connection test. It is a mail request that goes the way of every other one: the same decisions on
 * sender and copies, the same composing, S/MIME and limits, a transport that is built as for a new version of the settings.
 * So what would keep the next mail from being sent keeps this one.
 */
import { ContentStoreError } from '@postausgang/content-store';
import {
  type Actor,
  events,
  type Failure,
  failure,
  findingsLine,
  type OutgoingServerContent,
  type PostausgangEvent,
} from '@postausgang/contracts';
import {
  instantMs,
  mailboxOf,
  mergeRecipients,
  newMail,
  openRecipients,
  requesterKey,
  resultFor,
  type Transport,
  type WaitingMail,
  withCopies,
} from '@postausgang/mail';
import type { InlineComposedMail, InlineMailRequested } from '@postausgang/message';
import type { ProbePermit } from '../engine/pace.ts';
import { untrustedText } from '@postausgang/net';
import type { ApiKeysState, SendingModeNow } from '@postausgang/settings';
import { type MessageMaking, prepareAttempt } from '../engine/prepare-attempt.ts';
import type { Quotas, RequesterMinute, RequesterUsage } from '../limits/quotas.ts';
import { minuteOf } from '../limits/usage.ts';
import { checkMailRequested } from '../request/check-mail-requested.ts';
import type { RequestedTest } from './runner.ts';

const text = `This mail was sent by the connection test of Postausgang. If you can read it, mail goes out.

Diese E-Mail wurde vom Verbindungstest von Postausgang gesendet. Wenn Sie sie lesen können, funktioniert der Versand.
`;

/**
 * A request for the mail of a test. It says that no person wrote it (RFC 3834 §5), and names a sender only where the test
 * does or the settings have none.
 */
export function probeRequest(
  { testId, content, probeFrom }: Pick<RequestedTest, 'testId' | 'content' | 'probeFrom'>,
  to: string,
  fallbackSender: string,
): InlineComposedMail {
  const sender = probeFrom ?? (content.senderAddress === null ? fallbackSender : undefined);
  return {
    id: testId,
    ...(sender === undefined ? {} : { from: { address: sender } }),
    to: [{ address: to }],
    subject: 'Postausgang: connection test / Verbindungstest',
    text,
    headers: { 'Auto-Submitted': 'auto-generated' },
  };
}

/** What the probes of API keys use of their quotas: a fold over the requested tests, which every mailer has. */
interface ProbeUsage {
  evolve(event: PostausgangEvent): void;
  readonly since: RequesterUsage;
}

const probeUse = { mails: 1, recipients: 1, bytes: Buffer.byteLength(text) };
const refusedByQuota = 'key-quota-reached';
const keptMinutes = 2 * 1440;

/**
 * A probe counts from the request for its test, and no longer once the result says that it was not sent. The mail of a check
 * of a sender counts with its result.
 */
export function createProbeUsage(): ProbeUsage {
  const probes = new Map<string, RequesterMinute & { readonly requester: string }>();
  const add = (id: string, actor: Actor | null, time: string): void => {
    const minute = minuteOf(instantMs(time) ?? 0);
    for (const [other, one] of probes) if (one.minute < minute - keptMinutes) probes.delete(other);
    if (actor?.kind !== 'api-key') return;
    probes.set(id, { requester: requesterKey({ kind: 'api-key', id: actor.id }), minute, ...probeUse });
  };
  return {
    evolve(event) {
      if (event.type === events.connectionTestRequested.type && event.data.probeTo !== null) {
        add(event.data.testId, event.data.actor, event.time);
      }
      if (event.type === events.senderChecked.type && event.data.probed) {
        add(event.id, event.data.actor, event.time);
      }
      if (event.type !== events.connectionTestResult.type) return;
      const { testId, steps } = event.data;
      const step = steps.find(({ name }) => name === 'probe');
      if (step?.state === 'skipped' || step?.hint?.code === refusedByQuota) probes.delete(testId);
    },
    since: (requester, minute) =>
      [...probes.values()].filter((one) => one.requester === requester && one.minute >= minute),
  };
}

const nothingMore = { mails: 0, recipients: 0, bytes: 0 };

/**
 * Why the quotas of the key that asked for a test leave no room for its mail; null: they do.
 *
 * @param isCounted whether they count this mail already
 */
export function quotaFailure(
  { actor }: Pick<RequestedTest, 'actor'>,
  quotas: Quotas,
  { byId }: ApiKeysState,
  now: Date,
  isCounted = true,
): Failure | null {
  const ofKey = actor.kind === 'api-key' ? (byId.get(actor.id)?.quotas ?? null) : null;
  if (ofKey === null) return null;
  const found = quotas.reserve(
    requesterKey({ kind: 'api-key', id: actor.id }),
    ofKey,
    isCounted ? nothingMore : probeUse,
    now.getTime(),
  );
  if (!found.ok) return failure(refusedByQuota, `${found.quota} ${found.limit}`);
  found.reservation.end();
  return null;
}

export type ProbeEnd =
  | {
      readonly ok: true;
      readonly detail: string;
      readonly reply: string | null;
      /** With angle brackets. */
      readonly messageId: string;
      readonly mailbox?: string;
    }
  | { readonly ok: false; readonly failure: Failure; readonly reply: string | null };

export interface ProbeDeps extends MessageMaking {
  readonly now: () => Date;
  /** Why the key that asked for the test may not ask for its mail; null: it may. */
  readonly quotaFailure: (test: RequestedTest) => Failure | null;
  /** Room for a mail to so many recipients. */
  readonly permit: (testId: string, recipients: number) => ProbePermit;
  /** The sending mode of this moment: a probe is a mail, too. Default `live`. */
  readonly sendingMode?: () => SendingModeNow;
}

interface Probe {
  readonly request: InlineMailRequested;
  readonly content: OutgoingServerContent;
  readonly transport: Pick<Transport, 'send'>;
}

/** The recipient, and a copy to the sender. */
const mostRecipients = 2;

/** Sends the mail to everybody it is for, in as many transactions as that takes. Never rejects. */
export async function sendProbe(deps: Omit<ProbeDeps, 'quotaFailure'>, probe: Probe): Promise<ProbeEnd> {
  const findings = checkMailRequested(probe.request);
  if (findings.length > 0) return failed(failure('message-uncomposable', findingsLine(findings)));
  const permit = deps.permit(probe.request.id, mostRecipients);
  if (!permit.ok) return failed(permit.failure);
  try {
    return await sendAll(deps, probe, permit.recipients);
  } catch (error) {
    const isStore = error instanceof ContentStoreError;
    return failed(
      failure(isStore ? 'content-unavailable' : 'message-uncomposable', untrustedText(String(error))),
    );
  } finally {
    permit.giveBack();
  }
}

async function sendAll(
  deps: Omit<ProbeDeps, 'quotaFailure'>,
  { request, content, transport }: Probe,
  most: number,
): Promise<ProbeEnd> {
  let mail: WaitingMail = waitingMail(request, deps.now());
  for (;;) {
    const mode = deps.sendingMode === undefined ? {} : { sendingMode: deps.sendingMode() };
    const settings = { content, serverId: 'default', ...mode };
    const prepared = await prepareAttempt(deps, mail, settings, request, most);
    if (prepared.kind === 'refused') return failed(failure('sender-not-allowed', prepared.detail));
    if (prepared.kind === 'held') return failed(failure('message-uncomposable', prepared.reason));
    if (prepared.kind !== 'prepared') return failed(prepared.failure);
    const { message, messageId, decisions, delivery, returnPath } = prepared.attempt;
    const heard = await transport.send({
      envelope: { from: returnPath, to: delivery.to },
      namesRecipientsAnew: delivery.isRedirected,
      message,
      onIntent: () => Promise.resolve(),
      ...mailboxOf(decisions),
    });
    const result = resultFor(delivery, heard);
    if (result.kind === 'server-failed') return failed(result.failure);
    const recipients = mergeRecipients(withCopies(mail.recipients, decisions), result.recipients);
    const refused = result.recipients.find(({ outcome }) => outcome !== 'sent');
    const reply = refused?.reply ?? result.reply;
    if (refused !== undefined) {
      return failed(refused.failure ?? result.failure ?? failure('unexpected-reply'), reply);
    }
    if (openRecipients(recipients).length === 0) {
      return { ok: true, detail: decisions.from.address, reply, messageId, ...mailboxOf(decisions) };
    }
    mail = { ...mail, recipients, decisions, messageId };
  }
}

const failed = (why: Failure, reply: string | null = null): ProbeEnd => ({ ok: false, failure: why, reply });

/** The row of the mail, as a request just accepted has one. */
function waitingMail(request: InlineMailRequested, now: Date): WaitingMail {
  const event = {
    id: request.id,
    type: 'io.postausgang.mail-requested.v1',
    source: '/mailer',
    time: now.toISOString(),
    data: request,
  } as const;
  return newMail(event, { partition: 0, offset: 0, key: request.id });
}
