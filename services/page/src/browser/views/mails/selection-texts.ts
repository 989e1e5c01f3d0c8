import { texts } from '../../i18n.ts';
import type { Verb } from './texts.ts';

type Words = Readonly<Record<string, string>>;
type ByVerb<Text> = Readonly<Record<Verb, Text>>;
type Confirm = ByVerb<(count: string, isOne: boolean) => string>;

/** The texts about mails that are chosen in the list. */
export const selectionTexts = texts({
  de: {
    label: 'Auswahl',
    page: 'Alle auf dieser Seite',
    one: (subject: string) => `„${subject}“ auswählen`,
    selected: (count: number) => (count === 1 ? '1 E-Mail ausgewählt' : `${count} E-Mails ausgewählt`),
    all: (count: string) => `Alle ${count} Treffer auswählen`,
    allSelected: (count: string) => `Alle ${count} Treffer ausgewählt`,
    none: 'Auswahl aufheben',
    verbs: {
      resend: 'Erneut senden',
      hold: 'Zurückhalten',
      release: 'Freigeben',
      cancel: 'Versand abbrechen',
      'resolve-sent': 'Als zugestellt markieren',
      'resolve-not-sent': 'Als nicht zugestellt markieren',
    } as ByVerb<string>,
    explain: {
      resend: 'Erneut an alle Empfänger, deren Server die E-Mail nicht angenommen hat.',
      hold: 'Die E-Mails warten, bis jemand sie freigibt.',
      release: 'Die E-Mails werden zum Versand freigegeben.',
      cancel:
        'Die E-Mails werden an die übrigen Empfänger nicht mehr gesendet. Das kann nicht rückgängig gemacht werden.',
      'resolve-sent': 'Sie haben geprüft, dass die E-Mails angekommen sind.',
      'resolve-not-sent':
        'Sie haben geprüft, dass die E-Mails nicht angekommen sind. Danach können sie erneut gesendet werden.',
    } as ByVerb<string>,
    confirm: {
      resend: (count, isOne) => (isOne ? '1 E-Mail erneut senden' : `${count} E-Mails erneut senden`),
      hold: (count, isOne) => (isOne ? '1 E-Mail zurückhalten' : `${count} E-Mails zurückhalten`),
      release: (count, isOne) => (isOne ? '1 E-Mail freigeben' : `${count} E-Mails freigeben`),
      cancel: (count, isOne) =>
        isOne ? 'Versand von 1 E-Mail abbrechen' : `Versand von ${count} E-Mails abbrechen`,
      'resolve-sent': (count, isOne) => (isOne ? '1 E-Mail markieren' : `${count} E-Mails markieren`),
      'resolve-not-sent': (count, isOne) => (isOne ? '1 E-Mail markieren' : `${count} E-Mails markieren`),
    } as Confirm,
    counting: 'Die E-Mails werden gezählt …',
    counted: (count: number) => (count === 1 ? 'Das betrifft 1 E-Mail.' : `Das betrifft ${count} E-Mails.`),
    nothing: 'Für keine der ausgewählten E-Mails ist das in ihrem Zustand möglich.',
    left: (count: number) =>
      count === 1
        ? 'Für 1 ausgewählte E-Mail ist das in ihrem Zustand nicht möglich.'
        : `Für ${count} ausgewählte E-Mails ist das in ihrem Zustand nicht möglich.`,
    back: 'Zurück',
    action: 'Aktion für mehrere E-Mails',
    done: {
      resend: 'Erneut senden',
      hold: 'Zurückhalten',
      release: 'Freigeben',
      cancel: 'Versand abbrechen',
      resolve: 'Ausgang festlegen',
    } as Words,
    running: (handled: string, matched: string) => `${handled} von ${matched} E-Mails bearbeitet`,
    result: (done: string, matched: string, skipped: number) =>
      skipped === 0
        ? `${done} von ${matched} E-Mails erledigt`
        : `${done} von ${matched} E-Mails erledigt, ${skipped} übersprungen`,
    skipped: (count: number) => (count === 1 ? '1 übersprungen:' : `${count} übersprungen:`),
    reasons: {
      'nothing-to-do': 'Die E-Mail war bereits in diesem Zustand.',
      'mail-unknown': 'Die E-Mail ist nicht mehr vorhanden.',
      'wrong-key': 'Der Auftrag passt nicht zur E-Mail.',
    } as Words,
    unknown: 'Diese Aktion ist nicht bekannt. Vielleicht liegt sie lange zurück.',
    close: 'Ausblenden',
    underWay: 'Aktionen, die noch laufen',
  },
  en: {
    label: 'Selection',
    page: 'All on this page',
    one: (subject: string) => `Select “${subject}”`,
    selected: (count: number) => (count === 1 ? '1 mail selected' : `${count} mails selected`),
    all: (count: string) => `Select all ${count} results`,
    allSelected: (count: string) => `All ${count} results selected`,
    none: 'Clear the selection',
    verbs: {
      resend: 'Send again',
      hold: 'Hold',
      release: 'Release',
      cancel: 'Cancel sending',
      'resolve-sent': 'Mark as delivered',
      'resolve-not-sent': 'Mark as not delivered',
    } as ByVerb<string>,
    explain: {
      resend: 'Resends only to recipients whose server has not accepted the mail.',
      hold: 'The mails wait until someone releases them.',
      release: 'The mails are released.',
      cancel: 'Remaining recipients will not receive the mails. This cannot be undone.',
      'resolve-sent': 'You have verified that the mails have arrived.',
      'resolve-not-sent':
        'You have verified that the mails have not arrived. After that, they can be sent again.',
    } as ByVerb<string>,
    confirm: {
      resend: (count, isOne) => (isOne ? 'Send 1 mail again' : `Send ${count} mails again`),
      hold: (count, isOne) => (isOne ? 'Hold 1 mail' : `Hold ${count} mails`),
      release: (count, isOne) => (isOne ? 'Release 1 mail' : `Release ${count} mails`),
      cancel: (count, isOne) => (isOne ? 'Cancel sending 1 mail' : `Cancel sending ${count} mails`),
      'resolve-sent': (count, isOne) => (isOne ? 'Mark 1 mail' : `Mark ${count} mails`),
      'resolve-not-sent': (count, isOne) => (isOne ? 'Mark 1 mail' : `Mark ${count} mails`),
    } as Confirm,
    counting: 'Counting the mails …',
    counted: (count: number) => (count === 1 ? 'This concerns 1 mail.' : `This concerns ${count} mails.`),
    nothing: 'This is not possible for any of the selected mails in its current state.',
    left: (count: number) =>
      count === 1
        ? 'This is not possible for 1 selected mail in its current state.'
        : `This is not possible for ${count} selected mails in their current state.`,
    back: 'Back',
    action: 'Action on several mails',
    done: {
      resend: 'Send again',
      hold: 'Hold',
      release: 'Release',
      cancel: 'Cancel sending',
      resolve: 'Set the outcome',
    } as Words,
    running: (handled: string, matched: string) => `${handled} of ${matched} mails processed`,
    result: (done: string, matched: string, skipped: number) =>
      skipped === 0
        ? `${done} of ${matched} mails done`
        : `${done} of ${matched} mails done, ${skipped} skipped`,
    skipped: (count: number) => (count === 1 ? '1 skipped:' : `${count} skipped:`),
    reasons: {
      'nothing-to-do': 'The mail was in this state already.',
      'mail-unknown': 'The mail does not exist any more.',
      'wrong-key': 'The command does not fit the mail.',
    } as Words,
    unknown: 'This action is not known. It may have been long ago.',
    close: 'Hide',
    underWay: 'Actions in progress',
  },
});
