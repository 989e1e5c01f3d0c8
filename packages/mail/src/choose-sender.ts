/** Who a mail comes from: the address it says itself, a sender of the settings, or the default sender. */
import type {
  Address,
  Decisions,
  MailRequested,
  SenderContent,
  SenderDecision,
  TriedSender,
} from '@postausgang/contracts';
import {
  isRewritten,
  resolveSender,
  senderId,
  type SenderResolution,
  type SenderBook,
  type SenderRules,
} from '@postausgang/settings';
import type { Mail } from './mail.ts';
import { askedKeys } from './recipients.ts';

export type SenderChoice =
  | {
      readonly kind: 'chosen';
      readonly decision: Decisions['sender'];
      readonly from: Address;
      /** What the sender of the settings brings; null where it is none of them. */
      readonly content: SenderContent | null;
    }
  /** Neither the mail names a sender nor do the settings. */
  | { readonly kind: 'no-sender' }
  /** The mail is strict, and this has led to no active sender. */
  | { readonly kind: 'refused'; readonly tried: readonly TriedSender[] };

/** The part of a request that says who it comes from. */
type SenderFields = Pick<Extract<MailRequested, { readonly sender?: unknown }>, 'from' | 'sender'>;

/** Decides on the sender of a mail that is still to be composed. */
export function chooseSender({ from = null, sender = null }: SenderFields, rules: SenderRules): SenderChoice {
  const { defaultSender, senders } = rules;
  if (from !== null && defaultSender !== null && isRewritten(from.address, rules)) {
    return { kind: 'chosen', decision: rewritten(from), from: defaultSender, content: null };
  }
  if (sender === null) {
    if (from !== null) return { kind: 'chosen', decision: 'explicit', from, content: null };
    return defaultSender === null
      ? { kind: 'no-sender' }
      : { kind: 'chosen', decision: 'default', from: defaultSender, content: null };
  }
  const resolution = resolveSender(senders, sender, from);
  if (resolution.isRefused) return { kind: 'refused', tried: resolution.tried };
  const content = resolution.sender?.content ?? null;
  const address = content === null ? (from ?? defaultSender) : addressOf(content);
  return address === null
    ? { kind: 'no-sender' }
    : { kind: 'chosen', decision: decisionOf(resolution), from: address, content };
}

/** As the default sender, with replies to whom the mail says to be from. */
function rewritten(from: Address): SenderDecision {
  const none = { senderId: null, senderVersion: null, tried: [], mailbox: null, certificateId: null };
  return { rule: 'default', ...none, replyTo: [from], rewrittenFrom: from };
}

function addressOf({ name, address }: SenderContent): Address {
  return { name, address };
}

function decisionOf({ rule, sender, tried }: SenderResolution): SenderDecision {
  const content = sender?.content ?? null;
  return {
    rule,
    senderId: sender === null ? null : senderId(sender),
    senderVersion: sender?.version ?? null,
    tried: [...tried],
    replyTo: content?.replyTo ?? [],
    mailbox: content === null ? null : (content.mailbox ?? content.address),
    certificateId: content?.smimeCertificateId ?? null,
  };
}

/** Whether the mail went out as the default sender, which was nobody's choice. */
export function isDefaultSender({ sender }: Pick<Decisions, 'sender'>): boolean {
  return sender === 'default' || senderDecisionOf(sender)?.rule === 'default';
}

/** What a sender of the settings adds to the mail; undefined where it is none, and in old events. */
export function senderDecisionOf(decision: Decisions['sender'] | undefined): SenderDecision | undefined {
  return typeof decision === 'object' ? decision : undefined;
}

/** Whether a mail is to be sent as this sender of the settings: by its first attempt, or as its keys lead to it now. */
export function namesSender(
  { decisions, from, askedSender }: Pick<Mail, 'decisions' | 'from' | 'askedSender'>,
  senders: SenderBook,
  id: string,
): boolean {
  if (decisions !== null) return senderDecisionOf(decisions.sender)?.senderId === id;
  if (from !== undefined || askedSender === undefined) return false;
  const keys = askedKeys(askedSender);
  const { sender } = resolveSender(senders, keys, null);
  return keys.id === id || (sender !== null && senderId(sender) === id);
}

/** The mailbox of the sender, as a transport takes it. */
export function mailboxOf({ sender }: Decisions): { readonly mailbox?: string } {
  const mailbox = senderDecisionOf(sender)?.mailbox ?? null;
  return mailbox === null ? {} : { mailbox };
}
