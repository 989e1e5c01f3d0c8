import { X509Certificate } from 'node:crypto';
import { type Failure, failure } from '@postausgang/contracts';
import type { Opener } from '@postausgang/sealing';
import type { ExchangeKeys } from '../exchange/exchange-clients.ts';
import { type ConnectionSettings, openExchangeSecret } from '../exchange/exchange-secrets.ts';
import { openClientCertificate, trustedCertificate } from './open-certificate.ts';
import type { CertificatesById } from './server-certificates.ts';

export type OpenedKeys =
  { readonly ok: true; readonly keys: ExchangeKeys } | { readonly ok: false; readonly failure: Failure };

/** What opens the way of a connection: a client secret or certificate for OAuth, a password for everything else. */
export async function openExchangeKeys(
  opener: Opener,
  connection: ConnectionSettings,
  certificates: CertificatesById,
): Promise<OpenedKeys> {
  const { authentication, clientCertificateId, trustedCertificateId } = connection.content;
  const trusted = trustedCertificate(trustedCertificateId, certificates);
  if (!trusted.ok) return { ok: false, failure: failure(trusted.code, 'the trusted certificate') };
  const common = { credential: null, password: null, trusted: trusted.value };
  const isOAuth = authentication === 'oauth';
  if (isOAuth && clientCertificateId !== null) {
    const client = await openClientCertificate(opener, clientCertificateId, certificates);
    if (!client.ok || client.value === null) {
      const code = client.ok ? 'settings-invalid' : client.code;
      return { ok: false, failure: failure(code, 'the client certificate') };
    }
    const { pem, privateKey } = client.value;
    return { ok: true, keys: { ...common, credential: certificateCredential(pem, privateKey) } };
  }
  const opened = await openExchangeSecret(opener, connection);
  if (!opened.ok) return { ok: false, failure: failure(opened.code) };
  const { secret } = opened;
  if (!isOAuth || secret === null) return { ok: true, keys: { ...common, password: secret } };
  return { ok: true, keys: { ...common, credential: { kind: 'secret', secret } } };
}

function certificateCredential(
  chain: string,
  privateKey: Extract<NonNullable<ExchangeKeys['credential']>, { kind: 'certificate' }>['privateKey'],
): ExchangeKeys['credential'] {
  // The first of the chain is the certificate itself.
  const { fingerprint256 } = new X509Certificate(chain);
  return { kind: 'certificate', privateKey, chain, thumbprintSha256: fingerprint256.replaceAll(':', '') };
}
