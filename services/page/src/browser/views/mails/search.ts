/*
 * What a person writes into the search line of the mails, and what the API is asked: words, and operators in German and
 * English, whichever language the page speaks. `an:kunde@example.com rechnung` is one question.
 */
import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Finding } from '../../api/client.ts';
import type { Operations } from '../../api/operations.ts';
import { sentence, texts } from '../../i18n.ts';
import { html } from '../../parts/elements.ts';
import { linkTo } from '../../router.ts';

type MailFilter = Operations['GET /v1/mails/counts']['query'];
type Parameter = keyof MailFilter;

const operators: Readonly<Record<string, Parameter>> = {
  an: 'recipient',
  to: 'recipient',
  von: 'sender',
  from: 'sender',
  betreff: 'subject',
  subject: 'subject',
  beleg: 'businessReferencePrefix',
  reference: 'businessReferencePrefix',
  anhang: 'attachment',
  attachment: 'attachment',
  'message-id': 'messageId',
  fehler: 'failure',
  failure: 'failure',
  priorität: 'priority',
  priority: 'priority',
  anwendung: 'requestedBy',
  application: 'requestedBy',
  nach: 'since',
  after: 'since',
  vor: 'until',
  before: 'until',
};

const priorityWords: Readonly<Record<string, NonNullable<MailFilter['priority']>>> = {
  dringend: 'urgent',
  urgent: 'urgent',
  normal: 'normal',
  massenversand: 'bulk',
  bulk: 'bulk',
};

export interface MailSearch {
  readonly filter: MailFilter;
  /** The operator whose day is none. */
  readonly badDay?: string;
}

const word = /(?:(?<operator>[a-zä-]+):)?(?:"(?<quoted>[^"]*)"?|(?<plain>\S+))/giu;

/** Reads a search line. An operator that nobody knows is a word like all others. */
export function readSearch(line: string): MailSearch {
  const filter: Partial<Record<Exclude<Parameter, 'priority'>, string>> = {};
  let priority: MailFilter['priority'];
  const words: string[] = [];
  let badDay: string | undefined;
  for (const { 0: all, groups = {} } of line.matchAll(word)) {
    const operator = groups['operator']?.toLowerCase() ?? '';
    const value = groups['quoted'] ?? groups['plain'] ?? '';
    const parameter = Object.hasOwn(operators, operator) ? operators[operator] : undefined;
    const urgency = parameter === 'priority' ? priorityOf(value) : undefined;
    if (urgency !== undefined) {
      priority = urgency;
    } else if (parameter === undefined || parameter === 'priority') {
      words.push(all);
    } else if (parameter === 'since' || parameter === 'until') {
      const day = startOfDay(value);
      if (day === undefined) badDay = all;
      else filter[parameter] = day;
    } else {
      filter[parameter] = value;
    }
  }
  const q = words.join(' ');
  const chosen = priority === undefined ? {} : { priority };
  return {
    filter: { ...filter, ...chosen, ...(q === '' ? {} : { q }) },
    ...(badDay === undefined ? {} : { badDay }),
  };
}

function priorityOf(text: string): MailFilter['priority'] {
  const name = text.toLowerCase();
  return Object.hasOwn(priorityWords, name) ? priorityWords[name] : undefined;
}

const isoDay = /^(\d{4})-(\d{1,2})-(\d{1,2})$/;
const germanDay = /^(\d{1,2})\.(\d{1,2})\.(\d{4})$/;

/** The midnight with which a day begins where the person is; undefined for a day that does not exist. */
function startOfDay(text: string): string | undefined {
  const german = germanDay.exec(text);
  const [year, month, day] =
    (german === null ? isoDay.exec(text)?.slice(1) : german.slice(1).toReversed()) ?? [];
  const date = new Date(Number(year), Number(month) - 1, Number(day));
  const exists = date.getMonth() === Number(month) - 1 && date.getDate() === Number(day);
  return exists ? date.toISOString() : undefined;
}

const leftKey = 'postausgang-mails';

/** Remembers the list that a mail is opened from, and how far it was scrolled. */
export function leaveList(): void {
  sessionStorage.setItem(leftKey, `${scrollY} ${location.hash}`);
}

function leftList(): readonly [scrolled: number, address: string] {
  const [, scrolled = '0', address = linkTo('mails')] =
    /^([\d.]+) (#\/mails(?:\?.*)?)$/.exec(sessionStorage.getItem(leftKey) ?? '') ?? [];
  return [Number(scrolled), address];
}

/** The list that a mail was opened from. */
export const listAddress = (): string => leftList()[1];

/** Scrolls a list to where it was left. */
export function returnToList(): void {
  const [scrolled, address] = leftList();
  if (address === location.hash) scrollTo(0, scrolled);
}

const searchTexts = texts({
  de: {
    label: 'E-Mails suchen',
    submit: 'Suchen',
    clear: 'Suche löschen',
    placeholder: 'an:kunde@example.com rechnung',
    help: 'Suchhilfe',
    intro:
      'Gesucht werden ganze Wörter. Ein Sternchen ergänzt das Wort: rechn*. Alle Angaben müssen zutreffen.',
    badDay: (text: string) => `„${text}“ ist kein Datum. Schreiben Sie zum Beispiel nach:24.12.2026.`,
    operators: [
      ['an:kunde@example.com', 'Empfänger; auch an:@example.com oder an:kunde'],
      ['von:@acme.example', 'Absender'],
      ['betreff:"Rechnung 4711"', 'Wörter im Betreff'],
      ['beleg:invoice/47', 'Anfang des Geschäftsvorfalls'],
      ['anhang:rechnung.pdf', 'Dateiname eines Anhangs'],
      ['fehler:mailbox-full', 'Code des Fehlers'],
      ['priorität:dringend', 'Priorität: dringend, normal oder massenversand'],
      ['anwendung:erp', 'Anwendung oder Schlüssel, von dem die E-Mail kommt'],
      ['message-id:4711@acme.example', 'Message-ID'],
      ['nach:24.12.2026 vor:31.12.2026', 'ab diesem Tag; vor diesem Tag'],
    ],
  },
  en: {
    label: 'Search mails',
    submit: 'Search',
    clear: 'Clear the search',
    placeholder: 'to:customer@example.com invoice',
    help: 'Search help',
    intro:
      'The search finds whole words. An asterisk completes a word: invo*. Everything you enter has to match.',
    badDay: (text: string) => `“${text}” is not a date. Write, for example, after:2026-12-24.`,
    operators: [
      ['to:customer@example.com', 'recipient; also to:@example.com or to:customer'],
      ['from:@acme.example', 'sender'],
      ['subject:"Invoice 4711"', 'words in the subject'],
      ['reference:invoice/47', 'beginning of the business reference'],
      ['attachment:invoice.pdf', 'file name of an attachment'],
      ['failure:mailbox-full', 'code of the failure'],
      ['priority:urgent', 'priority: urgent, normal or bulk'],
      ['application:erp', 'application or key that requested the mail'],
      ['message-id:4711@acme.example', 'Message-ID'],
      ['after:2026-12-24 before:2026-12-31', 'since this day; before this day'],
    ],
  },
});

interface SearchBoxInput {
  readonly line: string;
  readonly badDay: string | undefined;
  readonly findings: readonly Finding[];
  readonly onSearch: (line: string) => void;
}

/** The search line. It searches on Enter; what is wrong with it is said below. */
export function SearchBox({ line, badDay, findings, onSearch }: SearchBoxInput): VNode {
  const t = searchTexts();
  const [text, setText] = useState(line);
  useEffect(() => setText(line), [line]);
  const wrong = [
    ...(badDay === undefined ? [] : [t.badDay(badDay)]),
    ...new Set(findings.map(({ message }) => sentence(message))),
  ];
  const submit = (event: Event): void => {
    event.preventDefault();
    onSearch(text.trim());
  };
  return html`<form class="search" role="search" onSubmit=${submit}>
    <div class="search-line">
      <input
        id="mail-search"
        type="search"
        aria-label=${t.label}
        aria-describedby="mail-search-notes"
        aria-invalid=${wrong.length > 0 ? 'true' : undefined}
        placeholder=${t.placeholder}
        autocomplete="off"
        spellcheck="false"
        value=${text}
        onInput=${(event: Event) => setText((event.target as HTMLInputElement).value)}
      />
      <button type="submit">${t.submit}</button>
      ${
        line !== '' &&
        html`<button type="button" class="quiet" id="clear-search" onClick=${() => onSearch('')}>
          ${t.clear}
        </button>`
      }
    </div>
    <div id="mail-search-notes">${wrong.map((one) => html`<p class="finding" key=${one}>${one}</p>`)}</div>
    <details class="search-help">
      <summary>${t.help}</summary>
      <p>${t.intro}</p>
      <dl class="facts">
        ${t.operators.map(
          ([example, meaning]) =>
            html`<dt key=${example}><code>${example}</code></dt>
              <dd>${meaning}</dd>`,
        )}
      </dl>
    </details>
  </form>`;
}
