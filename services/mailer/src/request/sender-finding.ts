import { type Address, type Finding, finding, type MailRequest } from '@postausgang/contracts';

/** The finding of a request that names no sender while the settings have no sender address either. */
export function senderFinding(
  request: Pick<MailRequest, 'from'>,
  defaultSender: Address | null,
): Finding | undefined {
  const isKnown = (request.from ?? defaultSender) !== null;
  return isKnown ? undefined : finding('/from', 'sender-address-required');
}
