import { hint as text } from '../schemas.ts';
import type { TextsOf } from './form.ts';
import type { senderFields } from './sender.ts';

/** What people read about the fields of a sender. */
export const senderTexts: TextsOf<typeof senderFields> = {
  '/name': {
    label: text('Name', 'Name'),
    help: text('The name that recipients see.', 'Der Name, den Empfänger sehen.'),
  },
  '/address': {
    label: text('Sender address', 'Absenderadresse'),
    help: text('The address that mail is sent from.', 'Die Adresse, von der gesendet wird.'),
  },
  '/active': {
    label: text('Active', 'Aktiv'),
    statement: text('Mail may be sent as this sender', 'Mit diesem Absender darf gesendet werden'),
  },
  '/for/kind': {
    label: text('For', 'Gilt für'),
    help: text(
      'Your business software names senders by these keys.',
      'Ihre Anwendungen nennen Absender mit diesen Schlüsseln.',
    ),
    choices: {
      '': text('Nobody in particular', 'Niemand Bestimmtes'),
      employee: text('An employee', 'Mitarbeiter'),
      department: text('A department', 'Abteilung'),
      branch: text('A branch', 'Niederlassung'),
      purpose: text('A purpose', 'Zweck'),
    },
  },
  '/for/key': {
    label: text('Key', 'Schlüssel'),
    help: text(
      'The key of the employee, department, branch or purpose in your business software.',
      'Der Schlüssel von Mitarbeiter, Abteilung, Niederlassung oder Zweck in Ihrer Anwendung.',
    ),
  },
  '/for/branch': {
    label: text('Only at branch', 'Nur in der Niederlassung'),
    help: text('Leave empty for every branch.', 'Leer lassen für alle Niederlassungen.'),
  },
  '/replyTo': {
    label: text('Reply to', 'Antwort an'),
    help: text(
      'Leave empty for the sender address. Separate several addresses with commas.',
      'Leer lassen für die Absenderadresse. Mehrere Adressen mit Komma trennen.',
    ),
  },
  '/copyToSender': {
    label: text('Copy to the sender', 'Kopie an den Absender'),
    help: text(
      'Automatic: unless the server keeps a copy of sent mail itself.',
      'Automatisch: wenn der Server gesendete E-Mails nicht selbst ablegt.',
    ),
    choices: {
      inherit: text('As set in the outgoing server', 'Wie im Postausgangsserver'),
      off: text('No copy', 'Keine Kopie'),
      bcc: text('Always (Bcc)', 'Immer (Bcc)'),
      auto: text('Automatic', 'Automatisch'),
    },
  },
  '/alwaysCopyTo': {
    label: text('Always copy to', 'Immer eine Kopie an'),
    help: text(
      'Blind copies, for example to an archive. Separate several addresses with commas.',
      'Blindkopien, zum Beispiel an ein Archiv. Mehrere Adressen mit Komma trennen.',
    ),
  },
  '/priority': {
    label: text('Priority', 'Priorität'),
    help: text(
      'Which mail goes first where mail waits. A mail can say otherwise.',
      'Welche E-Mails zuerst gesendet werden, wenn welche warten. Eine E-Mail kann etwas anderes angeben.',
    ),
    choices: {
      '': text('As set for the API key', 'Wie beim API-Schlüssel'),
      urgent: text('Urgent', 'Dringend'),
      normal: text('Normal', 'Normal'),
      bulk: text('Bulk', 'Massenversand'),
    },
  },
  '/smimeCertificateId': {
    label: text('Certificate for signatures', 'Zertifikat für Signaturen'),
    help: text(
      'Used instead of the certificate of the outgoing server. It must contain the sender address.',
      'Wird statt des Zertifikats des Postausgangsservers verwendet. Es muss die Absenderadresse nennen.',
    ),
  },
  '/mailbox': {
    label: text('Mailbox', 'Postfach'),
    help: text(
      'Exchange only: the mailbox that mail is sent through. Leave empty for the sender address.',
      'Nur Exchange: das Postfach, über das gesendet wird. Leer lassen für die Absenderadresse.',
    ),
  },
  '/source': {
    label: text('Kept by the list', 'Gepflegt durch die Liste'),
    help: text(
      'The list of your business software that keeps this sender up to date: what the list names is overwritten when it is sent again. Leave empty if the sender is kept by hand.',
      'Die Liste Ihrer Anwendung, die diesen Absender aktuell hält: Was die Liste nennt, wird bei ihrer nächsten Übertragung überschrieben. Leer lassen, wenn der Absender von Hand gepflegt wird.',
    ),
  },
};
