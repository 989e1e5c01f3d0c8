import type {
  CertificateContent,
  ExchangeConnectionContent,
  OutgoingServerContent,
} from '@postausgang/contracts';
import { certificateKind, type SettingsState } from '@postausgang/settings';

/** A certificate of the store as it is now. */
export interface CertificateVersion {
  readonly resource: string;
  readonly version: number;
  readonly content: CertificateContent;
}

/** Certificates by their ids. */
export type CertificatesById = ReadonlyMap<string, CertificateVersion>;

/** The certificates that a server and its Exchange connection name, as far as they exist. */
export function namedCertificates(
  state: Pick<SettingsState, 'certificates'>,
  { smtp, smime }: Pick<OutgoingServerContent, 'smtp' | 'smime'>,
  connection?: Pick<ExchangeConnectionContent, 'clientCertificateId' | 'trustedCertificateId'>,
): CertificatesById {
  const ids = [
    smtp.clientCertificateId,
    smtp.trustedCertificateId,
    smime.certificateId,
    smime.gatewayCertificateId,
    connection?.clientCertificateId ?? null,
    connection?.trustedCertificateId ?? null,
  ];
  return new Map(
    ids.flatMap((id) => {
      const certificate = id === null ? undefined : certificateById(state, id);
      return id === null || certificate === undefined ? [] : [[id, certificate] as const];
    }),
  );
}

/** Undefined when there is none, or no longer. */
export function certificateById(
  { certificates }: Pick<SettingsState, 'certificates'>,
  id: string,
): CertificateVersion | undefined {
  const state = certificates.get(`${certificateKind.prefix}${id}`);
  if (state === undefined || state.content === null) return undefined;
  const { resource, version, content } = state;
  return { resource, version, content };
}

/** What identifies chosen certificates: with other ones a connection has to be built anew. */
export function certificatePrint(
  certificates: CertificatesById | undefined,
  ...ids: readonly (string | null)[]
): readonly (string | null)[] {
  return ids.map((id) => {
    const details = id === null ? undefined : certificates?.get(id)?.content.details;
    return id === null ? null : `${id} ${details?.fingerprintSha256 ?? ''}`;
  });
}
