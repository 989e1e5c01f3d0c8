import {
  type CertificateContent,
  type CertificateKind,
  type CertificatePatch,
  type CertificateUse,
  type CertificateVersion,
  type CertificateView,
  type Difference,
  finding,
  type Finding,
  type StoredSecret,
} from '@postausgang/contracts';
import type { References } from './references.ts';
import {
  changeToVersion,
  contentOf,
  type ContentPlan,
  plainDifferences,
  type PlainValues,
  resourceChange,
  type ResourceChange,
  type ResourceKind,
  type ResourceState,
  type Saved,
  secretDifference,
} from './resource.ts';
import { destinationDigest, type SecretBinding } from './secret-binding.ts';

export const dayMs = 86_400_000;

/** Whole days left; below zero once it has expired. */
export function daysUntil(instant: string, nowMs: number): number {
  return Math.floor((Date.parse(instant) - nowMs) / dayMs) || 0;
}

/** JSON pointer of the one secret a certificate holds. */
const privateKeyPointer = '/privateKey';

/**
 * What a private key is sealed for: its certificate, by the public key, which stays the same when the certificate is
 * renewed. With another certificate in its place the key does not open.
 */
export function privateKeyBinding(resource: string, publicKeySha256: string): SecretBinding {
  const destination = destinationDigest({ kind: 'certificate', publicKeySha256 });
  return { resource, field: privateKeyPointer, destination };
}

/** A certificate of the store; its content is null before its creation and after its deletion. */
export type CertificateState = ResourceState<CertificateContent | null>;

/** A certificate as somebody who can read certificate files has found it. Without `privateKey` a stored one stays. */
export interface CertificatePut extends Omit<CertificateContent, 'privateKey'> {
  /** PKCS#8 as PEM. */
  readonly privateKey?: string | undefined;
}

/**
 * Certificates. A certificate never becomes another one under its id: what names it (and what a password is sealed for)
 * keeps its meaning. Only the certificate for a key that is here already may come later, or be renewed.
 */
export const certificateKind: ResourceKind<CertificateContent | null, CertificatePut, CertificatePatch> = {
  prefix: 'certificates/',
  initialContent: null,
  secretPointers: [privateKeyPointer],
  planPut,
  planPatch: ({ name }, { content }) => ({
    content: { ...content, name: name ?? content.name },
    newSecrets: [],
    findings: [],
  }),
  findingsOf: ({ content, findings }) => [
    ...findings,
    ...(content.name.trim() === '' ? [finding('/name', 'required')] : []),
  ],
  differences,
  withSecret: (content, _pointer, privateKey: StoredSecret) => ({ ...content, privateKey }),
};

function planPut(
  { privateKey, ...body }: CertificatePut,
  { resource, content }: Saved<CertificateContent | null>,
): ContentPlan<CertificateContent> {
  const findings = content === null || isSameCertificate(content, body) ? [] : [changed];
  const { publicKeySha256 } = body;
  const isNew = privateKey !== undefined && publicKeySha256 !== null;
  return {
    content: { ...body, privateKey: isNew ? null : (content?.privateKey ?? null) },
    newSecrets: isNew ? [{ value: privateKey, binding: privateKeyBinding(resource, publicKeySha256) }] : [],
    findings,
  };
}

const changed: Finding = finding('/content', 'certificate-changed');

function isSameCertificate(
  before: CertificateContent,
  after: Pick<CertificateContent, 'kind' | 'certificate' | 'publicKeySha256'>,
): boolean {
  if (before.kind !== after.kind) return false;
  return before.kind === 'own'
    ? before.publicKeySha256 === after.publicKeySha256
    : before.certificate === after.certificate;
}

function differences(from: CertificateContent | null, to: CertificateContent | null): Difference[] {
  return [
    ...plainDifferences(plainValues(from), plainValues(to)),
    ...secretDifference(privateKeyPointer, from?.privateKey, to?.privateKey),
  ];
}

/** What people compare certificates by. The PEM follows from the fingerprint. */
function plainValues(content: CertificateContent | null): PlainValues {
  if (content === null) return new Map();
  const { name, kind, details, chain, signingRequest } = content;
  return new Map([
    ['/name', name],
    ['/kind', kind],
    ['/details/subject', details?.subject ?? null],
    ['/details/validTo', details?.validTo ?? null],
    ['/details/fingerprintSha256', details?.fingerprintSha256 ?? null],
    ['/chain', chain.join('')],
    ['/signingRequest', signingRequest],
  ]);
}

/** What a certificate is wanted for. */
interface IntendedUse {
  readonly kind: CertificateKind;
  /** Undefined: to be trusted. */
  readonly uses: readonly CertificateUse[];
}

/** Everything that keeps the certificate with this id from being used as intended. */
export function certificateFindings(
  pointer: string,
  id: string,
  { kind, uses }: IntendedUse,
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
