import type { Decisions } from '@postausgang/contracts';
import type { Mail } from '../queue/mail-row.ts';
import { addressKey, openRecipients, withCopies } from '../queue/recipients.ts';

/** RFC 5321 §4.5.3.1.8: every server takes at least 100. */
const maxRecipientsPerTransaction = 100;

/**
 * Who the next transaction is for: those that wait, at most 100, the ones not tried yet before the ones that were put
 * off. Whoever has an outcome is never sent to again. Corrected recipients have a message of their own, whose header
 * names them; everybody else gets the bytes they have got before. So has, under S/MIME, every hidden recipient: the
 * certificates of all recipients stand in an encrypted message.
 *
 * @param most where a limit allows fewer
 */
export function planEnvelope(
  mail: Mail,
  decisions: Decisions,
  most = maxRecipientsPerTransaction,
): readonly string[] {
  const open = openRecipients(withCopies(mail.recipients, decisions));
  const untried = open.filter(({ outcome }) => outcome === 'pending');
  const next = untried.length > 0 ? untried : open;
  const isCorrected = next[0]?.correctedFrom !== undefined;
  const group = groupOf(decisions, next[0]?.address);
  return next
    .filter(({ correctedFrom }) => (correctedFrom !== undefined) === isCorrected)
    .filter(({ address }) => groupOf(decisions, address) === group)
    .slice(0, Math.min(most, maxRecipientsPerTransaction))
    .map(({ address }) => address);
}

/** The hidden recipient that has a message alone; null: the message of all the others. */
function groupOf({ smime }: Decisions, address: string | undefined): string | null {
  if (smime === undefined || address === undefined) return null;
  const key = addressKey(address);
  const own = smime.messages.find((message) => message.for !== null && addressKey(message.for) === key);
  return own?.for ?? null;
}
