import { smtpError, type SmtpError } from '@postausgang/net';
import { settled, type SmtpSession } from '../session.ts';

type Asked =
  { readonly ok: true; readonly reply: string } | { readonly ok: false; readonly error: SmtpError };

/** Sends a line and waits for the reply to it. Never rejects. */
export async function ask(session: SmtpSession, line: string): Promise<Asked> {
  if (session.destroyed) return { ok: false, error: smtpError('The connection ended', 'ECONNECTION') };
  let reply = '';
  const error = await settled(session, (done) => {
    session._responseActions.push((answer) => {
      reply = answer;
      done();
    });
    session._sendCommand(line);
  });
  return error === null ? { ok: true, reply } : { ok: false, error };
}
