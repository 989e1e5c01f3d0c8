import { texts } from '../../i18n.ts';

export const serverTexts = texts({
  de: {
    intro:
      'Einstellungen für den Versand von E-Mails. Nach dem Speichern gelten sie sofort; ein Neustart ist nicht nötig.',
    never: 'Noch nie gespeichert',
    savedBy: (version: number, who: string, when: string) =>
      `Version ${version}, gespeichert von ${who}, ${when}`,
    warnings:
      'Solange der Versand deaktiviert ist, werden die Angaben nicht geprüft. Zum Aktivieren fehlt noch:',
  },
  en: {
    intro: 'Settings for sending mail. Changes take effect immediately; no restart is needed.',
    never: 'Never saved',
    savedBy: (version: number, who: string, when: string) => `Version ${version}, saved by ${who}, ${when}`,
    warnings:
      'While sending is disabled, settings are not validated. Still missing before it can be enabled:',
  },
});
