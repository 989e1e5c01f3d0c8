import { texts } from '../../i18n.ts';

export const senderTexts = texts({
  de: {
    intro:
      'Adressen, von denen gesendet wird, und für wen sie gelten. Anwendungen nennen beim Senden Mitarbeiter, ' +
      'Abteilung, Niederlassung oder Zweck.',
    create: 'Absender anlegen',
    empty: 'Keine Absender.',
    emptyHelp: 'Ohne Absender gilt der Standardabsender des Postausgangsservers.',
    search: 'Name, Adresse oder Schlüssel',
    newTitle: 'Neuer Absender',
    inactive: 'Nicht aktiv',
    listed: (source: string) => `Liste ${source}`,
    remove: 'Absender löschen',
    removeTitle: (name: string) => `„${name}“ löschen?`,
    removeText:
      'Der Verlauf bleibt erhalten. Wartende E-Mails, die diesen Absender nennen, werden mit dem nächsten passenden gesendet.',
    inUse: 'Dieser Absender ist in Gebrauch und kann deshalb nicht gelöscht werden.',
    saved: (version: number) => `Version ${version} gespeichert`,
    history: 'Verlauf dieses Absenders',
    who: 'Wer sendet hier?',
    whoHelp: 'Zeigt, welchen Absender eine E-Mail mit diesen Angaben bekommt, und warum.',
    keys: {
      employee: 'Mitarbeiter',
      department: 'Abteilung',
      branch: 'Niederlassung',
      purpose: 'Zweck',
    } as Readonly<Record<string, string>>,
    find: 'Absender ermitteln',
    by: (rule: string) => `Gefunden über: ${rule}`,
    noSender: 'Es gibt keinen passenden Absender und keine Absenderadresse in den Einstellungen.',
    results: {
      found: 'gefunden',
      inactive: 'nicht aktiv',
      unknown: 'nicht bekannt',
    } as Readonly<Record<string, string>>,
  },
  en: {
    intro:
      'Addresses that mail is sent from, and whom they are for. Applications name an employee, department, ' +
      'branch or purpose when they send.',
    create: 'Create a sender',
    empty: 'No senders.',
    emptyHelp: 'Without senders, the default sender of the outgoing server is used.',
    search: 'Name, address or key',
    newTitle: 'New sender',
    inactive: 'Inactive',
    listed: (source: string) => `List ${source}`,
    remove: 'Delete sender',
    removeTitle: (name: string) => `Delete “${name}”?`,
    removeText:
      'Its history is kept. Waiting mails that name this sender are sent with the next one that matches.',
    inUse: 'This sender is in use and cannot be deleted.',
    saved: (version: number) => `Version ${version} saved`,
    history: 'History of this sender',
    who: 'Who sends here?',
    whoHelp: 'Shows which sender a mail with these keys gets, and why.',
    keys: {
      employee: 'Employee',
      department: 'Department',
      branch: 'Branch',
      purpose: 'Purpose',
    } as Readonly<Record<string, string>>,
    find: 'Find the sender',
    by: (rule: string) => `Found by: ${rule}`,
    noSender: 'There is no matching sender, and no sender address in the settings.',
    results: {
      found: 'found',
      inactive: 'inactive',
      unknown: 'unknown',
    } as Readonly<Record<string, string>>,
  },
});
