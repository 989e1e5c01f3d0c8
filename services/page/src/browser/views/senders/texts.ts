import { texts } from '../../i18n.ts';

export const senderTexts = texts({
  de: {
    intro:
      'Adressen, von denen gesendet wird, und für wen sie gelten. Anwendungen nennen beim Senden Mitarbeiter, Abteilung, Niederlassung oder Zweck.',
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
  },
  en: {
    intro:
      'Addresses that mail is sent from, and whom they are for. Applications name an employee, department, branch or purpose when they send.',
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
  },
});
