import { finding, type Finding } from '@postausgang/contracts';
import { type Principal, ProblemError } from '@postausgang/http';
import { isDefaultSender, type Mail, requesterKey } from '@postausgang/mail';
import { allowedSendersText, allowsRecipient, refusedSenders, type SenderRules } from '@postausgang/settings';
import type { QuotaUsage, Reservation } from '../limits/quotas.ts';
import { historyIncomplete, type MailRoutesDeps } from './route-deps.ts';

/** A recipient and where it is in the request. */
export interface PlacedRecipient {
  readonly pointer: string;
  readonly address: string;
}

/** Throws `recipient-not-allowed` where mail of the key may not go to one of the recipients. */
export function requireRecipients({ permissions }: Principal, recipients: readonly PlacedRecipient[]): void {
  const domains = permissions?.recipientDomains ?? null;
  if (permissions === undefined || domains === null) {
    return;
  }
  const findings: readonly Finding[] = recipients
    .filter(({ address }) => !allowsRecipient(permissions, address))
    .map(({ pointer }) => finding(pointer, 'domain-not-allowed'));
  if (findings.length > 0) {
    const detail = `This API key may send to ${domains.join(', ')}.`;
    throw new ProblemError('recipient-not-allowed', { detail, findings });
  }
}

/** An address of the sender, and where it is in the request. Null: what stands there is no single address. */
export interface PlacedSender {
  readonly pointer: string;
  readonly address: string | null;
}

/** Throws `sender-not-allowed`, with what is allowed, where one of the addresses may not be used. */
export function requireSenders(
  { permissions }: Pick<Principal, 'permissions'>,
  rules: SenderRules,
  senders: () => readonly PlacedSender[],
): void {
  const limits = permissions ?? {};
  const refused = refusedSenders(rules, limits, senders);
  if (refused.length > 0) {
    throw new ProblemError('sender-not-allowed', {
      detail: allowedSendersText(rules, limits),
      findings: refused.map(({ pointer }) => finding(pointer, 'sender-not-allowed')),
    });
  }
}

/**
 * Throws `sender-not-allowed` where a mail that is there already has a sender that the key may not use. What its message
 * names besides is looked at before the attempt, which has the message.
 */
export function requireSendersAgain(
  principal: Pick<Principal, 'permissions'>,
  rules: SenderRules,
  { decisions }: Pick<Mail, 'decisions'>,
): void {
  if (decisions === null) return;
  const { from, envelopeFrom } = decisions;
  const addresses = [from.address, envelopeFrom].filter((address) => address !== '');
  const asked = isDefaultSender(decisions) ? { ...rules, defaultSender: from } : rules;
  requireSenders(principal, asked, () => addresses.map((address) => ({ pointer: '', address })));
}

/**
 * Reserves what mail uses of the quotas of its key; undefined where it has none. Throws `quota-exceeded`, and
 * `mail-invalid` where waiting is useless.
 */
export function reserveQuota(
  { queue, now }: Pick<MailRoutesDeps, 'queue' | 'now'>,
  principal: Principal,
  usage: () => QuotaUsage,
): Reservation | undefined {
  const quotas = principal.permissions?.quotas ?? null;
  if (quotas === null) {
    return undefined;
  }
  // What the key has used before is not known yet.
  if (queue.history().state === 'reading') throw historyIncomplete();
  const result = queue.quotas.reserve(requesterKey(principal), quotas, usage(), now().getTime());
  if (result.ok) {
    return result.reservation;
  }
  const { quota, limit, retryAfterSeconds } = result;
  const detail = `The quota ${quota} of this API key is ${limit}.`;
  if (retryAfterSeconds === null) {
    throw new ProblemError('mail-invalid', { detail, findings: [finding('', 'larger-than-quota')] });
  }
  throw new ProblemError('quota-exceeded', { detail, headers: { 'retry-after': `${retryAfterSeconds}` } });
}
