import type { Socket } from 'node:net';
import { connect as connectSecurely, type TLSSocket } from 'node:tls';
import { asSmtpError, smtpError, type SmtpError } from './smtp-error.ts';
import { observeCertificate, type StageObserver } from './stage-observer.ts';
import type { TlsSettings } from './tls-settings.ts';

export type TlsConnection =
  { readonly ok: true; readonly socket: TLSSocket } | { readonly ok: false; readonly error: SmtpError };

/** Implicit TLS: the handshake comes before the greeting. */
export function connectTls(
  plain: Socket,
  settings: TlsSettings,
  timeoutMs: number,
  observer?: StageObserver,
): Promise<TlsConnection> {
  const { promise, resolve } = Promise.withResolvers<TlsConnection>();
  const socket = connectSecurely({ ...settings, socket: plain });
  if (observer !== undefined) observeCertificate(socket, observer);
  const give = (error: unknown): void => {
    socket.destroy();
    plain.destroy();
    resolve({ ok: false, error: asSmtpError(error) });
  };
  const onClose = (): void => give(new Error('the server closed the connection during the handshake'));
  const timer = setTimeout(() => give(smtpError('no answer', 'ETIMEDOUT')), timeoutMs);
  // Stays: an error of a socket that was given up has nobody else to go to.
  socket.on('error', give);
  socket.once('close', onClose);
  socket.once('secureConnect', () => {
    socket.off('error', give);
    socket.off('close', onClose);
    resolve({ ok: true, socket });
  });
  return promise.finally(() => clearTimeout(timer));
}
