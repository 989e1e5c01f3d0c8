import { texts } from '../../i18n.ts';

export const sendingModeTexts = texts({
  de: {
    title: 'Versandmodus',
    intro:
      'Legt fest, wer E-Mails dieser Umgebung bekommt, zum Beispiel in einem Testsystem. Was beim Zurückschalten in den Echtbetrieb noch wartet, wird zurückgehalten.',
    banner: {
      redirect: 'E-Mails werden umgeleitet: Die eigentlichen Empfänger bekommen sie nicht.',
      hold: 'E-Mails werden zurückgehalten, bis jemand sie freigibt.',
    } as Readonly<Record<string, string>>,
    change: 'Versandmodus ändern',
    modes: { live: 'Echtbetrieb', redirect: 'Umgeleitet', hold: 'Zurückgehalten' } as Readonly<
      Record<string, string>
    >,
    saved: (version: number) => `Version ${version} gespeichert`,
    history: 'Verlauf des Versandmodus',
    redirected: 'Umgeleitet',
    deliveredTo: (addresses: string) => `Umgeleitet an ${addresses}`,
    attempts: {
      message: 'Umgeleitet: Die Nachricht nennt die eigentlichen Empfänger.',
      envelope: 'Umgeleitet: Die fertige Nachricht ist unverändert.',
    },
  },
  en: {
    title: 'Sending mode',
    intro:
      'Decides who gets the mail of this environment, for example in a test system. Mail that still waits when you return to live is held.',
    banner: {
      redirect: 'Mail is redirected: its recipients do not get it.',
      hold: 'Mail is held until somebody releases it.',
    } as Readonly<Record<string, string>>,
    change: 'Change the sending mode',
    modes: { live: 'Live', redirect: 'Redirected', hold: 'Held' } as Readonly<Record<string, string>>,
    saved: (version: number) => `Version ${version} saved`,
    history: 'History of the sending mode',
    redirected: 'Redirected',
    deliveredTo: (addresses: string) => `Redirected to ${addresses}`,
    attempts: {
      message: 'Redirected: the message names the recipients that were meant.',
      envelope: 'Redirected: the finished message is unchanged.',
    },
  },
});
