import type { SenderCheck } from '../../api/operations.ts';
import { texts } from '../../i18n.ts';

type CheckCounts = Pick<SenderCheck, 'state' | 'total' | 'checked' | 'verified' | 'refused' | 'unverified'>;

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
    checks: 'Nimmt der Mailserver die Absender an?',
    checksHelp: 'Prüft mit den gespeicherten Einstellungen, ob der Mailserver den Absender annimmt.',
    checksMail: 'Wo das nur eine E-Mail zeigt, geht eine an den Absender selbst.',
    checksNoMail: 'Wo das nur eine E-Mail zeigt, bleibt es offen: Ihnen fehlt das Recht zu senden.',
    checkAll: 'Alle aktiven Absender prüfen',
    checkOne: 'Diesen Absender prüfen',
    checking: 'Wird geprüft …',
    checkedOf: (checked: number, total: number) => `${checked} von ${total} geprüft`,
    checkEnd: ({ state, total, checked, verified, refused, unverified }: CheckCounts) =>
      `${state === 'abandoned' ? `Nach ${checked} von ${total} abgebrochen` : `${total} geprüft`}: ` +
      `${verified} angenommen, ${refused} abgelehnt, ${unverified} offen`,
    startedBy: (at: string, name: string) => `Gestartet am ${at} von ${name}`,
    checkStates: {
      verified: 'geprüft',
      refused: 'abgelehnt',
      unverified: 'nicht geprüft',
      outdated: 'veraltet',
    } as Readonly<Record<string, string>>,
    notChecked: 'Noch nicht geprüft.',
    checkAgain:
      'Seit der Prüfung hat sich etwas geändert, oder sie ist älter als 30 Tage. Prüfen Sie noch einmal.',
    acceptedOnly:
      'Angenommen, aber nicht nachgewiesen: Was der Server aus dem Absender gemacht hat, ist nicht zu sehen.',
    remedy: 'Fehlendes Recht erteilen (Exchange-PowerShell)',
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
    checks: 'Does the mail server accept the senders?',
    checksHelp: 'Checks with the saved settings whether the mail server accepts the sender.',
    checksMail: 'Where only a mail shows that, one goes to the sender itself.',
    checksNoMail: 'Where only a mail shows that, it stays open: you may not send mail.',
    checkAll: 'Check all active senders',
    checkOne: 'Check this sender',
    checking: 'Checking …',
    checkedOf: (checked: number, total: number) => `${checked} of ${total} checked`,
    checkEnd: ({ state, total, checked, verified, refused, unverified }: CheckCounts) =>
      `${state === 'abandoned' ? `Stopped after ${checked} of ${total}` : `${total} checked`}: ` +
      `${verified} accepted, ${refused} refused, ${unverified} open`,
    startedBy: (at: string, name: string) => `Started ${at} by ${name}`,
    checkStates: {
      verified: 'verified',
      refused: 'refused',
      unverified: 'unverified',
      outdated: 'outdated',
    } as Readonly<Record<string, string>>,
    notChecked: 'Not checked yet.',
    checkAgain: 'Something has changed since the check, or it is older than 30 days. Check again.',
    acceptedOnly: 'Accepted, but not verified: nobody can see what the server made of the sender.',
    remedy: 'Grant the missing right (Exchange PowerShell)',
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
