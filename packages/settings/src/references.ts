/** What one resource has to know of the others: those it may name, and those that name it. */
import {
  type CertificateContent,
  type CertificateKind,
  type CertificateUse,
  type ExchangeConnectionContent,
  finding,
  type Finding,
  type SenderCheckView,
  type SenderFor,
} from '@postausgang/contracts';
import type { IdentityHosts } from './identity-grants.ts';
import type { SenderState } from './senders.ts';

export interface References {
  /** Undefined when there is none with this id. */
  exchangeConnection(id: string): ExchangeConnectionContent | undefined;
  /** Undefined when there is none with this id. */
  certificate(id: string): CertificateContent | undefined;
  /** The resources that name this one. */
  usersOf(resource: string): readonly string[];
  /** The active sender for somebody; not the one named `except`. */
  activeSender(use: SenderFor, except: string | null): SenderState | undefined;
  /** The active sender with an address; not the one named `except`. */
  senderWith(address: string, except: string | null): SenderState | undefined;
  /** What is known of a version of a sender. */
  senderCheck(senderId: string, version: number): SenderCheckView;
  /** The name of the resource that is judged; null where it has none yet. */
  readonly self: string | null;
  /** Where the operator lets the service sign in as itself, whoever asks. */
  readonly identityHosts: IdentityHosts;
  /** Whether the service has a test mailbox to send to. */
  readonly hasTestMailbox: boolean;
  /** The time to judge by what has a beginning or an end; null: neither counts. */
  readonly nowMs: number | null;
}

/** Of a sender that was never checked. */
export const neverChecked: SenderCheckView = {
  state: 'unverified',
  verdict: null,
  checkedAt: null,
  failure: null,
  reply: null,
  remedy: null,
  mailId: null,
};

/** Nothing else exists. */
export const noReferences: References = {
  exchangeConnection: () => undefined,
  certificate: () => undefined,
  usersOf: () => [],
  activeSender: () => undefined,
  senderWith: () => undefined,
  senderCheck: () => neverChecked,
  self: null,
  identityHosts: new Set(),
  hasTestMailbox: true,
  nowMs: null,
};

/** Everything that keeps the certificate with this id from being one of the kind for the uses. Trust needs no use. */
export function certificateFindings(
  pointer: string,
  id: string,
  { kind, uses }: { readonly kind: CertificateKind; readonly uses: readonly CertificateUse[] },
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
