import {
  type CertificateContent,
  type CertificatePatch,
  type Difference,
  finding,
  type Finding,
  type StoredSecret,
} from '@postausgang/contracts';
import {
  type ContentPlan,
  plainDifferences,
  type PlainValues,
  type ResourceKind,
  type ResourceState,
  type Saved,
  secretDifference,
} from '../resource.ts';
import { privateKeyBinding, privateKeyPointer } from './private-key-binding.ts';

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
