import type { X509Certificate } from 'node:crypto';
import type { PeerCertificate } from '@postausgang/contracts';
import { untrustedText } from './reply-text.ts';

const dayMs = 86_400_000;
const maxNames = 50;

/** A server's certificate as a connection test shows it. */
export function peerCertificate(certificate: X509Certificate, now: Date): PeerCertificate {
  const { validFromDate, validToDate } = certificate;
  return {
    subject: distinguishedName(certificate.subject),
    issuer: distinguishedName(certificate.issuer),
    subjectAltNames: (certificate.subjectAltName ?? '')
      .split(', ')
      .filter((name) => name !== '')
      .slice(0, maxNames)
      .map(untrustedText),
    validFrom: instant(validFromDate),
    validTo: instant(validToDate),
    daysLeft: Math.floor((validToDate.getTime() - now.getTime()) / dayMs) || 0,
    fingerprintSha256: certificate.fingerprint256,
    pem: certificate.toString(),
  };
}

/** Node puts each part on a line of its own. */
const distinguishedName = (name: string | undefined): string =>
  untrustedText((name ?? '').trim().split('\n').join(', '));

/** Whoever makes a certificate can write any date into it. */
const instant = (date: Date): string => (Number.isNaN(date.getTime()) ? '' : date.toISOString());
