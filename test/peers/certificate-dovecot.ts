import type { Certificate, Certificates } from './certificates.ts';
import { type Dovecot, startDovecot } from './dovecot.ts';

export type CertificateDovecotOptions = {
  /** Authority of the clients; that of the certificates unless given. */
  authority?: Certificate;
  relay: { host: string; port: number };
  /** More lines of its configuration; they win. */
  settings?: string;
};

/** A Dovecot at which clients sign in by EXTERNAL alone, as whoever stands in their certificate. */
export function startCertificateDovecot(
  { ca, server }: Certificates,
  { authority = ca, relay, settings = '' }: CertificateDovecotOptions,
): Promise<Dovecot> {
  return startDovecot({
    certificate: server,
    relay,
    mechanisms: ['external'],
    settings: `
ssl_ca = <${authority.certificateFile}
ssl_require_crl = no
ssl_verify_client_cert = yes
auth_ssl_username_from_cert = yes
ssl_cert_username_field = commonName
passdb {
  driver = static
  mechanisms = external
  args = nopassword=y
}
${settings}`,
  });
}
