import { finding } from '@postausgang/contracts';
import type { Finding, OutgoingServerContent } from '@postausgang/contracts';
import { isValidAddress } from '../address/address.ts';
import { noReferences } from '../references.ts';
import type { References } from '../references.ts';
import { limitFindings } from './effective-limits.ts';
import { smimeFindings } from './validate-smime.ts';
import { validateSmtp } from './validate-smtp.ts';

/** Seconds; the seed's minutes are a matter of the page. */
const timeoutLimits = { min: 5, max: 3600 };

/**
 * Everything that keeps the content from being used, whether sending is on or not. Only the half that `serverType`
 * puts to use is looked at. JSON pointers are relative to the content, which is also the body of a PUT.
 */
export function validateContent(
  content: OutgoingServerContent,
  references: References = noReferences,
): Finding[] {
  return [
    ...senderFindings(content),
    ...timeoutFindings(content),
    ...(content.serverType === 'smtp'
      ? validateSmtp(content.smtp, references)
      : exchangeFindings(content, references)),
    ...smimeFindings(content, references),
    ...limitFindings(content),
  ];
}

function senderFindings({ senderAddress }: OutgoingServerContent): Finding[] {
  if (senderAddress === null) return [finding('/senderAddress', 'sender-address-required')];
  return isValidAddress(senderAddress.address) ? [] : [finding('/senderAddress/address', 'address-invalid')];
}

function timeoutFindings({ timeoutSeconds }: OutgoingServerContent): Finding[] {
  const inRange = timeoutSeconds >= timeoutLimits.min && timeoutSeconds <= timeoutLimits.max;
  return inRange ? [] : [finding('/timeoutSeconds', 'timeout-out-of-range')];
}

function exchangeFindings({ exchange }: OutgoingServerContent, references: References): Finding[] {
  const { connectionId } = exchange;
  if (connectionId === null) return [finding('/exchange/connectionId', 'exchange-connection-required')];
  const isKnown = references.exchangeConnection(connectionId) !== undefined;
  return isKnown ? [] : [finding('/exchange/connectionId', 'exchange-connection-unknown')];
}
