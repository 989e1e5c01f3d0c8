import { type Failure, failure, type FailureCode } from '@postausgang/contracts';
import { untrustedText } from '@postausgang/net';
import type { SmtpReply } from './smtp-reply.ts';

/** RFC 3463: policy. What large providers end a session with that they have had enough of. */
const policyStatus = /^4\.7\.\d+$/;
/** 4.7.500 to 4.7.699: Exchange Online, server busy. */
const busyExchange = /^4\.7\.[56]\d\d$/;
const tooManyRecipients = /^[45]\.5\.3$/;
/** 421 4.3.2 and 4.4.2 also end a session that was idle, or a server that goes down: there only words tell. */
const speaksOfLimit =
  /rate[ -]?limit|(?:sending|submission) (?:rate|quota|limit)|message (?:submission )?rate|too many recipients from|too (?:many|much) (?:concurrent |new )?(?:connections?|sessions|messages|mails?|e-?mails|requests|commands)|throttl|concurrent connections|daily (?:user )?(?:sending |message )?(?:quota|limit)|SubmissionQuota/i;
/** Exchange's and Google's words for a sender that has had enough for today; 5yz all the same. */
const quotaStatus = /^5\.(1\.90|4\.5)$/;

/** Whether a server says that it is sent too much, and not only to this recipient. Pure. */
export function isThrottled({ code, enhanced, text }: SmtpReply): boolean {
  if (code < 400) return false;
  if (speaksOfLimit.test(text)) return true;
  if (code >= 500) return quotaStatus.test(enhanced ?? '');
  if (code === 432) return true;
  if (busyExchange.test(enhanced ?? '')) return true;
  return code === 421 && policyStatus.test(enhanced ?? '');
}

/** Whether it is only the recipients of this transaction that are too many (RFC 5321 §4.5.3.1.10). Pure. */
export function isTooManyRecipients({ code, enhanced, text }: SmtpReply, acceptedBefore: number): boolean {
  if (code !== 452 && code !== 552 && code !== 451) return false;
  if (tooManyRecipients.test(enhanced ?? '') || /too many recipients/i.test(text)) return true;
  return code === 552 && enhanced === null && acceptedBefore > 0;
}

const pausePattern =
  /(?:retry|try|again|wait|after|back ?off|in)\D{0,24}?(\d{1,5})\s*(ms|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hours?)\b/i;
const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };
const longestPauseSeconds = 24 * 3600;

/** The pause a reply asks for, in seconds; undefined when it names none, or none one can believe. Pure. */
export function pauseOf(text: string): number | undefined {
  const [, amount = '', unit = ''] = pausePattern.exec(text) ?? [];
  if (amount === '') return undefined;
  const isMilliseconds = /^(ms|milli)/i.test(unit);
  const factor = isMilliseconds ? 0.001 : (unitSeconds[unit.charAt(0).toLowerCase()] ?? 1);
  const seconds = Math.ceil(Number(amount) * factor);
  return seconds > 0 && seconds <= longestPauseSeconds ? seconds : undefined;
}

/** The failure of a reply; one that throttles keeps the pause it asks for. */
export function failureOfReply(code: FailureCode, raw: string): Failure {
  const pause = code === 'server-throttled' ? pauseOf(raw) : undefined;
  const told = failure(code, untrustedText(raw));
  return pause === undefined ? told : { ...told, retryAfterSeconds: pause };
}
