import type { Mail } from './mail-row.ts';
import { unknownPolicy } from './unknown-policy.ts';

/** A server may show a message only a moment after it has taken it. */
const firstLookUpMs = 60_000;

/** When the server is to be asked what became of an unknown outcome; null: it is not. */
export function lookUpAtMs(mail: Mail): number | null {
  return mail.state === 'unknown' && !mail.lookupEnded && unknownPolicy(mail, mail.decisions) === 'reconcile'
    ? mail.finishedAtMs + firstLookUpMs
    : null;
}
