import type { Address, Decisions, MailRequested, OutgoingServerContent } from '@postausgang/contracts';
import { effectiveOnUnknown } from '@postausgang/settings';
import { addressKey, requestedRecipients } from '../queue/recipients.ts';

export type EnvelopeDecision =
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
  return serverType === 'exchange' || exchangeOnlineHost.test(smtp.hostname ?? '');
}
