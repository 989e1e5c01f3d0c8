import { asSmtpError, smtpError, type SmtpError } from '@postausgang/net';
import type { SmtpSession } from './smtp-session.ts';

/**
 * Runs one of nodemailer's calls to its end, whichever way it ends: its callback, the error of the connection, or the
 * silent end of the connection. Resolves with null when it succeeded; never rejects.
 */
export function settled(
  session: SmtpSession,
  start: (done: (error?: unknown) => void) => void,
): Promise<SmtpError | null> {
  const { promise, resolve } = Promise.withResolvers<SmtpError | null>();
  const finish = (error?: unknown): void => {
    session.off('error', finish);
    session.off('end', onEnd);
    resolve(error === undefined || error === null ? null : asSmtpError(error));
  };
  // A callback that says more than the end of the connection may come right after it.
  const onEnd = (): void => {
    setImmediate(finish, smtpError('The connection ended', 'ECONNECTION'));
  };
  session.once('error', finish);
  session.once('end', onEnd);
  start(finish);
  return promise;
}
