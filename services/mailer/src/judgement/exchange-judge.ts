/** What an answer of Exchange, of its authority or of something in between means. Pure; the tables are `exchange-rules.ts`. */
import { classOf, type FailureCode } from '@postausgang/contracts';
import {
  authorityRules,
  exchangeCodeRules,
  type ExchangeRule,
  exchangeStatusRules,
  oauthRules,
} from './exchange-rules.ts';

const indexOf = (rules: readonly ExchangeRule[]): ReadonlyMap<string, FailureCode> =>
  new Map(rules.flatMap(({ answers, code }) => answers.split(' ').map((answer) => [answer, code] as const)));

const byName = indexOf(exchangeCodeRules);
const byStatus = indexOf(exchangeStatusRules);
const byAadsts = indexOf(authorityRules);
const byOAuthError = indexOf(oauthRules);

/** An answer over https. */
export interface TextAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** A page for people. Exchange and its authority never answer a program with one, but for IIS and its errors. */
export function isPage({ headers, body }: Pick<TextAnswer, 'headers' | 'body'>): boolean {
  const start = Buffer.from(body.subarray(0, 512)).toString('latin1');
  return (
    /text\/html/i.test(headers['content-type'] ?? '') ||
    /^\s*(?:<!--[^]*?-->\s*)*<(?:!doctype\s+html|html)/i.test(start)
  );
}

const ofExchange = [
  'request-id',
  'x-feserver',
  'x-beserver',
  'x-diaginfo',
  'x-ms-diagnostics',
  'x-ms-ags-diagnostic',
];

/** A page of somebody in between: a captive portal, a web filter, a proxy. */
export function isOfProxy(answer: TextAnswer): boolean {
  const { status, headers } = answer;
  const isStrange = status < 400 || status === 403 || status === 407 || status === 451 || status === 511;
  return isStrange && isPage(answer) && !ofExchange.some((name) => headers[name] !== undefined);
}

/** Whether a failure of Exchange ends the mail: only what speaks of the message, its sender or its recipients. */
export const isFinal = (code: FailureCode): boolean => classOf(code) === 'permanent';

/** What an error that Exchange names means; what is not known waits. */
export function namedFailure(name: string): FailureCode | undefined {
  return byName.get(name);
}

interface StatusMeaning {
  /** 401 */
  readonly signIn: FailureCode;
  /** 403 */
  readonly forbidden: FailureCode;
  /** 404 */
  readonly missing: FailureCode;
  /** Anything else that names an error of Exchange. */
  readonly other: FailureCode;
}

/** What a status means where no name says more. */
export function statusFailure(answer: TextAnswer, meaning: StatusMeaning): FailureCode {
  const { status } = answer;
  if (isOfProxy(answer)) return 'proxy-answered';
  if (status === 401) return meaning.signIn;
  if (status === 403) return meaning.forbidden;
  if (status === 404) return meaning.missing;
  return byStatus.get(String(status)) ?? (status >= 500 ? 'server-busy' : meaning.other);
}

/** Why the authority gave no token. An answer that is none of OAuth's is not the authority's. */
export function tokenRefusal(status: number, aadsts: string | undefined, error: string): FailureCode {
  const known = byAadsts.get(aadsts ?? '');
  if (known !== undefined) return known;
  if (status === 429) return 'server-throttled';
  if (status >= 500 || (aadsts === undefined && error === '')) return 'authority-unavailable';
  return byOAuthError.get(error) ?? 'token-refused';
}
