import type { Scope } from '../../api/session.ts';
import { texts } from '../../i18n.ts';

/** What keys are created for. Each presets scopes. */
export type Purpose = 'sending' | 'monitoring' | 'settings' | 'everything';

export const purposes = [
  'sending',
  'monitoring',
  'settings',
  'everything',
] as const satisfies readonly Purpose[];

/** The scopes of each purpose. */
export const presets: Readonly<Record<Purpose, readonly Scope[]>> = {
  sending: ['mail:send', 'mail:read'],
  monitoring: ['mail:read:all', 'settings:read', 'audit:read'],
  settings: ['settings:read', 'settings:write', 'secrets:write', 'connection:test', 'audit:read'],
  everything: ['admin'],
};

/** The scopes that have a box. Whether two of them are about all mail is a choice of its own. */
export const boxes = [
  'mail:send',
  'mail:read',
  'mail:content',
  'mail:manage',
  'settings:read',
  'settings:write',
  'secrets:write',
  'connection:test',
  'audit:read',
  'admin',
] as const satisfies readonly Scope[];
export type Box = (typeof boxes)[number];

/** The members of `quotas`, in the order of their controls. */
export const quotaNames = [
  'mailsPerMinute',
  'mailsPerDay',
  'recipientsPerMinute',
  'recipientsPerDay',
  'bytesPerMinute',
  'bytesPerDay',
] as const;
type QuotaName = (typeof quotaNames)[number];

/** In the order of the choices. */
export const priorityNames = ['normal', 'urgent', 'bulk'] as const;
export type Priority = (typeof priorityNames)[number];

interface Explained {
  readonly label: string;
  readonly help: string;
}

type PurposeTexts = Readonly<Record<Purpose, Explained>>;
type ScopeTexts = Readonly<Record<Scope, Explained>>;
type PriorityTexts = Readonly<Record<Priority, string>>;
type QuotaTexts = Readonly<Record<QuotaName, string>>;

export const apiKeyTexts = texts({
  de: {
    intro: 'API-Schlüssel, mit denen sich Anwendungen und Personen anmelden, und was jeder davon darf.',
    create: 'Schlüssel anlegen',
    empty: 'Keine Schlüssel.',
    emptyHelp:
      'Mit einem API-Schlüssel meldet sich eine Anwendung beim Postausgang an, zum Beispiel um E-Mails zu senden. ' +
      'Geben Sie jeder Anwendung einen eigenen. So lässt sich jeder einzeln begrenzen und widerrufen.',
    newTitle: 'Neuer Schlüssel',
    newIntro:
      'Wählen Sie zuerst den Zweck. Die Berechtigungen dafür sind dann ausgewählt; Sie können sie anpassen.',
    revoked: 'Widerrufen',
    expired: 'Abgelaufen',
    bootstrap: 'Erster Start',
    bootstrapHelp:
      'Der Schlüssel des ersten Starts. 24 Stunden nach seiner Erstellung gilt er nur noch, solange es keinen anderen ' +
      'Schlüssel für die Verwaltung gibt.',
    ownKey: 'Sie sind mit diesem Schlüssel angemeldet.',
    createdAt: 'Erstellt',
    createdBy: (when: string, who: string) => `${when} von ${who}`,
    createdOn: (when: string) => `Erstellt am ${when}`,
    expiresAt: 'Läuft ab',
    expiresOn: (when: string) => `läuft ab am ${when}`,
    expiredOn: (when: string) => `abgelaufen am ${when}`,
    never: 'Unbefristet',
    revokedAt: 'Widerrufen',
    lastUsedAt: 'Zuletzt verwendet',
    lastUsedOn: (when: string) => `zuletzt verwendet am ${when}`,
    lastUsedHelp: 'Wird höchstens einmal in 24 Stunden vermerkt.',
    neverUsed: 'Noch nicht verwendet',
    revoke: 'Widerrufen',
    revokeTitle: (name: string) => `„${name}“ widerrufen?`,
    revokeText:
      'Wer diesen Schlüssel verwendet, wird ab sofort abgelehnt. Angenommene E-Mails werden weiterhin gesendet. ' +
      'Das kann nicht rückgängig gemacht werden.',
    revokeOwn: 'Sie sind mit diesem Schlüssel angemeldet. Mit dem Widerruf endet Ihre Sitzung.',
    revokeDone: 'Schlüssel widerrufen',
    facts: 'Angaben',
    purpose: 'Zweck',
    purposes: {
      sending: {
        label: 'Anwendung, die E-Mails sendet',
        help: 'Sendet E-Mails und sieht, was daraus wurde.',
      },
      monitoring: {
        label: 'Überwachung',
        help: 'Liest Einstellungen, Verlauf und E-Mails. Ändert und sendet nichts.',
      },
      settings: {
        label: 'Verwaltung der Einstellungen',
        help: 'Ändert und testet die Einstellungen, auch Passwörter. Sieht keine E-Mails.',
      },
      everything: { label: 'Alles', help: 'Darf alles, auch weitere Schlüssel anlegen und widerrufen.' },
    } as PurposeTexts,
    scopes: 'Berechtigungen',
    scopeTexts: {
      'mail:send': { label: 'E-Mails senden', help: 'Darf E-Mails zum Versand übergeben.' },
      'mail:read': { label: 'E-Mails lesen', help: 'Sieht Zustand und Verlauf von E-Mails.' },
      'mail:read:all': {
        label: 'Alle E-Mails lesen',
        help: 'Sieht Zustand und Verlauf der E-Mails von allen.',
      },
      'mail:content': {
        label: 'Inhalt der E-Mails lesen',
        help: 'Sieht Texte, Anhänge und Quelltext der E-Mails, deren Zustand der Schlüssel sieht.',
      },
      'mail:manage': {
        label: 'E-Mails verwalten',
        help: 'Darf E-Mails zurückhalten, freigeben, abbrechen und erneut senden.',
      },
      'mail:manage:all': {
        label: 'Alle E-Mails verwalten',
        help: 'Darf die E-Mails von allen zurückhalten, freigeben, abbrechen und erneut senden.',
      },
      'settings:read': {
        label: 'Einstellungen lesen',
        help: 'Sieht alle Einstellungen und Zertifikate, aber keine Passwörter.',
      },
      'settings:write': {
        label: 'Einstellungen ändern',
        help: 'Darf Einstellungen speichern und wiederherstellen.',
      },
      'secrets:write': {
        label: 'Passwörter ändern',
        help: 'Darf Passwörter und private Schlüssel festlegen. Lesen kann sie niemand.',
      },
      'connection:test': {
        label: 'Verbindungen testen',
        help: 'Darf Verbindungstests starten und ihr Ergebnis sehen.',
      },
      'audit:read': { label: 'Verlauf lesen', help: 'Sieht, wer was wann geändert hat.' },
      admin: { label: 'Alles', help: 'Enthält alle anderen Berechtigungen und die Verwaltung der Zugänge.' },
    } as ScopeTexts,
    mail: 'Welche E-Mails',
    mailChoices: {
      own: { label: 'Nur eigene', help: 'E-Mails, die mit diesem Schlüssel übergeben wurden.' },
      all: { label: 'Alle', help: 'Auch E-Mails anderer Anwendungen.' },
    },
    name: 'Name',
    nameHelp: 'Wer den Schlüssel verwendet, zum Beispiel „Rechnungsmodul“. Erscheint im Verlauf.',
    expires: 'Gültig bis',
    expiresHelp: 'Der letzte Tag, an dem der Schlüssel gilt (optional).',
    senders: 'Absender',
    sendersHelp: 'Ohne Auswahl und ohne Domains: jeder Absender, den der Postausgangsserver erlaubt.',
    findSenders: 'Absender suchen',
    moreSenders: 'Weitere Absender finden Sie über die Suche.',
    defaultSender: 'Standardabsender des Postausgangsservers',
    senderDomains: 'Domains der Absender',
    recipientDomains: 'Domains der Empfänger',
    domainsHelp: 'Mit Komma getrennt, zum Beispiel acme.example, *.acme.example (alle darunter).',
    recipientsHelp: 'Leer: an alle Empfänger. Mit Komma getrennt, *.acme.example für alle darunter.',
    priority: 'Priorität der E-Mails',
    priorityHelp: 'Gilt, wenn weder die E-Mail noch ihr Absender eine Priorität angibt.',
    priorities: { urgent: 'Dringend', normal: 'Normal', bulk: 'Massenversand' } as PriorityTexts,
    any: 'Ohne Einschränkung',
    quotas: 'Kontingente',
    quotasHelp: 'Leer: ohne Grenze.',
    quotaTexts: {
      mailsPerMinute: 'E-Mails pro Minute',
      mailsPerDay: 'E-Mails pro Tag',
      recipientsPerMinute: 'Empfänger pro Minute',
      recipientsPerDay: 'Empfänger pro Tag',
      bytesPerMinute: 'Bytes pro Minute',
      bytesPerDay: 'Bytes pro Tag',
    } as QuotaTexts,
    created: 'Der Schlüssel ist angelegt.',
    once: 'Der Schlüssel wird nur jetzt angezeigt. Kopieren Sie ihn an seinen Platz, bevor Sie diese Seite verlassen.',
    key: 'API-Schlüssel',
    done: 'Schlüssel ist gesichert',
    leaveTitle: 'Ohne den Schlüssel fortfahren?',
    leaveText:
      'Der Schlüssel wird danach nicht mehr angezeigt. Wenn Sie ihn nicht gesichert haben, müssen Sie einen neuen anlegen.',
    leave: 'Seite verlassen',
    stay: 'Zurück zum Schlüssel',
  },
  en: {
    intro: 'API keys that applications and people sign in with, and what each of them may do.',
    create: 'Create a key',
    empty: 'No keys.',
    emptyHelp:
      'An application signs in to Postausgang with an API key, for example to send mail. Give each application a key ' +
      'of its own. Then each key can be limited and revoked by itself.',
    newTitle: 'New key',
    newIntro: 'Choose the purpose first. It selects permissions, which you can adjust.',
    revoked: 'Revoked',
    expired: 'Expired',
    bootstrap: 'First start',
    bootstrapHelp:
      'The key of the first start. 24 hours after its creation, it is valid only as long as there is no other key for ' +
      'administration.',
    ownKey: 'You are signed in with this key.',
    createdAt: 'Created',
    createdBy: (when: string, who: string) => `${when} by ${who}`,
    createdOn: (when: string) => `Created on ${when}`,
    expiresAt: 'Expires',
    expiresOn: (when: string) => `expires on ${when}`,
    expiredOn: (when: string) => `expired on ${when}`,
    never: 'No expiry',
    revokedAt: 'Revoked',
    lastUsedAt: 'Last used',
    lastUsedOn: (when: string) => `last used on ${when}`,
    lastUsedHelp: 'Recorded at most once in 24 hours.',
    neverUsed: 'Not used yet',
    revoke: 'Revoke',
    revokeTitle: (name: string) => `Revoke “${name}”?`,
    revokeText:
      'Requests with this key are refused from now on. Mail that was accepted is still sent. This cannot be undone.',
    revokeOwn: 'You are signed in with this key. Revoking it ends your session.',
    revokeDone: 'Key revoked',
    facts: 'Details',
    purpose: 'Purpose',
    purposes: {
      sending: { label: 'Application that sends mail', help: 'Sends mail and sees what became of it.' },
      monitoring: {
        label: 'Monitoring',
        help: 'Reads settings, history and mail. Changes and sends nothing.',
      },
      settings: {
        label: 'Administration of settings',
        help: 'Changes and tests the settings, passwords included. Sees no mail.',
      },
      everything: { label: 'Everything', help: 'May do everything, including creating and revoking keys.' },
    } as PurposeTexts,
    scopes: 'Permissions',
    scopeTexts: {
      'mail:send': { label: 'Send mail', help: 'May hand over mail to be sent.' },
      'mail:read': { label: 'Read mail', help: 'Sees the state and the history of mail.' },
      'mail:read:all': {
        label: 'Read all mail',
        help: "Sees the state and the history of everybody's mail.",
      },
      'mail:content': {
        label: 'Read the content of mails',
        help: 'Sees texts, attachments and source of the mails whose state the key sees.',
      },
      'mail:manage': { label: 'Manage mail', help: 'May hold, release, cancel and resend mail.' },
      'mail:manage:all': {
        label: 'Manage all mail',
        help: "May hold, release, cancel and resend everybody's mail.",
      },
      'settings:read': {
        label: 'Read settings',
        help: 'Sees all settings and certificates, but no passwords.',
      },
      'settings:write': { label: 'Change settings', help: 'May save and restore settings.' },
      'secrets:write': {
        label: 'Change passwords',
        help: 'May set passwords and private keys. Nobody can read them.',
      },
      'connection:test': {
        label: 'Test connections',
        help: 'May start connection tests and see their results.',
      },
      'audit:read': { label: 'Read the history', help: 'Sees who changed what and when.' },
      admin: {
        label: 'Everything',
        help: 'Includes all other permissions and the administration of access.',
      },
    } as ScopeTexts,
    mail: 'Which mail',
    mailChoices: {
      own: { label: 'Its own only', help: 'Mail that was handed over with this key.' },
      all: { label: 'All', help: 'Also the mail of other applications.' },
    },
    name: 'Name',
    nameHelp: 'Who uses the key, such as “billing module”. Shown in the history.',
    expires: 'Valid until',
    expiresHelp: 'The last day on which the key is valid (optional).',
    senders: 'Senders',
    sendersHelp: 'Without a selection and without domains: any sender that the outgoing server allows.',
    findSenders: 'Find senders',
    moreSenders: 'Find more senders with the search.',
    defaultSender: 'Default sender of the outgoing server',
    senderDomains: 'Sender domains',
    recipientDomains: 'Recipient domains',
    domainsHelp: 'Separated by commas, such as acme.example, *.acme.example (all below it).',
    recipientsHelp: 'Empty: to any recipient. Separated by commas, *.acme.example for all below it.',
    priority: 'Priority of the mails',
    priorityHelp: 'Used if neither the mail nor its sender says a priority.',
    priorities: { urgent: 'Urgent', normal: 'Normal', bulk: 'Bulk' } as PriorityTexts,
    any: 'Unrestricted',
    quotas: 'Quotas',
    quotasHelp: 'Empty: without a limit.',
    quotaTexts: {
      mailsPerMinute: 'Mails per minute',
      mailsPerDay: 'Mails per day',
      recipientsPerMinute: 'Recipients per minute',
      recipientsPerDay: 'Recipients per day',
      bytesPerMinute: 'Bytes per minute',
      bytesPerDay: 'Bytes per day',
    } as QuotaTexts,
    created: 'The key has been created.',
    once: 'The key is shown only now. Copy it to where it is used before you leave this page.',
    key: 'API key',
    done: 'The key is stored',
    leaveTitle: 'Continue without the key?',
    leaveText: 'The key is not shown again. If you have not stored it, you have to create another one.',
    leave: 'Leave the page',
    stay: 'Back to the key',
  },
});
