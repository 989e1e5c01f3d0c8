import { X509Certificate } from 'node:crypto';
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls';
import type { ConnectionTestStepName } from '@postausgang/contracts';

/** What was found at a stage; `reply` is the server's, as it came. */
export interface StageFinding {
  readonly detail?: string;
  readonly reply?: string;
}

/** Looks over the shoulder of a session; the connection test is one. */
export interface StageObserver {
  passed(stage: ConnectionTestStepName, finding: StageFinding): void;
  /** The server's certificate, before it is verified, and what it sent with it. */
  certificate(certificate: X509Certificate, chain: readonly X509Certificate[]): void;
}

/**
 * Hands the certificate over when the handshake is done and the verification is still to come: a socket whose
 * certificate was refused no longer has it. Not by `getPeerX509Certificate`: after it, Node finds no names in the
 * certificate and refuses it.
 */
export function observeCertificate(socket: TLSSocket, observer: StageObserver): void {
  socket.prependListener('secure', () => {
    const [certificate, ...chain] = sentCertificates(socket);
    if (certificate !== undefined) observer.certificate(certificate, chain);
  });
}

/** More than this is of no use to anybody. */
const longestChain = 10;

function sentCertificates(socket: TLSSocket): readonly X509Certificate[] {
  const found: X509Certificate[] = [];
  let next: Partial<DetailedPeerCertificate> | undefined = socket.getPeerCertificate(true);
  while (next?.raw !== undefined && found.length < longestChain) {
    const certificate: X509Certificate = new X509Certificate(next.raw);
    if (found.some(({ raw }) => raw.equals(certificate.raw))) break;
    found.push(certificate);
    next = next.issuerCertificate;
  }
  return found;
}
