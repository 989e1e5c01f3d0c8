import type { CertificateContent } from '@postausgang/contracts';
import { validityFindings } from './certificates.ts';
import { addressMatchKey } from './hosts.ts';
import type { SettingsState } from './settings-state.ts';

/** A certificate that mail to an address can be encrypted with. */
interface RecipientCertificate {
  readonly resource: string;
  readonly content: CertificateContent;
}

/** The certificates for an address, the one to use first: valid ones before others, then the newest. */
export function recipientCertificates(
  { certificates }: Pick<SettingsState, 'certificates'>,
  address: string,
  nowMs: number,
): readonly RecipientCertificate[] {
  const key = addressMatchKey(address);
  return [...certificates.values()]
    .flatMap(({ resource, content }) => (content === null ? [] : [{ resource, content }]))
    .filter(({ content }) => isFor(content, key))
    .toSorted((a, b) => rank(b.content, nowMs) - rank(a.content, nowMs));
}

/** The newest valid certificate for an address; undefined when there is none. */
export function usableRecipientCertificate(
  settings: Pick<SettingsState, 'certificates'>,
  address: string,
  nowMs: number,
): RecipientCertificate | undefined {
  const [best] = recipientCertificates(settings, address, nowMs);
  const isUsable =
    best !== undefined &&
    best.content.details?.goodFor.includes('encrypt') === true &&
    validityFindings('', best.content, nowMs).length === 0;
  return isUsable ? best : undefined;
}

function isFor({ kind, details }: CertificateContent, key: string): boolean {
  return kind === 'recipient' && details?.addresses.some((one) => addressMatchKey(one) === key) === true;
}

/** Valid ones get a head start that no date makes up for. */
function rank(content: CertificateContent, nowMs: number): number {
  const isGood =
    content.details?.goodFor.includes('encrypt') === true &&
    validityFindings('', content, nowMs).length === 0;
  const from = Date.parse(content.details?.validFrom ?? '');
  return (Number.isNaN(from) ? 0 : from) + (isGood ? 1e15 : 0);
}
