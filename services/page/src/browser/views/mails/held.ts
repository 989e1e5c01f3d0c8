/** Why a mail is held. */
import { texts } from '../../i18n.ts';

export const heldTexts = texts({
  de: {
    reasons: {
      'mail-disabled': 'weil der Versand deaktiviert war',
      restored: 'weil sie aus einem Backup stammt',
      requested: 'auf Anforderung',
      'sending-mode': 'durch den Versandmodus',
      redirected: 'weil sie gewartet hat, während E-Mails umgeleitet wurden',
      'redirect-certificate': 'weil es für die Adresse der Umleitung kein Zertifikat gibt',
      'redirect-unsafe': 'weil sich diese fertige Nachricht über Exchange nicht sicher umleiten lässt',
    } as Readonly<Record<string, string>>,
  },
  en: {
    reasons: {
      'mail-disabled': 'because sending was disabled',
      requested: 'on request',
      restored: 'because it comes from a backup',
      'sending-mode': 'by the sending mode',
      redirected: 'because it waited while mail was redirected',
      'redirect-certificate': 'because there is no certificate for the redirect address',
      'redirect-unsafe': 'because this finished message cannot be redirected safely over Exchange',
    } as Readonly<Record<string, string>>,
  },
});
