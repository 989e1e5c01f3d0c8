import { texts } from '../../i18n/language.ts';

export const historyTexts = texts({
  de: {
    intro: 'Wer was wann und warum geändert hat. Jede Version kann angesehen und zurückgeholt werden.',
    empty: 'Noch wurde nichts gespeichert.',
    operations: {
      put: 'Gespeichert',
      patch: 'Geändert',
      revert: 'Zurückgeholt',
      delete: 'Gelöscht',
      create: 'Angelegt',
    } as Readonly<Record<string, string>>,
    revertedTo: (version: number) => `auf Version ${version}`,
    current: 'aktuell',
    view: 'Ansehen',
    revert: 'Zurückholen',
    revertTitle: (version: number) => `Version ${version} zurückholen`,
    revertIntro: (version: number) =>
      `Die Angaben aus Version ${version} werden als neue Version gespeichert und gelten sofort. Das ändert sich:`,
    reverted: (version: number) => `Gespeichert als Version ${version}`,
    title: (version: number) => `Version ${version}`,
    all: 'Alle Angaben',
    change: 'Diese Änderung',
    compare: 'Vergleich mit der aktuellen Version',
    first: 'Ausgangszustand vor der ersten Änderung',
    noReason: 'ohne Angabe eines Grundes',
  },
  en: {
    intro: 'Who changed what, when and why. Every version can be looked at and brought back.',
    empty: 'Nothing has been saved yet.',
    operations: {
      put: 'Saved',
      patch: 'Changed',
      revert: 'Brought back',
      delete: 'Deleted',
      create: 'Created',
    } as Readonly<Record<string, string>>,
    revertedTo: (version: number) => `to version ${version}`,
    current: 'current',
    view: 'Look at it',
    revert: 'Bring back',
    revertTitle: (version: number) => `Bring version ${version} back`,
    revertIntro: (version: number) =>
      `The values of version ${version} are saved as a new version and count at once. This changes:`,
    reverted: (version: number) => `Saved as version ${version}`,
    title: (version: number) => `Version ${version}`,
    all: 'All values',
    change: 'This change',
    compare: 'Compared with the current version',
    first: 'The state before the first change',
    noReason: 'no reason given',
  },
});
