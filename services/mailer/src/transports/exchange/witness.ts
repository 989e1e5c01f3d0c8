/**
 * The second witness for a message whose reply was lost: what the server has sent around that time, by subject and
 * recipients. Servers may rewrite a Message-ID ([MS-OXCMAIL] 2.1.3.2.11), so one that is missing proves nothing.
 *
 * Two mails with the same subject to the same people look alike. Taking one for the other would lose a mail, so `found` is
 * said only where there is exactly one, and no other mail of ours that it could be.
 */
import type { Lookup, LookupResult } from '@postausgang/mail';
import { addressMatchKey } from '@postausgang/settings';

/** A message among the sent ones. */
export interface SentItem {
  readonly messageId: string;
  readonly subject: string;
  /** Plain addresses; null: the server names them in a way that cannot be compared. */
  readonly recipients: readonly string[] | null;
}

/** The clocks of two servers differ, and a message may lie in a queue for a while. */
const skewMs = 15 * 60_000;

/** When the message can have been sent, by the clock of the server. */
export function sentWindow({ since, until }: Pick<Lookup, 'since' | 'until'>): {
  readonly from: Date;
  readonly to: Date;
} {
  return {
    from: new Date(since.getTime() - skewMs),
    to: new Date(Math.max(since.getTime(), until.getTime()) + skewMs),
  };
}

/** Exchange keeps 255 characters, and unfolds white space. */
const plainSubject = (subject: string): string =>
  subject.normalize('NFC').replaceAll(/\s+/gu, ' ').trim().slice(0, 255).trim();

/** Whether the subject of a message can be the one that is looked for. One that is not known can be any. */
export function hasSubject({ subject }: Pick<Lookup, 'subject'>, item: Pick<SentItem, 'subject'>): boolean {
  return subject === null || plainSubject(subject) === plainSubject(item.subject);
}

type Likeness = 'same' | 'part' | 'possible' | 'other';

/** How the recipients of a message compare with those of the attempt. Of blind copies a server may say nothing. */
function likenessOf({ recipients }: Pick<Lookup, 'recipients'>, item: SentItem): Likeness {
  if (item.recipients === null || item.recipients.length === 0) return 'possible';
  const wanted = new Set(recipients.map(addressMatchKey));
  const found = new Set(item.recipients.map(addressMatchKey));
  const common = [...found].filter((key) => wanted.has(key)).length;
  if (common === 0) return 'other';
  if (common < found.size) return 'possible';
  return common === wanted.size ? 'same' : 'part';
}

/**
 * What the messages of the window say. Pure.
 *
 * @param items all of them; what has another subject is passed over
 */
export function judgeSent(lookup: Lookup, items: readonly SentItem[]): LookupResult {
  const { alike, subject } = lookup;
  // A message with the Message-ID of another mail is that mail.
  const unclaimed = items.filter((item) => hasSubject(lookup, item) && !alike.includes(item.messageId));
  const seen = new Set(items.map(({ messageId }) => messageId));
  const unseenAlike = alike.filter((messageId) => messageId === null || !seen.has(messageId));
  const likenesses = unclaimed.map((item) => likenessOf(lookup, item));
  const count = (wanted: Likeness): number => likenesses.filter((likeness) => likeness === wanted).length;
  const [same, part, possible] = [count('same'), count('part'), count('possible')];
  if (same + part + possible === 0) return { kind: 'not-found' };
  const isOne = same === 1 || (same === 0 && part === 1 && possible === 0);
  return isOne && unseenAlike.length === 0 && subject !== null
    ? { kind: 'found', witness: 'date-subject-recipients' }
    : { kind: 'ambiguous' };
}
