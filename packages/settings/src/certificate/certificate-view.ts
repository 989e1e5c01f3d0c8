import type { CertificateContent, CertificateVersion, CertificateView } from '@postausgang/contracts';
import type { References } from '../references.ts';
import { changeToVersion, contentOf, resourceChange, type ResourceChange } from '../resource.ts';
import { certificateKind, type CertificateState } from './certificate-kind.ts';
import { daysUntil } from './credentials.ts';
import { validityFindings } from './validate-certificate.ts';

/** What a view shows that only somebody who can verify signatures knows. */
export type IsIssuerKnown = (content: CertificateContent) => boolean;

/** The certificate as GET answers it; undefined while there is none. */
export function certificateView(
  { resource, content, latestChange }: CertificateState,
  references: References,
  isIssuerKnown: IsIssuerKnown,
): CertificateView | undefined {
  if (content === null || latestChange === null) return undefined;
  return viewOf(resource, content, latestChange, references, isIssuerKnown);
}

/** An earlier version as it was; undefined when there is no such version. */
export function certificateVersion(
  state: CertificateState,
  version: number,
  references: References,
  isIssuerKnown: IsIssuerKnown,
): CertificateVersion | undefined {
  const content = contentOf(certificateKind, state, version);
  if (content === undefined) return undefined;
  const change = changeToVersion(state, version) ?? null;
  if (change === null) return { change: null, certificate: null };
  const { resource } = state;
  return {
    change: resourceChange(certificateKind, change),
    certificate: content === null ? null : viewOf(resource, content, change, references, isIssuerKnown),
  };
}

function viewOf(
  resource: string,
  content: CertificateContent,
  { version, changedAt, actor }: ResourceChange<CertificateContent | null>,
  references: References,
  isIssuerKnown: IsIssuerKnown,
): CertificateView {
  const { privateKey, ...fields } = content;
  const { nowMs } = references;
  const { details } = content;
  return {
    id: resource.slice(certificateKind.prefix.length),
    version,
    ...fields,
    privateKeySet: privateKey !== null,
    privateKeySetAt: privateKey?.setAt ?? null,
    issuerKnown: isIssuerKnown(content),
    daysLeft: details === null || nowMs === null ? null : daysUntil(details.validTo, nowMs),
    warnings: validityFindings('/certificate', content, nowMs),
    usedBy: [...references.usersOf(resource)],
    updatedAt: changedAt,
    updatedBy: actor.name,
  };
}
