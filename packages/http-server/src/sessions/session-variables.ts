import type { ServerVariables, SessionVariables } from '@postausgang/configuration';
import { openSessionKey } from './session-key-file.ts';
import { createSessions, type Sessions } from './sessions.ts';

/** Sessions as the variables want them, under the key in the file. Throws SessionKeyFileError. */
export async function openSessions(
  { BEHIND_PROXY: secure, SESSION_IDLE_MINUTES, SESSION_HOURS }: ServerVariables & SessionVariables,
  keyFile: string,
): Promise<Sessions> {
  return createSessions({
    key: await openSessionKey(keyFile),
    secure,
    idleMs: SESSION_IDLE_MINUTES * 60_000,
    longestMs: SESSION_HOURS * 3_600_000,
  });
}
