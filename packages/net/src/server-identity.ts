/*
 * A server is known by a subject alternative name of its certificate, and by nothing else (RFC 9525 §6.3). Node falls back to
 * the common name, for every connection that brings no check of its own: those of `fetch`, which takes none, and of Kafka's
 * client. So the check that Node uses then is replaced when this module is loaded; whatever opens such connections
 * imports it.
 */
import tls, { checkServerIdentity, type PeerCertificate } from 'node:tls';
import { smtpError } from './failures.ts';

const checkOfNode = checkServerIdentity;

/** Why a certificate is not for that host (a name or an IP address); undefined when it is. */
export function checkAlternativeNames(host: string, certificate: PeerCertificate): Error | undefined {
  const wrong = checkOfNode(host, { ...certificate, subject: { ...certificate.subject, CN: '' } });
  const hasNames = /(^|, )(DNS|IP Address):/.test(certificate.subjectaltname ?? '');
  if (wrong === undefined || hasNames) return wrong;
  return smtpError('the certificate has no subject alternative name', 'CERTIFICATE_WITHOUT_NAME');
}

tls.checkServerIdentity = checkAlternativeNames;
