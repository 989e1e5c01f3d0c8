import type { SmtpContent } from '@postausgang/contracts';
import type { TlsRules } from '@postausgang/net';
import type { Opener } from '@postausgang/sealing';
import { openClientCertificate, type Opened, trustedCertificate } from './open-certificate.ts';
import type { CertificatesById } from './server-certificates.ts';

/** Whom a connection trusts and what it proves itself with, of an outgoing server or an Exchange connection. */
export async function openTlsRules(
  opener: Opener,
  {
    clientCertificateId,
    trustedCertificateId,
  }: Pick<SmtpContent, 'clientCertificateId' | 'trustedCertificateId'>,
  certificates: CertificatesById,
): Promise<Opened<TlsRules>> {
  const client = await openClientCertificate(opener, clientCertificateId, certificates);
  if (!client.ok) return client;
  const trusted = trustedCertificate(trustedCertificateId, certificates);
  if (!trusted.ok) return trusted;
  return { ok: true, value: { client: client.value, trusted: trusted.value } };
}
