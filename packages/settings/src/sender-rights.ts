/*
 * Who may send as whom. Two rules have to agree: the policy of the outgoing server, which is for everybody, and the limits of
 * the key that asks. Both are about addresses, wherever a mail has one of its sender: From, Sender, Reply-To, envelope.
 */
import type { Address, ApiKey, OutgoingServerContent } from '@postausgang/contracts';
import { allowsDomain } from './api-keys.ts';
import { addressMatchKey, domainOf } from './formats.ts';
import {
  activeSenderWith,
  activeSendersWith,
  hasActiveSender,
  type SenderBook,
  senderId,
} from './senders.ts';

/** The senders of a key; without both of them, any that the server allows. */
export type SenderLimits = Partial<Pick<ApiKey, 'senders' | 'senderDomains'>>;

/** What the settings say about senders. */
export interface SenderRules {
  readonly policy: OutgoingServerContent['fromPolicy'];
  readonly defaultSender: Address | null;
  readonly senders: SenderBook;
  /** What happens to mail from others. Absent: it is refused. */
  readonly onForeignSender?: OutgoingServerContent['onForeignSender'];
}

/** Whether mail that says to be from this address is sent as the default sender instead. Limits of keys do not lead to it. */
export function isRewritten(address: string, rules: SenderRules): boolean {
  const { onForeignSender, defaultSender } = rules;
  return onForeignSender === 'rewrite' && defaultSender !== null && !allowedByServer(address, rules);
}

/** The name of the default sender in the list of a key. */
const defaultSenderName = 'default';

/**
 * Those that mail may not have as one of its sender. An address that is null is none that could be read, and refused as soon
 * as there is a rule. Where every sender is allowed, nobody looks at the mail.
 */
export function refusedSenders<Sender extends { readonly address: string | null }>(
  rules: SenderRules,
  limits: SenderLimits,
  senders: () => readonly Sender[],
): readonly Sender[] {
  if (rules.policy.kind === 'any' && !isLimited(limits)) return [];
  return senders().filter(({ address }) => address === null || !maySendAs(address, rules, limits));
}

/** Whether mail may have this address as one of its sender. */
export function maySendAs(address: string, rules: SenderRules, limits: SenderLimits): boolean {
  return allowedByServer(address, rules) && (!isLimited(limits) || allowedByKey(address, rules, limits));
}

function isLimited({ senders, senderDomains }: SenderLimits): boolean {
  return (senders ?? null) !== null || (senderDomains ?? null) !== null;
}

function allowedByServer(address: string, rules: SenderRules): boolean {
  const { policy, senders } = rules;
  if (policy.kind === 'any' || isDefault(address, rules)) return true;
  if (policy.kind === 'known-or-domains' && allowsDomain(domainsOf(rules), address)) return true;
  return activeSenderWith(senders, address) !== undefined;
}

function allowedByKey(address: string, rules: SenderRules, limits: SenderLimits): boolean {
  const { senders = null, senderDomains = null } = limits;
  if (senderDomains !== null && allowsDomain(senderDomains, address)) return true;
  if (senders === null) return false;
  if (senders.includes(defaultSenderName) && isDefault(address, rules)) return true;
  return activeSendersWith(rules.senders, address).some((sender) => senders.includes(senderId(sender)));
}

function isDefault(address: string, { defaultSender }: SenderRules): boolean {
  if (defaultSender === null) return false;
  return (
    defaultSender.address === address || addressMatchKey(defaultSender.address) === addressMatchKey(address)
  );
}

/** Where no domain is listed, it is that of the default sender. */
function domainsOf({ policy, defaultSender }: SenderRules): readonly string[] {
  if (policy.domains.length > 0) return policy.domains;
  return defaultSender === null ? [] : [domainOf(defaultSender.address)];
}

/** What is allowed, in sentences for whoever asked: the limits of the key, and what the server allows everybody. */
export function allowedSendersText(rules: SenderRules, limits: SenderLimits): string {
  const ofServer = rules.policy.kind === 'any' ? [] : [serverText(rules)];
  return [...(isLimited(limits) ? [keyText(limits)] : []), ...ofServer].join(' ');
}

function keyText({ senders, senderDomains }: SenderLimits): string {
  const named = (senders ?? []).map((id) =>
    id === defaultSenderName ? 'the default sender' : `sender ${id}`,
  );
  const allowed = [...named, ...(senderDomains ?? [])];
  return `These credentials may send as ${allowed.length === 0 ? 'nobody' : allowed.join(', ')}.`;
}

function serverText(rules: SenderRules): string {
  const { policy, defaultSender, senders } = rules;
  const domains = policy.kind === 'known-or-domains' ? domainsOf(rules) : [];
  const allowed = [
    ...(defaultSender === null ? [] : [`the default sender ${defaultSender.address}`]),
    ...(hasActiveSender(senders) ? ['the active senders of the settings'] : []),
    ...(domains.length === 0 ? [] : [`the addresses of ${domains.join(', ')}`]),
  ];
  return allowed.length === 0
    ? 'The settings allow no sender yet: save a sender address for the outgoing server, or a sender.'
    : `The settings allow ${allowed.join(', ')}.`;
}
