import { X509Certificate } from 'node:crypto';
import type { FailureCode } from '@postausgang/contracts';
import type { ClientCertificate } from '@postausgang/net';
import { type Opener, revealSecret, SealingError, type Secret } from '@postausgang/sealing';
import { privateKeyBinding } from '@postausgang/settings';
import type { CertificatesById, CertificateVersion } from './server-certificates.ts';

export type Opened<Value> =
  { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly code: FailureCode };

/** An own certificate, its private key opened for this very certificate. */
export interface OwnCertificate {
  readonly certificate: X509Certificate;
  readonly chain: readonly X509Certificate[];
  /** PKCS#8 as PEM. */
  readonly privateKey: Secret;
}

/** Opens the private key of an own certificate; it opens for its own public key and nothing else. */
export async function openOwnCertificate(
  opener: Opener,
  { resource, content }: CertificateVersion,
): Promise<Opened<OwnCertificate>> {
  const { certificate, chain, privateKey, publicKeySha256 } = content;
  if (certificate === null || privateKey === null || publicKeySha256 === null) {
    return { ok: false, code: 'settings-invalid' };
  }
  try {
    const secret = await opener.open(privateKey.sealed, privateKeyBinding(resource, publicKeySha256));
    // Loaded only where a certificate is used.
    const { isKeyOf, privateKeyOfPem } = await import('@postausgang/certificates');
    const own = new X509Certificate(certificate);
    if (!isKeyOf(own, privateKeyOfPem(revealSecret(secret)))) return { ok: false, code: 'secret-unreadable' };
    return {
      ok: true,
      value: { certificate: own, chain: chain.map((pem) => new X509Certificate(pem)), privateKey: secret },
    };
  } catch (error) {
    if (error instanceof SealingError) return { ok: false, code: 'secret-unreadable' };
    return { ok: false, code: 'settings-invalid' };
  }
}

/** The certificate we prove our identity with at a server; null where none is chosen. */
export async function openClientCertificate(
  opener: Opener,
  id: string | null,
  certificates: CertificatesById,
): Promise<Opened<ClientCertificate | null>> {
  if (id === null) return { ok: true, value: null };
  const chosen = certificates.get(id);
  if (chosen === undefined) return { ok: false, code: 'settings-invalid' };
  const opened = await openOwnCertificate(opener, chosen);
  if (!opened.ok) return opened;
  const { certificate, chain, privateKey } = opened.value;
  return { ok: true, value: { pem: [certificate, ...chain].map(String).join(''), privateKey } };
}

/**
 * The certificate that a server is trusted by, as PEM; null where it is the known authorities. Its id is its own SHA-256,
 * so whoever writes to the log cannot put another one in its place: a password is sealed for the id.
 */
export function trustedCertificate(id: string | null, certificates: CertificatesById): Opened<string | null> {
  if (id === null) return { ok: true, value: null };
  const pem = certificates.get(id)?.content.certificate ?? null;
  return pem !== null && id === `trusted-${fingerprintOf(pem)}`
    ? { ok: true, value: pem }
    : { ok: false, code: 'settings-invalid' };
}

function fingerprintOf(pem: string): string {
  try {
    return new X509Certificate(pem).fingerprint256.replaceAll(':', '').toLowerCase();
  } catch {
    return '';
  }
}
