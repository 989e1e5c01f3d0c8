import { texts } from '../../i18n.ts';

type Words = Readonly<Record<string, string>>;

export const queueTexts = texts({
  de: {
    states: {
      idle: 'Keine E-Mails in der Warteschlange.',
      moving: 'Die Warteschlange läuft.',
      limited: 'Sendelimit erreicht.',
      standstill: 'Versand steht still.',
      disabled: 'Der Versand ist deaktiviert.',
    } as Words,
    due: (count: number) => `${count} zum Versand bereit`,
    urgent: (count: number) => `davon ${count} dringend`,
    bulk: (count: number) => `davon ${count} Massenversand`,
    later: (count: number) => `${count} geplant`,
    sending: (count: number) => (count === 1 ? '1 wird gesendet' : `${count} werden gesendet`),
    held: (count: number) => `${count} zurückgehalten`,
    unknown: (count: number) => `${count} mit unklarem Ausgang`,
    empty: (when: string) => `leer voraussichtlich am ${when}`,
    limit: (name: string, value: number | null) => `${name}: ${value ?? '–'}`,
    learned: 'Der Mailserver lässt erfahrungsgemäß zu:',
    connections: (count: number) => (count === 1 ? '1 Verbindung' : `${count} Verbindungen`),
    connectionsInUse: (used: number, allowed: number, most: number) =>
      `${used} von derzeit ${allowed} Verbindungen in Gebrauch (höchstens ${most})`,
    messagesPerSession: (count: number) => `${count} E-Mail${count === 1 ? '' : 's'} je Verbindung`,
    resumes: (when: string) => `weiter um ${when}`,
    since: (when: string) => `seit ${when}`,
    probe: (when: string) => `nächster Versuch ${when}`,
    sendNow: 'Jetzt senden',
  },
  en: {
    states: {
      idle: 'Queue is empty.',
      moving: 'The queue is moving.',
      limited: 'Sending limit reached.',
      standstill: 'Sending has stopped.',
      disabled: 'Sending is disabled.',
    } as Words,
    due: (count: number) => `${count} ready to send`,
    urgent: (count: number) => `${count} of them urgent`,
    bulk: (count: number) => `${count} of them bulk`,
    later: (count: number) => `${count} scheduled`,
    sending: (count: number) => `${count} being sent`,
    held: (count: number) => `${count} held`,
    unknown: (count: number) => `${count} with an unclear outcome`,
    empty: (when: string) => `empty by about ${when}`,
    limit: (name: string, value: number | null) => `${name}: ${value ?? '–'}`,
    learned: 'The mail server was seen to allow:',
    connections: (count: number) => (count === 1 ? '1 connection' : `${count} connections`),
    connectionsInUse: (used: number, allowed: number, most: number) =>
      `${used} of ${allowed} connections in use (at most ${most})`,
    messagesPerSession: (count: number) => `${count} mail${count === 1 ? '' : 's'} per connection`,
    resumes: (when: string) => `resumes at ${when}`,
    since: (when: string) => `since ${when}`,
    probe: (when: string) => `next attempt ${when}`,
    sendNow: 'Send now',
  },
});
