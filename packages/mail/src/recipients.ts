import type {
  Decisions,
  EventOf,
  MailRequested,
  RecipientOutcome,
  RecipientResult,
  SenderQuery,
} from '@postausgang/contracts';
import { asciiAddress } from '@postausgang/settings';
import type { FinalState, Mail } from './mail.ts';

/**
 * What makes two addresses the same: the domain is compared by its A-labels and without case (RFC 5321 §2.4), the local
 * part is not.
 */
export function addressKey(address: string): string {
  const ascii = asciiAddress(address);
  const at = ascii.lastIndexOf('@');
  return at === -1 ? ascii : ascii.slice(0, at) + ascii.slice(at).toLowerCase();
}

/** Each once, as it is written first. */
function withoutRepeats(addresses: readonly string[]): readonly string[] {
  if (addresses.length < 2) {
    return addresses;
  }
  const seen = new Set<string>();
  return addresses.filter((address) => {
    const key = addressKey(address);
    const isNew = !seen.has(key);
    seen.add(key);
    return isNew;
  });
}

/** Everyone a request goes to, each once: To, Cc and Bcc, or the given envelope of a finished message. */
export function requestedRecipients(request: MailRequested): readonly string[] {
  if ('envelope' in request) {
    return withoutRepeats(request.envelope.to);
  }
  const named = [...(request.to ?? []), ...(request.cc ?? []), ...(request.bcc ?? [])];
  return withoutRepeats(named.map(({ address }) => address));
}

/** Whether a recipient has no outcome yet. */
export function isOpen(outcome: RecipientOutcome): boolean {
  return outcome === 'pending' || outcome === 'deferred';
}

/** Whether the server has answered for a recipient: whoever says so is believed. */
export function isCertain(outcome: RecipientOutcome): boolean {
  return outcome === 'sent' || outcome === 'rejected';
}

/** The recipients without an outcome. */
export function openRecipients(recipients: readonly RecipientResult[]): readonly RecipientResult[] {
  return recipients.filter(({ outcome }) => isOpen(outcome));
}

/** The recipients with the copies that were decided on. */
export function withCopies(
  recipients: readonly RecipientResult[],
  decisions: Decisions | null,
): readonly RecipientResult[] {
  if (decisions === null || decisions.copies.length === 0) {
    return recipients;
  }
  const known = new Set(recipients.map(({ address }) => addressKey(address)));
  const missing = decisions.copies.filter(({ address }) => !known.has(addressKey(address)));
  return [...recipients, ...missing.map(({ address }) => ({ address, outcome: 'pending' as const }))];
}

/** An outcome is final, but `unknown` may be superseded by something certain. */
function supersedes(next: RecipientOutcome, current: RecipientOutcome): boolean {
  return isOpen(current) || (current === 'unknown' && isCertain(next));
}

/** The recipients after news of some of them. Addresses that are not among the recipients are ignored. */
export function mergeRecipients(
  current: readonly RecipientResult[],
  news: readonly RecipientResult[],
): readonly RecipientResult[] {
  const byKey = new Map(news.map((result) => [addressKey(result.address), result] as const));
  return current.map((recipient) => {
    const next = byKey.get(addressKey(recipient.address));
    return next !== undefined && supersedes(next.outcome, recipient.outcome)
      ? { ...next, ...identityOf(recipient) }
      : recipient;
  });
}

/** What an outcome does not change. */
function identityOf({ address, correctedFrom }: RecipientResult) {
  return correctedFrom === undefined ? { address } : { address, correctedFrom };
}

/** The state of a mail none of whose recipients is left waiting. */
export function finalState(recipients: readonly RecipientResult[]): FinalState {
  const has = (outcome: RecipientOutcome): boolean => recipients.some((one) => one.outcome === outcome);
  if (has('unknown')) {
    return 'unknown';
  }
  if (has('sent')) {
    return recipients.every(({ outcome }) => outcome === 'sent') ? 'sent' : 'partly-sent';
  }
  if (has('expired')) {
    return 'expired';
  }
  return has('cancelled') ? 'cancelled' : 'failed';
}

/** What a request says of the mail, for people and programs that look for it. */
export function described({ data, traceparent }: EventOf<'mailRequested'>) {
  return {
    businessReference: data.businessReference ?? null,
    metadata: data.metadata ?? {},
    ...(traceparent === undefined ? {} : { traceparent }),
    ...describedMessage(data),
  };
}

function describedMessage(
  data: MailRequested,
): Pick<Mail, 'subject' | 'from' | 'askedSender' | 'attachments'> {
  if ('envelope' in data) {
    const { subject = null, from } = data.summary ?? {};
    return { subject, ...(from === undefined ? {} : { from }) };
  }
  const { subject = null, from, sender = null, attachments = [] } = data;
  return {
    subject,
    ...(from === undefined || from === null ? {} : { from: from.address }),
    ...(sender === null ? {} : { askedSender: keysOf(sender) }),
    ...(attachments.length === 0 ? {} : { attachments: attachments.map(({ filename }) => filename) }),
  };
}

/** The same for the same keys. */
function keysOf({ id = '', employee = '', department = '', branch = '', purpose = '' }: SenderQuery): string {
  return JSON.stringify([id, employee, department, branch, purpose]);
}

/** The keys in `askedSender` of a mail. */
export function askedKeys(askedSender: string): SenderQuery {
  const names = ['id', 'employee', 'department', 'branch', 'purpose'] as const;
  const keys = JSON.parse(askedSender) as readonly string[];
  return Object.fromEntries(names.map((name, at) => [name, keys[at]]).filter(([, key]) => key !== ''));
}

/** The address that a mail is from, as far as that is known; otherwise empty. */
export function senderOf({ decisions, from = '' }: Pick<Mail, 'decisions' | 'from'>): string {
  return decisions?.from.address ?? from;
}
