import type { Mail } from './mail-row.ts';

/** Whether a request lets its mail expire before it may be sent: over HTTP it is refused, from the log it may come. */
export function hasNoTime({ state, round, sendAtMs, notAfterMs }: Mail): boolean {
  return state === 'queued' && round === 1 && sendAtMs !== null && notAfterMs <= sendAtMs;
}

/** When the waiting of a mail ends: at once where it can never be sent. */
export function endsAtMs(mail: Mail): number {
  return hasNoTime(mail) ? mail.acceptedAtMs : mail.notAfterMs;
}
