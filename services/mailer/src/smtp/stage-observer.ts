import { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import type { ConnectionTestStepName } from '@postausgang/contracts';

/** What was found at a stage; `reply` is the server's, as it came. */
export interface StageFinding {
  readonly detail?: string;
  readonly reply?: string;
}

/** Looks over the shoulder of a session; the connection test is one. */
export interface StageObserver {
  passed(stage: ConnectionTestStepName, finding: StageFinding): void;
  /** The server's certificate, before it is verified. */
  certificate(certificate: X509Certificate): void;
}

/**
 * Hands the certificate over when the handshake is done and the verification is still to come: a socket whose
 * certificate was refused no longer has it. Not by `getPeerX509Certificate`: after it, Node finds no names in the
 * certificate and refuses it.
 */
export function observeCertificate(socket: TLSSocket, observer: StageObserver): void {
  socket.prependListener('secure', () => {
    const { raw } = socket.getPeerCertificate();
    if (raw !== undefined) observer.certificate(new X509Certificate(raw));
  });
}
