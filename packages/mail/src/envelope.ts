import type { Address, Decisions, MailRequested, OutgoingServerContent } from '@postausgang/contracts';
import { effectiveOnUnknown } from '@postausgang/settings';
import type { Mail } from './mail.ts';
import { addressKey, openRecipients, requestedRecipients, withCopies } from './recipients.ts';

/** RFC 5321 §4.5.3.1.8: every server takes at least 100. */
const maxRecipientsPerTransaction = 100;

/**
 * Who the next transaction is for: those that wait, at most 100, the ones not tried yet before the ones that were put
 * off. Whoever has an outcome is never sent to again. Corrected recipients have a message of their own, whose header
 * names them; everybody else gets the bytes they have got before. So has, under S/MIME, every hidden recipient: the
 * certificates of all recipients stand in an encrypted message.
 *
 * @param most where a limit allows fewer
 */
export function planEnvelope(
  mail: Mail,
  decisions: Decisions,
  most = maxRecipientsPerTransaction,
): readonly string[] {
  const open = openRecipients(withCopies(mail.recipients, decisions));
  const untried = open.filter(({ outcome }) => outcome === 'pending');
  const next = untried.length > 0 ? untried : open;
  const isCorrected = next[0]?.correctedFrom !== undefined;
  const group = groupOf(decisions, next[0]?.address);
  return next
    .filter(({ correctedFrom }) => (correctedFrom !== undefined) === isCorrected)
    .filter(({ address }) => groupOf(decisions, address) === group)
    .slice(0, Math.min(most, maxRecipientsPerTransaction))
    .map(({ address }) => address);
}

/** The hidden recipient that has a message alone; null: the message of all the others. */
function groupOf({ smime }: Decisions, address: string | undefined): string | null {
  if (smime === undefined || address === undefined) return null;
  const key = addressKey(address);
  const own = smime.messages.find((message) => message.for !== null && addressKey(message.for) === key);
  return own?.for ?? null;
}

/**
 * The request as its message goes to these recipients. Where a resend has corrected their addresses, the header names
 * the corrected ones; for everybody else, and where the message was finished already, it is what it was.
 */
export function withCorrections<Request extends MailRequested>(
  request: Request,
  { recipients }: Pick<Mail, 'recipients'>,
  to: readonly string[],
): Request {
  const corrected = new Map(
    recipients.flatMap(({ address, correctedFrom }) =>
      correctedFrom === undefined ? [] : [[addressKey(correctedFrom), address] as const],
    ),
  );
  const isForCorrected = [...corrected.values()].some((address) => to.includes(address));
  if ('envelope' in request || !isForCorrected) {
    return request;
  }
  const correct = (addresses: readonly Address[] | undefined): Address[] | undefined =>
    addresses?.map((one) => ({ ...one, address: corrected.get(addressKey(one.address)) ?? one.address }));
  const fields = { to: correct(request.to), cc: correct(request.cc), bcc: correct(request.bcc) };
  return {
    ...request,
    ...Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)),
  };
}

type EnvelopeDecision =
  | { readonly kind: 'decided'; readonly decisions: Decisions }
  /** Neither the mail names a sender nor do the settings: it fails with `settings-invalid`. */
  | { readonly kind: 'no-sender' };

/**
 * Decides on sender and copies, from the request and one version of the settings. The first attempt does it and its
 * events keep it, so every later attempt is the same. A finished message keeps the sender of its envelope.
 */
export function decideEnvelope(
  request: MailRequested,
  content: OutgoingServerContent,
  serverId: string,
): EnvelopeDecision {
  const chosen = chooseSender(request, content);
  if (chosen === undefined) {
    return { kind: 'no-sender' };
  }
  const { sender, from } = chosen;
  const copies = copiesTo(from, request, content);
  const onUnknown = request.onUnknown ?? effectiveOnUnknown(content);
  return {
    kind: 'decided',
    decisions: { serverId, sender, from, envelopeFrom: from.address, copies, onUnknown },
  };
}

function chooseSender(
  request: MailRequested,
  content: OutgoingServerContent,
): { sender: Decisions['sender']; from: Address } | undefined {
  if ('envelope' in request) {
    return { sender: 'message', from: { address: request.envelope.from } };
  }
  if (request.from !== undefined && request.from !== null) {
    return { sender: 'explicit', from: request.from };
  }
  return content.senderAddress === null ? undefined : { sender: 'default', from: content.senderAddress };
}

/** One envelope-only copy for the resolved sender, unless it gets the mail anyway. */
function copiesTo(
  from: Address,
  request: MailRequested,
  content: OutgoingServerContent,
): Decisions['copies'] {
  const sender = addressKey(from.address);
  const isRecipient = requestedRecipients(request).some((address) => addressKey(address) === sender);
  return isRecipient || !copiesWanted(content) ? [] : [{ address: from.address, rule: 'copy-to-sender' }];
}

function copiesWanted(content: OutgoingServerContent): boolean {
  switch (content.copyToSender) {
    case 'off':
      return false;
    case 'bcc':
      return true;
    case 'auto':
      return !filesSentCopy(content);
    default:
      return content.copyToSender satisfies never;
  }
}

const exchangeOnlineHost = /\.(office365|outlook)\.com\.?$/i;

/** Exchange puts what it sends into the sender's Sent folder itself, also what comes in by SMTP at Exchange Online. */
function filesSentCopy({ serverType, smtp }: OutgoingServerContent): boolean {
  return serverType === 'exchange' || (serverType === 'smtp' && exchangeOnlineHost.test(smtp.hostname ?? ''));
}
