import { texts } from '../../i18n.ts';

export const exchangeTexts = texts({
  de: {
    intro: 'Verbindungen zu Exchange. Der Postausgangsserver verwendet eine davon.',
    create: 'Verbindung anlegen',
    empty: 'Noch keine Exchange-Verbindung.',
    emptyHelp:
      'Sie brauchen eine, wenn über Exchange Online oder einen eigenen Exchange-Server gesendet wird.',
    newTitle: 'Neue Exchange-Verbindung',
    usedBy: 'In Gebrauch',
    unused: 'Nicht in Gebrauch',
    inUse: 'Diese Verbindung ist in Gebrauch und kann deshalb nicht gelöscht werden.',
    remove: 'Verbindung löschen',
    removeTitle: (name: string) => `„${name}“ löschen?`,
    removeText: 'Ihr Verlauf bleibt erhalten.',
    expires: (when: string) => `Clientschlüssel läuft ab: ${when}`,
    ewsEnds:
      'Für Exchange Online wurde das Ende von EWS zum 1. April 2027 angekündigt. Wählen Sie Microsoft Graph, wo es möglich ist.',
    saved: (version: number) => `Version ${version} gespeichert`,
    history: 'Verlauf dieser Verbindung',
  },
  en: {
    intro: 'Connections to Exchange. The outgoing mail server uses one of them.',
    create: 'Create a connection',
    empty: 'No Exchange connections yet.',
    emptyHelp: 'You need one to send through Exchange Online or on-premises Exchange.',
    newTitle: 'New Exchange connection',
    usedBy: 'In use',
    unused: 'Not in use',
    inUse: 'This connection is in use and cannot be deleted.',
    remove: 'Delete connection',
    removeTitle: (name: string) => `Delete “${name}”?`,
    removeText: 'Its history is kept.',
    expires: (when: string) => `Client secret expires: ${when}`,
    ewsEnds:
      'Microsoft has announced the end of EWS for Exchange Online on 1 April 2027. Choose Microsoft Graph where possible.',
    saved: (version: number) => `Version ${version} saved`,
    history: 'History of this connection',
  },
});
