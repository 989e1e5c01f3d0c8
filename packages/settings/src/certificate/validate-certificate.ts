import { finding } from '@postausgang/contracts';
import type { CertificateContent, CertificateKind, CertificateUse, Finding } from '@postausgang/contracts';
import type { References } from '../references.ts';

/** What a certificate is wanted for. */
export interface CertificateWish {
  readonly kind: CertificateKind;
  /** Undefined: to be trusted. */
  readonly uses: readonly CertificateUse[];
}

/** Everything that keeps the certificate with this id from being used as it is wished. */
export function certificateFindings(
  pointer: string,
  id: string,
  { kind, uses }: CertificateWish,
  references: References,
): Finding[] {
  const content = references.certificate(id);
  if (content === undefined) return [finding(pointer, 'certificate-unknown')];
  if (content.kind !== kind) return [finding(pointer, 'certificate-kind-wrong')];
  const { details } = content;
  if (details === null) return [finding(pointer, 'certificate-pending')];
  const isGood = uses.every((use) => details.goodFor.includes(use));
  return [
    ...(kind === 'own' && content.privateKey === null ? [finding(pointer, 'private-key-missing')] : []),
    ...(isGood ? [] : [finding(pointer, 'certificate-usage-wrong')]),
    ...validityFindings(pointer, content, references.nowMs),
  ];
}

/** Whether its time has come and not yet gone. */
export function validityFindings(
  pointer: string,
  { details }: Pick<CertificateContent, 'details'>,
  nowMs: number | null,
): Finding[] {
  if (details === null || nowMs === null) return [];
  // A date that cannot be read compares to nothing.
  if (!(nowMs <= Date.parse(details.validTo))) return [finding(pointer, 'certificate-expired')];
  return nowMs >= Date.parse(details.validFrom) ? [] : [finding(pointer, 'certificate-not-yet-valid')];
}
