import { finding } from '@postausgang/contracts';
import type { CertificateUse, Finding, OutgoingServerContent } from '@postausgang/contracts';
import { certificateFindings } from '../certificate/validate-certificate.ts';
import { addressMatchKey } from '../certificate/recipient-certificates.ts';
import type { References } from '../references.ts';

/** Everything that keeps mail from being signed and encrypted as the settings say. */
export function smimeFindings(content: OutgoingServerContent, references: References): Finding[] {
  const { sign, encrypt } = content.smime;
  return [
    ...(sign || encrypt !== 'off' ? ownFindings(content, references) : []),
    ...(encrypt === 'gateway' ? gatewayFindings(content, references) : []),
  ];
}

function ownFindings({ smime, senderAddress }: OutgoingServerContent, references: References): Finding[] {
  const pointer = '/smime/certificateId';
  const { sign, encrypt, certificateId } = smime;
  if (certificateId === null) return [finding(pointer, 'certificate-required')];
  const uses: CertificateUse[] = [
    ...(sign ? (['sign'] as const) : []),
    ...(encrypt === 'off' ? [] : (['encrypt'] as const)),
  ];
  const findings = certificateFindings(pointer, certificateId, { kind: 'own', uses }, references);
  const addresses = references.certificate(certificateId)?.details?.addresses ?? [];
  const isForOthers = sign && senderAddress !== null && !isCertified(senderAddress.address, addresses);
  return [...findings, ...(isForOthers ? [finding(pointer, 'certificate-address-mismatch')] : [])];
}

/** Readers compare the sender with the addresses of the certificate (RFC 8550 §3); one without any is for all. */
export function isCertified(address: string, addresses: readonly string[]): boolean {
  const key = addressMatchKey(address);
  return addresses.length === 0 || addresses.some((one) => addressMatchKey(one) === key);
}

function gatewayFindings({ smime }: OutgoingServerContent, references: References): Finding[] {
  const pointer = '/smime/gatewayCertificateId';
  const { gatewayCertificateId: id } = smime;
  if (id === null) return [finding(pointer, 'certificate-required')];
  return certificateFindings(pointer, id, { kind: 'recipient', uses: ['encrypt'] }, references);
}
