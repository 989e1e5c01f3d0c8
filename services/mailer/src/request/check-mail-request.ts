import { type Address, type Finding, finding, type MailRequest } from '@postausgang/contracts';
import { isValidAddress } from '@postausgang/settings';
import { checkAttachments } from './check-attachments.ts';
import { checkHandling, type RequestContext } from './check-handling.ts';
import { checkHeaders } from './check-headers.ts';

/** Recipients over To, Cc and Bcc together. */
export const maxRecipients = 1000;

/**
 * Everything that is wrong with a mail request whose form the schema has already accepted. Whether a sender is known
 * is `senderFinding`'s business, since it depends on the settings.
 */
export function checkMailRequest(request: MailRequest, context: RequestContext): Finding[] {
  const { from, to = [], cc = [], bcc = [], replyTo = [], headers = {}, attachments = [] } = request;
  return [
    ...checkRecipientCount(to.length + cc.length + bcc.length),
    ...(from === null || from === undefined || isValidAddress(from.address)
      ? []
      : [finding('/from/address', 'address-invalid')]),
    ...checkAddresses('/to', to),
    ...checkAddresses('/cc', cc),
    ...checkAddresses('/bcc', bcc),
    ...checkAddresses('/replyTo', replyTo),
    ...checkHeaders(headers),
    ...checkAttachments(attachments),
    ...checkHandling(request, context),
  ];
}

function checkRecipientCount(count: number): Finding[] {
  if (count === 0) {
    return [finding('/to', 'recipient-required')];
  }
  return count > maxRecipients ? [finding('/to', 'too-many')] : [];
}

function checkAddresses(pointer: string, addresses: readonly Address[]): Finding[] {
  return addresses.flatMap(({ address }, index) =>
    isValidAddress(address) ? [] : [finding(`${pointer}/${index}/address`, 'address-invalid')],
  );
}
