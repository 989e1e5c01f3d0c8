/**
 * What a server's reply says of its own accord. Replies repeat what they were given: addresses, names, subjects. Anybody may
 * call a mailbox `rate-limit-exceeded@…`, so all of that is cut out before words are looked at. Pure.
 */

/** What this side has said in the session, which the server may repeat. */
export interface Spoken {
  /** Addresses of the envelope. */
  readonly addresses: readonly string[];
  /** The name of EHLO, a user name, a subject. */
  readonly texts: readonly string[];
}

export const nothingSpoken: Spoken = { addresses: [], texts: [] };

const quoted: readonly RegExp[] = [
  /<[^<>\n]*>/g,
  /"[^"\n]*"/g,
  /“[^”\n]*”|„[^“”\n]*[“”]|«[^»\n]*»|`[^`'\n]*[`']/g,
  // An apostrophe within a word quotes nothing.
  /(?<![\p{L}\p{N}])'[^'\n]*'(?![\p{L}\p{N}])/gu,
  /\[[^\]\n]*\]/g,
];
const addressLike = /\S*[@＠]\S*/g;
const urlLike = /\b(?:https?|ftp|mailto):\S*|\bwww\.\S*/gi;
/** Also what looks like a host name or a path of names in a program. */
const hostLike = /(?<![\p{L}\p{N}_-])(?:[\p{L}\p{N}_-]+\.)+[\p{L}\p{N}_-]+/gu;

/** The words of a reply that are the server's, in lower case, one space between them. */
export function ownWords(text: string, { addresses, texts }: Spoken = nothingSpoken): string {
  const repeated = [...texts, ...addresses, ...addresses.flatMap(partsOf)]
    .filter((one) => /[\p{L}\p{N}]/u.test(one))
    .toSorted((a, b) => b.length - a.length);
  // Who quotes everything quotes nobody.
  const unquoted = /^\s*"([^"]*)"\s*$/.exec(text)?.[1] ?? text;
  const withoutOurs = repeated.reduce(cut, unquoted.replaceAll(urlLike, ' '));
  return [...quoted, addressLike, hostLike]
    .reduce((rest, pattern) => rest.replaceAll(pattern, ' '), withoutOurs)
    .replaceAll(/\s+/g, ' ')
    .trim()
    .toLowerCase();
}

function partsOf(address: string): readonly string[] {
  const at = address.lastIndexOf('@');
  const local = address.slice(0, Math.max(at, 0));
  // A server may leave the quotes of a local part away.
  return at === -1 ? [] : [local, local.replaceAll(/^"|"$/g, ''), address.slice(at + 1)];
}

/** Wherever it stands as a whole, however it is spelled. */
function cut(text: string, spoken: string): string {
  const literal = spoken.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
  return text.replaceAll(new RegExp(`(?<![\\p{L}\\p{N}])${literal}(?![\\p{L}\\p{N}])`, 'giu'), ' ');
}

/** What two replies have in common where only numbers, ids and what was repeated differ. */
export function gist(text: string, spoken: Spoken): string {
  return ownWords(text, spoken)
    .replaceAll(/[^\s]*\d[^\s]*/g, '#')
    .slice(0, 200);
}

const pausePattern =
  /\b(?:re-?try|try (?:it |your message |sending )?again|try later|wait|back ?off|come back|resumes?|resets?|available)\b(?:(?!\bper\b|\bwithin\b|\bevery\b)[^\d\n]){0,24}?(?:\b(?:in|after|for)|:)\s*~?\s*(\d{1,5}(?:\.\d{1,2})?)\s*(ms|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?)\b|\b(?:wait)\s+(\d{1,5})\s*(ms|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?)\b/i;
const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };
/** Words never stop all mail for longer. */
export const longestPauseSeconds = 3600;
const believedSeconds = 24 * 3600;

/** The pause that the words of a reply ask for, in seconds; undefined when they name none, or none one can believe. */
export function pauseIn(words: string): number | undefined {
  const [, amountAsked, unitAsked, amountToWait, unitToWait] = pausePattern.exec(words) ?? [];
  const amount = amountAsked ?? amountToWait;
  const unit = unitAsked ?? unitToWait ?? '';
  if (amount === undefined) return undefined;
  const factor = /^(ms|milli)/i.test(unit) ? 0.001 : (unitSeconds[unit.charAt(0).toLowerCase()] ?? 1);
  const seconds = Math.ceil(Number(amount) * factor);
  return seconds > 0 && seconds <= believedSeconds ? Math.min(seconds, longestPauseSeconds) : undefined;
}
