/*
 * The list of mails. Its whole state is in the address: the search line, the tab, and the page. So a reload and the way
 * back from a mail show the same. Rows never move under the pointer: what is shown is updated in its place, and new mails
 * wait behind a button.
 */
import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { call } from '../../api/client.ts';
import { mailEvents, useCalm, useLive, useLoaded } from '../../api/live.ts';
import type { MailCounts, MailList } from '../../api/operations.ts';
import { may } from '../../api/session.ts';
import { common, formatCount, formatInstant, formatRelative, texts } from '../../i18n.ts';
import { Badge, Empty, html, Loading, ProblemNotice, ViewTitle } from '../../parts/elements.ts';
import { linkTo, linkWith, type Search, useSearch } from '../../router.ts';
import { BulkActions } from './mail-actions.ts';
import { type MailSummary, toneOf } from './mail.ts';
import { QueueLine } from './mails.ts';
import { leaveList, type MailSearch, readSearch, returnToList, SearchBox } from './search.ts';
import { sendingModeTexts } from '../sending-mode/texts.ts';
import { mailTexts } from './texts.ts';

/** The texts around the list. */
const listTexts = texts({
  de: {
    range: (range: string, total: string) => `${range} von ${total}`,
    rangeOfMore: (range: string, total: string) => `${range} von mehr als ${total}`,
    news: (count: number) => (count === 1 ? '1 neue E-Mail anzeigen' : `${count} neue E-Mails anzeigen`),
    export: 'Als CSV exportieren',
    // Excel separates by what is not the decimal point of the language.
    separator: 'semicolon',
    pages: 'Seiten',
    first: 'Erste Seite',
    before: 'Zurück',
    next: 'Weiter',
    from: 'von',
    nothingFound: 'Keine E-Mail gefunden.',
    nothingFoundHelp: 'Prüfen Sie die Schreibweise oder suchen Sie mit weniger Angaben.',
  },
  en: {
    range: (range: string, total: string) => `${range} of ${total}`,
    rangeOfMore: (range: string, total: string) => `${range} of more than ${total}`,
    news: (count: number) => (count === 1 ? 'Show 1 new mail' : `Show ${count} new mails`),
    export: 'Export as CSV',
    separator: 'comma',
    pages: 'Pages',
    first: 'First page',
    before: 'Back',
    next: 'Next',
    from: 'from',
    nothingFound: 'No mail found.',
    nothingFoundHelp: 'Check the spelling, or search for less.',
  },
});

type MailState = MailSummary['state'];

const pageSize = 50;
/** There are events for what happens to a mail, but none for its acceptance. */
const lookEveryMs = 10_000;

/** The states of each tab. */
const tabs: Readonly<Record<string, readonly MailState[]>> = {
  all: [],
  waiting: ['queued', 'sending', 'deferred'],
  held: ['held'],
  failed: ['failed', 'expired', 'partly-sent'],
  unknown: ['unknown'],
  sent: ['sent'],
};

/** The address of the list: `#/mails?q=…&state=failed&cursor=…&start=51`. */
interface Place {
  readonly line: string;
  readonly tab: string;
  readonly cursor: string;
  /** The number of the first mail of the page. */
  readonly start: number;
}

function placeOf({ q = '', state = 'all', cursor = '', start = '1' }: Search): Place {
  const first = Number.parseInt(start, 10);
  return {
    line: q,
    tab: Object.hasOwn(tabs, state) ? state : 'all',
    cursor,
    start: cursor === '' || !(first > 0) ? 1 : first,
  };
}

function addressOf({ line, tab, cursor, start }: Place): string {
  const search = { q: line, state: tab === 'all' ? '' : tab, cursor, start: cursor === '' ? '' : `${start}` };
  return linkWith(search, 'mails');
}

function queryOf({ filter }: MailSearch, tab: string) {
  const states = tabs[tab] ?? [];
  return { ...filter, ...(states.length === 0 ? {} : { state: states.join(',') }) };
}

/** One page. Where few of many mails match, the answers can be short, and the next ones go on. */
async function loadPage(search: MailSearch, { tab, cursor }: Place): Promise<MailList> {
  const items: MailSummary[] = [];
  let next: string | null = cursor;
  do {
    const query = {
      ...queryOf(search, tab),
      limit: pageSize - items.length,
      ...(next === '' ? {} : { cursor: next }),
    };
    const page: MailList = await call('GET /v1/mails', { query });
    items.push(...page.items);
    next = page.nextCursor;
  } while (next !== null && items.length < pageSize);
  return { items, nextCursor: next };
}

const isSettled = ({ state }: MailSummary): boolean =>
  !['queued', 'sending', 'deferred', 'held'].includes(state);

interface Shown {
  readonly items: readonly MailSummary[];
  readonly nextCursor: string | null;
}

/** The rows that are shown, with what is new of them. */
function updated(shown: Shown, fresh: readonly MailSummary[]): Shown {
  const byId = new Map(fresh.map((mail) => [mail.id, mail]));
  return { ...shown, items: shown.items.map((mail) => byId.get(mail.id) ?? mail) };
}

/** The page of the address. `news` counts mails that have come since; `show` shows them. */
function useMailPage(search: MailSearch, place: Place) {
  const key = `mails ${addressOf(place)}`;
  const { data, problem, reload } = useLoaded(key, () => loadPage(search, place));
  const [kept, setKept] = useState<Shown & { readonly key: string }>();
  const shown = kept?.key === key && kept.items.length > 0 ? kept : undefined;
  useEffect(() => {
    if (data === undefined) return;
    if (shown === undefined) {
      setKept({ key, ...data });
      return;
    }
    setKept({ key, ...updated(shown, data.items) });
    // What has left the filter keeps its row, with its state of now.
    const gone = shown.items.filter(
      (mail) => !isSettled(mail) && !data.items.some(({ id }) => id === mail.id),
    );
    void Promise.all(gone.map(({ id }) => call('GET /v1/mails/{id}', { path: { id } }))).then(
      (mails) => setKept((now) => (now?.key === key ? { key, ...updated(now, mails) } : now)),
      () => undefined,
    );
  }, [data]);
  const news = (data?.items ?? []).filter(({ id }) => shown?.items.every((mail) => mail.id !== id) === true);
  return {
    shown: shown ?? data,
    // On later pages, the same mails move down.
    news: place.cursor === '' ? news.length : 0,
    problem,
    reload,
    show: () => data !== undefined && setKept({ key, ...data }),
  };
}

/** Looks again when something happens to mails, and from time to time. */
function useFreshLooks(look: () => void): void {
  useLive(mailEvents, useCalm(look, 1_000));
  useEffect(() => {
    const timer = setInterval(() => document.hidden || look(), lookEveryMs);
    return () => clearInterval(timer);
  }, []);
}

/** The list of mails with the state of the queue. */
export function MailsView(): VNode {
  const t = mailTexts();
  const place = placeOf(useSearch());
  const search = readSearch(place.line);
  const { shown, news, problem, reload, show } = useMailPage(search, place);
  const counts = useLoaded(`counts ${place.line}`, () =>
    call('GET /v1/mails/counts', { query: search.filter }),
  );
  const [round, setRound] = useState(0);
  const look = (): void => {
    reload();
    counts.reload();
    setRound((count) => count + 1);
  };
  useFreshLooks(look);
  useEffect(() => {
    if (shown !== undefined) returnToList();
  }, [shown === undefined]);
  const go = (change: Partial<Place>): void => {
    location.hash = addressOf({ ...place, cursor: '', start: 1, ...change });
  };
  if (problem?.code === 'not-found') return noMailer();
  const compose =
    may('mail:send') && html`<a class="button primary" href=${linkTo('mails', 'new')}>${t.compose}</a>`;
  const findings = problem?.findings ?? [];
  return html`
    <${ViewTitle} aside=${compose}>${common().mails}<//>
    <p class="lead">${t.intro}</p>
    <${QueueLine} round=${round} />
    <${SearchBox}
      line=${place.line}
      badDay=${search.badDay}
      findings=${findings}
      onSearch=${(line: string) => go({ line })}
    />
    <${Tabs} current=${place.tab} counts=${counts.data} choose=${(tab: string) => go({ tab })} />
    ${place.line === '' && html`<${BulkActions} key=${place.tab} filter=${place.tab} onDone=${look} />`}
    ${problem !== undefined && findings.length === 0 && html`<${ProblemNotice} problem=${problem} retry=${reload} />`}
    ${shown === undefined && problem === undefined && html`<${Loading} />`}
    ${shown?.items.length === 0 && html`<${NoMails} line=${place.line} />`}
    ${
      shown !== undefined &&
      shown.items.length > 0 &&
      html`<${PageLine}
          place=${place}
          shown=${shown}
          counts=${counts.data}
          search=${search}
          news=${news}
          show=${show}
        />
        <ul class="rows mails">
          ${shown.items.map((mail) => html`<${MailRow} key=${mail.id} mail=${mail} />`)}
        </ul>
        <${Paging} place=${place} shown=${shown} />`
    }
  `;
}

function noMailer(): VNode {
  const t = mailTexts();
  return html`<${ViewTitle}>${common().mails}<//><${Empty} title=${t.noMailer}><p>${t.noMailerHelp}</p><//>`;
}

function NoMails({ line }: { line: string }): VNode {
  const t = mailTexts();
  return line === ''
    ? html`<${Empty} title=${t.empty}><p>${t.emptyHelp}</p><//>`
    : html`<${Empty} title=${listTexts().nothingFound}><p>${listTexts().nothingFoundHelp}</p><//>`;
}

/** How many mails a tab has; undefined where that is not known exactly. */
function countOf(counts: MailCounts | undefined, tab: string): number | undefined {
  if (counts === undefined) return undefined;
  const states = tabs[tab] ?? [];
  return states.length === 0 ? counts.total : states.reduce((sum, state) => sum + counts.states[state], 0);
}

interface TabsInput {
  readonly current: string;
  readonly counts: MailCounts | undefined;
  readonly choose: (tab: string) => void;
}

function Tabs({ current, counts, choose }: TabsInput): VNode {
  const t = mailTexts();
  return html`<div class="segmented tabs" role="group" aria-label=${t.filter}>
    ${Object.keys(tabs).map((name) => {
      const count = countOf(counts, name);
      return html`<button
        type="button"
        key=${name}
        id=${`tab-${name}`}
        aria-pressed=${name === current}
        onClick=${() => choose(name)}
      >
        ${t.filters[name]}${' '}
        <span class="count"
          >${count === undefined ? '' : `${formatCount(count)}${counts?.complete === false ? '+' : ''}`}</span
        >
      </button>`;
    })}
  </div>`;
}

interface PageLineInput {
  readonly place: Place;
  readonly shown: Shown;
  readonly counts: MailCounts | undefined;
  readonly search: MailSearch;
  readonly news: number;
  readonly show: () => void;
}

/** `1–50 von 1.034`, what is new, and the export. The line is there with and without news. */
function PageLine({ place, shown, counts, search, news, show }: PageLineInput): VNode {
  const t = listTexts();
  const { start, tab } = place;
  const last = start + shown.items.length - 1;
  const total = Math.max(countOf(counts, tab) ?? 0, last);
  const range = `${formatCount(start)}–${formatCount(last)}`;
  const query = new URLSearchParams({ ...queryOf(search, tab), separator: t.separator }).toString();
  return html`<div class="page-line">
    <span id="page-range"
      >${counts === undefined ? range : counts.complete ? t.range(range, formatCount(total)) : t.rangeOfMore(range, formatCount(total))}</span
    >
    ${
      news > 0 &&
      html`<button type="button" class="quiet" id="show-news" onClick=${show}>${t.news(news)}</button>`
    }
    <a id="export" href=${`./v1/mails.csv?${query}`} download="mails.csv">${t.export}</a>
  </div>`;
}

/** The pages before this one are in the history of the browser. */
function Paging({ place, shown }: { place: Place; shown: Shown }): VNode | null {
  const t = listTexts();
  const { nextCursor, items } = shown;
  const next = { ...place, cursor: nextCursor ?? '', start: place.start + items.length };
  if (nextCursor === null && place.cursor === '') return null;
  return html`<nav class="actions paging" aria-label=${t.pages}>
    ${place.cursor !== '' && html`<a class="button" id="first-page" href=${addressOf({ ...place, cursor: '', start: 1 })}>${t.first}</a>`}
    ${place.cursor !== '' && html`<button type="button" id="page-before" onClick=${() => history.back()}>${t.before}</button>`}
    ${nextCursor !== null && html`<a class="button" id="next-page" href=${addressOf(next)}>${t.next}</a>`}
  </nav>`;
}

function MailRow({ mail }: { mail: MailSummary }): VNode {
  const t = mailTexts();
  const { id, subject, state, recipients, acceptedAt, businessReference, from, priority, redirected } = mail;
  const [first] = recipients;
  const failure = recipients.find((recipient) => recipient.failure !== undefined);
  return html`<li>
    <a class="mail-row" href=${linkTo('mails', id)} onClick=${leaveList}>
      <span class="mail-main">
        <strong class="clip">${subject === null || subject === '' ? t.noSubject : subject}</strong>
        <span class="muted clip"
          >${t.to} ${first?.address ?? '–'} ${recipients.length > 1 ? t.others(recipients.length - 1) : ''}
          ${from === null ? '' : ` · ${listTexts().from} ${from}`}
          ${businessReference === null ? '' : ` · ${businessReference}`}
          ${priority === 'normal' ? '' : ` · ${t.priorities[priority] ?? priority}`}</span
        >
        ${failure?.reply !== undefined && state !== 'sent' && html`<span class="reply-line clip">${failure.reply}</span>`}
      </span>
      <span class="mail-end">
        ${redirected && html`<${Badge} tone="warn">${sendingModeTexts().redirected}<//>`}
        <${Badge} tone=${toneOf(state)}>${t.states[state] ?? state}<//>
        <time class="muted" datetime=${acceptedAt} title=${formatInstant(acceptedAt)}
          >${formatRelative(acceptedAt)}</time
        >
      </span>
    </a>
  </li>`;
}
