/** One row of the table of replies, and what its columns mean. The tables are data: `smtp-rules.ts`. */
import type { FailureCode } from '@postausgang/contracts';

/** What a reply answers. `content` is the message itself, at the latest its final dot. */
export const smtpStages = [
  'greeting',
  'ehlo',
  'tls',
  'authenticate',
  'mail',
  'rcpt',
  'data',
  'content',
] as const;
export type SmtpStage = (typeof smtpStages)[number];

/** Whom a refusal is about. All but `recipient`, `message` and `sender` concern every mail of this server. */
export type RefusalScope = 'recipient' | 'message' | 'sender' | 'connection' | 'account' | 'host' | 'server';

export interface SmtpRule {
  /** Whose replies gave rise to it; `any`: the standards. It matches whoever says it. */
  readonly provider: string;
  readonly stages: readonly SmtpStage[];
  /** `550`, `4yz`, `5yz`; several by spaces. Empty: any refusal. */
  readonly codes: string;
  /** RFC 3463: `5.7.1`, `x.7.25`, `5.7.606-649`, `x.1.*`; several by spaces. Empty: any, or none; `none`: none. */
  readonly enhanced: string;
  /** Looked for in the server's own words. They may turn a refusal into waiting, never waiting into a refusal. */
  readonly words: RegExp | null;
  /** Only where the transaction has recipients that were accepted. */
  readonly afterAccepted?: boolean;
  readonly code: FailureCode;
  readonly scope: RefusalScope;
  /** Whether a pause that the words ask for is believed. */
  readonly pause: boolean;
  /** It says too little to be sure that it is about this recipient, message or sender. */
  readonly unspecific?: boolean;
  readonly source: string;
}

type Reply = { readonly code: number; readonly enhanced: string | null };

/** Whether code and enhanced status are those of a rule. */
export function matchesCodes({ codes, enhanced }: SmtpRule, reply: Reply): boolean {
  return matchesCode(codes, reply.code) && matchesEnhanced(enhanced, reply.enhanced);
}

function matchesCode(codes: string, code: number): boolean {
  return codes === '' || codes.split(' ').some((one) => oneCode(one, String(code)));
}

const oneCode = (pattern: string, code: string): boolean =>
  pattern.split('').every((digit, index) => /[yz]/.test(digit) || digit === code[index]);

function matchesEnhanced(patterns: string, enhanced: string | null): boolean {
  if (patterns === '') return true;
  if (enhanced === null) return patterns === 'none';
  const parts = enhanced.split('.');
  return patterns.split(' ').some((pattern) => {
    const wanted = pattern.split('.');
    return wanted.length === 3 && wanted.every((part, index) => matchesPart(part, parts[index] ?? ''));
  });
}

function matchesPart(wanted: string, part: string): boolean {
  if (wanted === '*' || wanted === 'x') return true;
  const [least = '', most = least] = wanted.split('-');
  return Number(part) >= Number(least) && Number(part) <= Number(most);
}

/** The columns that many rows share. */
export const opening: readonly SmtpStage[] = ['greeting', 'ehlo'];
export const envelope: readonly SmtpStage[] = ['mail', 'rcpt', 'data', 'content'];
export const message: readonly SmtpStage[] = ['data', 'content'];
export const beforeAndAfter: readonly SmtpStage[] = [...opening, ...envelope];
export const everywhere: readonly SmtpStage[] = ['greeting', 'ehlo', 'tls', 'authenticate', ...envelope];

export const rfc5321 = 'RFC 5321';
export const rfc3463 = 'RFC 3463, RFC 7372';
export const rfc4954 = 'RFC 4954 §4, §6';
export const exchangeOnline = 'Microsoft: non-delivery reports in Exchange Online';
export const onPremises = 'Microsoft: receive connectors of Exchange Server';
export const google = 'Google: SMTP error messages and codes';
export const postfix = 'Postfix: smtpd, access(5)';
export const exim = 'Exim: access control lists';
export const hosters = 'replies of hosting providers';

type More = Pick<SmtpRule, 'afterAccepted' | 'unspecific'> & { readonly pause?: boolean };

/** A row; columns that are rare come last. */
export const row = (
  provider: string,
  stages: readonly SmtpStage[],
  [codes, enhanced, words]: readonly [string, string?, RegExp?],
  [code, scope]: readonly [FailureCode, RefusalScope],
  source: string,
  more: More = {},
): SmtpRule => ({
  provider,
  stages,
  codes,
  enhanced: enhanced ?? '',
  words: words ?? null,
  code,
  scope,
  source,
  pause: false,
  ...more,
});

export const asked: More = { pause: true };
export const vague: More = { unspecific: true };
