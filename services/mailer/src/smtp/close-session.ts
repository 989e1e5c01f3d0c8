import { settled } from './settled.ts';
import type { SmtpSession } from './smtp-session.ts';

/** How long a server may take for a last word or a reset. */
const patienceMs = 2000;

/** Says goodbye and closes, whether the server answers or not. */
export async function quitSession(session: SmtpSession): Promise<void> {
  if (session.destroyed) return;
  session.waitFor(patienceMs);
  await settled(session, () => session.quit());
}

/** Makes the server forget an unfinished transaction; false when the session is of no more use. */
export async function resetSession(session: SmtpSession): Promise<boolean> {
  session.waitFor(patienceMs);
  const error = await settled(session, (done) => session.reset(done));
  session.stopWaiting();
  return error === null;
}
