import {
  type CertificateContent,
  certificateFields,
  type CertificatePatch,
  type CertificateVersion,
  type CertificateView,
  finding,
  type Finding,
} from '@postausgang/contracts';
import { createFieldKind } from './field-kind.ts';
import { addressMatchKey } from './formats.ts';
import { type References, validityFindings } from './references.ts';
import {
  type ContentPlan,
  type ResourceChange,
  type ResourceKind,
  type Resources,
  type ResourceState,
  type Saved,
  versionAt,
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

const certificate = createFieldKind({
  prefix: 'certificates/',
  table: certificateFields,
  judgesUnused: true,
  destinationOf: (_pointer, { publicKeySha256 }) => ({ kind: 'certificate', publicKeySha256 }),
  checks: {},
  grants: {},
});

/**
 * Certificates. A certificate never becomes another one under its id: what names it (and what a password is sealed for)
 * keeps its meaning. Only the certificate for a key that is here already may come later, or be renewed.
 */
export const certificateKind: ResourceKind<CertificateContent | null, CertificatePut, CertificatePatch> = {
  ...certificate,
  initialContent: null,
  isJudged: () => true,
  planPut,
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
  const at = versionAt(certificateKind, state, version);
  if (at === undefined) return undefined;
  const { content, change, shown } = at;
  const isThere = content !== null && change !== null;
  return {
    change: shown,
    certificate: isThere ? viewOf(state.resource, content, change, references, isIssuerKnown) : null,
  };
}

function viewOf(
  resource: string,
  content: CertificateContent,
  { version, changedAt, actor }: ResourceChange<CertificateContent | null>,
  references: References,
  isIssuerKnown: IsIssuerKnown,
): CertificateView {
  const { nowMs } = references;
  const { details } = content;
  return {
    id: resource.slice(certificateKind.prefix.length),
    version,
    ...certificate.viewOf(content),
    issuerKnown: isIssuerKnown(content),
    daysLeft: details === null || nowMs === null ? null : daysUntil(details.validTo, nowMs),
    warnings: validityFindings('/certificate', content, nowMs),
    usedBy: [...references.usersOf(resource)],
    updatedAt: changedAt,
    updatedBy: actor.name,
  };
}

/** The certificates of the settings. */
interface CertificateStore {
  readonly certificates: Resources<CertificateContent | null>;
}

/** A certificate that mail to an address can be encrypted with. */
interface RecipientCertificate {
  readonly resource: string;
  readonly content: CertificateContent;
}

/** The certificates for an address, the one to use first: valid ones before others, then the newest. */
export function recipientCertificates(
  { certificates }: CertificateStore,
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
  settings: CertificateStore,
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
