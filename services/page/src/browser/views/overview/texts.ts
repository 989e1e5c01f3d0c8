import { formatCount, locale, texts } from '../../i18n.ts';
import type { RangeName } from './known.ts';

/** `0,11 %` */
export const formatShare = (share: number): string =>
  new Intl.NumberFormat(locale(), { style: 'percent', maximumSignificantDigits: 2 }).format(share);

const seconds = (count: number, digits: number): string =>
  `${new Intl.NumberFormat(locale(), { maximumFractionDigits: digits }).format(count)} s`;

/** `0,4 s`, `1 min 19 s`, `2 h 5 min` */
export function formatDuration(milliseconds: number): string {
  const all = milliseconds / 1000;
  if (all < 59.5) return seconds(all, all < 10 ? 1 : 0);
  const minutes = Math.floor(Math.round(all) / 60);
  if (minutes < 60) return `${minutes} min ${seconds(Math.round(all) % 60, 0)}`;
  return `${formatCount(Math.floor(minutes / 60))} h ${minutes % 60} min`;
}

const stepFormats: Readonly<Record<RangeName, Intl.DateTimeFormatOptions>> = {
  '1h': { timeStyle: 'short' },
  '24h': { timeStyle: 'short' },
  '7d': { weekday: 'short', day: 'numeric', month: 'numeric' },
  '30d': { day: 'numeric', month: 'numeric', timeZone: 'UTC' },
};

/** The month that begins after so many: `Dez.` */
export function formatMonth(after: number): string {
  const now = new Date();
  const month = new Date(now.getFullYear(), now.getMonth() + after, 1);
  return new Intl.DateTimeFormat(locale(), { month: 'short', year: '2-digit' }).format(month);
}

/** The beginning of a step: `14:00`, `Mo., 30.11.` */
export const formatStep = (start: string, range: RangeName): string =>
  new Intl.DateTimeFormat(locale(), stepFormats[range]).format(new Date(start));

const mailCount = (count: number, one: string, many: string): string =>
  count === 1 ? `1 ${one}` : `${formatCount(count)} ${many}`;

export const overviewTexts = texts({
  de: {
    asOf: (time: string) => `Stand ${time}, wird laufend aktualisiert`,
    range: 'Zeitraum',
    ranges: { '1h': '1 h', '24h': '24 h', '7d': '7 Tage', '30d': '30 Tage' },
    needs: 'Zu erledigen',
    nothing: 'Nichts zu erledigen.',
    unknown: (count: number) => `${mailCount(count, 'E-Mail', 'E-Mails')} mit unklarem Ausgang`,
    failed: (count: number) =>
      `${mailCount(count, 'E-Mail', 'E-Mails')} in den letzten 24 Stunden nicht oder nur teilweise zugestellt`,
    held: (count: number) => `${mailCount(count, 'E-Mail', 'E-Mails')} zurückgehalten`,
    standstill: 'Der Versand steht still.',
    disabled: 'Der Versand ist deaktiviert.',
    notApplied: (version: number) => `Version ${version} konnte nicht übernommen werden.`,
    noMailer: 'Es läuft kein Mailer.',
    expires: (name: string, when: string) => `${name}: ${when}`,
    disk: (days: number) =>
      days < 1
        ? 'Die Festplatte ist heute voll.'
        : `Die Festplatte ist in ${mailCount(days, 'Tag', 'Tagen')} voll.`,
    tiles: {
      sent: 'Gesendet',
      waiting: 'Wartend',
      failed: 'Fehlgeschlagen',
      duration: 'Dauer (Median)',
      limit: 'Tageslimit',
    },
    accepted: (count: string) => `${count} angenommen`,
    emptyNow: 'keine E-Mail fällig',
    emptyIn: (when: string) => `leer ${when.replace(/^in /, 'in etwa ')}`,
    ofAll: (share: string) => `${share} der E-Mails`,
    slowest: (duration: string) => `99 %: ${duration}`,
    noLimit: 'kein Limit',
    recipients: (used: string) => `${used} Empfänger in 24 Stunden`,
    recipientsOf: (used: string, limit: string) => `${used} von ${limit} Empfängern`,
    chart: {
      '1h': 'E-Mails je Minute',
      '24h': 'E-Mails je Stunde',
      '7d': 'E-Mails je Tag',
      '30d': 'E-Mails je Tag (UTC)',
    },
    series: {
      sent: 'gesendet',
      partlySent: 'teilweise gesendet',
      unknown: 'unklar',
      failed: 'fehlgeschlagen',
      waiting: 'wartend',
    },
    changed: 'Einstellungen geändert',
    changedBy: (version: number, when: string, who: string) => `Version ${version}, ${when}, ${who}`,
    moreChanges: (count: number) => `und ${formatCount(count)} weitere`,
    table: 'Als Tabelle',
    time: 'Zeit',
    quiet: 'Keine E-Mails in diesem Zeitraum.',
    failures: 'Warum Zustellungen scheitern',
    noFailures: 'Keine fehlgeschlagenen E-Mails in diesem Zeitraum.',
    failureOperator: 'fehler',
    expiry: 'Was bald abläuft',
    noExpiry: 'In den nächsten 12 Monaten läuft nichts ab.',
    expiryMore: (count: number) => `und ${mailCount(count, 'weiteres', 'weitere')}`,
    ewsEnds: (name: string) => `EWS endet bei Exchange Online (${name})`,
    server: 'Server',
    encryption: { none: 'unverschlüsselt', starttls: 'STARTTLS', implicit: 'TLS' } as Readonly<
      Record<string, string>
    >,
    testMailbox: 'Testpostfach',
    exchange: (name: string) => `Exchange: ${name}`,
    noServer: 'Noch nicht eingerichtet',
    reason: (reason: string) => `„${reason}“`,
    states: {
      applied: 'aktiv',
      pending: 'wird übernommen',
      failed: 'nicht übernommen',
      'no-mailer': 'kein Mailer',
    },
    lastTest: 'Letzter Test',
    noTest: 'Noch kein Test',
    tests: { ok: 'in Ordnung', failed: 'fehlgeschlagen', running: 'läuft' },
  },
  en: {
    asOf: (time: string) => `As of ${time}, updated continuously`,
    range: 'Range',
    ranges: { '1h': '1 h', '24h': '24 h', '7d': '7 days', '30d': '30 days' },
    needs: 'Needs attention',
    nothing: 'Nothing needs attention.',
    unknown: (count: number) => `${mailCount(count, 'mail', 'mails')} with an unclear outcome`,
    failed: (count: number) =>
      `${mailCount(count, 'mail', 'mails')} not or only partly delivered in the last 24 hours`,
    held: (count: number) => `${mailCount(count, 'mail', 'mails')} held`,
    standstill: 'Sending has stopped.',
    disabled: 'Sending is disabled.',
    notApplied: (version: number) => `Version ${version} could not be applied.`,
    noMailer: 'No mailer is running.',
    expires: (name: string, when: string) => `${name}: ${when}`,
    disk: (days: number) =>
      days < 1 ? 'The disk is full today.' : `The disk is full in ${mailCount(days, 'day', 'days')}.`,
    tiles: {
      sent: 'Sent',
      waiting: 'Waiting',
      failed: 'Failed',
      duration: 'Duration (median)',
      limit: 'Daily limit',
    },
    accepted: (count: string) => `${count} accepted`,
    emptyNow: 'no mail is due',
    emptyIn: (when: string) => `empty ${when.replace(/^in /, 'in about ')}`,
    ofAll: (share: string) => `${share} of the mails`,
    slowest: (duration: string) => `99%: ${duration}`,
    noLimit: 'no limit',
    recipients: (used: string) => `${used} recipients in 24 hours`,
    recipientsOf: (used: string, limit: string) => `${used} of ${limit} recipients`,
    chart: {
      '1h': 'Mails per minute',
      '24h': 'Mails per hour',
      '7d': 'Mails per day',
      '30d': 'Mails per day (UTC)',
    },
    series: {
      sent: 'sent',
      partlySent: 'partly sent',
      unknown: 'unclear',
      failed: 'failed',
      waiting: 'waiting',
    },
    changed: 'Settings changed',
    changedBy: (version: number, when: string, who: string) => `Version ${version}, ${when}, ${who}`,
    moreChanges: (count: number) => `and ${formatCount(count)} more`,
    table: 'As a table',
    time: 'Time',
    quiet: 'No mails in this range.',
    failures: 'Why deliveries fail',
    noFailures: 'No failed mails in this range.',
    failureOperator: 'failure',
    expiry: 'What expires soon',
    noExpiry: 'Nothing expires in the next 12 months.',
    expiryMore: (count: number) => `and ${formatCount(count)} more`,
    ewsEnds: (name: string) => `EWS ends at Exchange Online (${name})`,
    server: 'Server',
    encryption: { none: 'not encrypted', starttls: 'STARTTLS', implicit: 'TLS' } as Readonly<
      Record<string, string>
    >,
    testMailbox: 'Test mailbox',
    exchange: (name: string) => `Exchange: ${name}`,
    noServer: 'Not set up yet',
    reason: (reason: string) => `“${reason}”`,
    states: { applied: 'active', pending: 'being applied', failed: 'not applied', 'no-mailer': 'no mailer' },
    lastTest: 'Last test',
    noTest: 'No test yet',
    tests: { ok: 'ok', failed: 'failed', running: 'running' },
  },
});
