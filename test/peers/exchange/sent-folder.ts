import type { ParsedMail } from 'mailparser';

/** How a server files what it sends; a test may change it at any time. */
export interface Filing {
  /** Gives each message a Message-ID of its own ([MS-OXCMAIL] 2.1.3.2.11). */
  rewritesIds: boolean;
  /** How far its clock is ahead. */
  skewMs: number;
  /** The most items of a page. */
  pageSize: number;
  /** Names a recipient by its X.500 address. */
  hidesAddresses: boolean;
  /** Puts this address in the place of every sender, without a word; null: it replaces none. */
  replacesFrom: string | null;
}

export const usualFiling = (): Filing => ({
  rewritesIds: false,
  skewMs: 0,
  pageSize: 100,
  hidesAddresses: false,
  replacesFrom: null,
});

/** A message as it lies among the sent ones. */
export interface SentMessage {
  readonly messageId: string;
  readonly from: string;
  readonly subject: string;
  readonly sentAt: Date;
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly bcc: readonly string[];
}

let filed = 0;

/** Files a message; its Date tells when, so that a test may have a clock of its own. */
export function fileSent(mail: ParsedMail, filing: Filing, bcc: readonly string[] = []): SentMessage {
  filed += 1;
  const of = (field: ParsedMail['to']): string[] =>
    [field].flat().flatMap((one) => one?.value.map(({ address = '' }) => address) ?? []);
  return {
    messageId: filing.rewritesIds ? `<rewritten-${filed}@prod.outlook.test>` : (mail.messageId ?? ''),
    from: filing.replacesFrom ?? mail.from?.value[0]?.address ?? '',
    subject: mail.subject ?? '',
    sentAt: new Date((mail.date ?? new Date()).getTime() + filing.skewMs),
    to: of(mail.to),
    cc: of(mail.cc),
    bcc: [...of(mail.bcc), ...bcc],
  };
}

/** Those that were sent within a time. */
export const sentWithin = (all: readonly SentMessage[], from: Date, to: Date): readonly SentMessage[] =>
  all.filter(({ sentAt }) => sentAt >= from && sentAt <= to);
