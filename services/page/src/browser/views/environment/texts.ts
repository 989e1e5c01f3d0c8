import { formatInstant, texts } from '../../i18n.ts';

export const environmentTexts = texts({
  de: {
    title: 'Umgebung',
    heldFor: {
      'other-place':
        'Es wird nichts gesendet: Diese Daten liegen nicht dort, wo sie zuletzt bestätigt wurden.',
      paused: 'Es wird nichts gesendet: Der Dienst wurde mit SENDING=paused gestartet.',
    },
    isBackup: (at: string | null) =>
      `Es wird nichts gesendet: Diese Daten stammen aus einem Backup${at === null ? '' : ` vom ${formatInstant(at)}`}.`,
    waits:
      'Neue E-Mails werden angenommen und warten. Eine Administratorin bestätigt, worum es sich handelt.',
    as: 'Diese Daten sind',
    choices: {
      embedded: {
        moved: 'umgezogen: Der bisherige Ort wird nicht mehr verwendet. Der Versand geht weiter.',
        restored: 'aus einem Backup: Wartende E-Mails werden zurückgehalten, neue werden gesendet.',
        copy: 'eine Kopie: Gesendet wird nur in das Testpostfach, alle anderen API-Schlüssel werden gesperrt.',
      },
      kafka: {
        moved: 'umgezogen: Die bisherigen Topics werden nicht mehr verwendet. Der Versand geht weiter.',
        restored: 'aus einem Backup: Der Versand wird ausgeschaltet, alle E-Mails werden zurückgehalten.',
        copy: 'eine Kopie: Der Versand wird ausgeschaltet, alle anderen API-Schlüssel werden gesperrt.',
      },
    },
    confirm: 'Bestätigen',
    confirmed: 'Bestätigt',
    isCopy: (name: string) => `Kopie von „${name}“`,
  },
  en: {
    title: 'Environment',
    heldFor: {
      'other-place': 'Nothing is sent: this data is not where it was last confirmed.',
      paused: 'Nothing is sent: the service was started with SENDING=paused.',
    },
    isBackup: (at: string | null) =>
      `Nothing is sent: this data comes from a backup${at === null ? '' : `, taken at ${formatInstant(at)}`}.`,
    waits: 'New mail is accepted and waits. An administrator confirms what this is.',
    as: 'This data',
    choices: {
      embedded: {
        moved: 'was moved: the former place is no longer in use. Sending continues.',
        restored: 'comes from a backup: waiting mail is held, new mail is sent.',
        copy: 'is a copy: mail goes to the test mailbox only, and all other API keys are revoked.',
      },
      kafka: {
        moved: 'was moved: the former topics are no longer in use. Sending continues.',
        restored: 'comes from a backup: sending is switched off, and all mail is held.',
        copy: 'is a copy: sending is switched off, and all other API keys are revoked.',
      },
    },
    confirm: 'Confirm',
    confirmed: 'Confirmed',
    isCopy: (name: string) => `Copy of “${name}”`,
  },
});
