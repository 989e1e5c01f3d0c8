/*
 * The list of mails. Its whole state is in the address: the search line, the tab, and the page. So a reload and the way
 * back from a mail show the same. Rows never move under the pointer: what is shown is updated in its place, and new mails
 * wait behind a button.
 */
import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { call } from '../../api/client.ts';
import { mailEvents, useCalm, useLive, useLoaded } from '../../api/live.ts';
import type { MailAction, MailCounts, MailList } from '../../api/operations.ts';
import { may } from '../../api/session.ts';
import { common, formatCount, texts } from '../../i18n.ts';
import { html, Loading, ProblemNotice, ViewTitle } from '../../parts/elements.ts';
import { linkTo, linkWith, type Search, useSearch } from '../../router.ts';
import type { MailSummary } from './mail.ts';
import { MailRows, noMailer, NoMails } from './mail-rows.ts';
import { QueueLine } from './mails.ts';
import { type MailSearch, readSearch, returnToList, SearchBox } from './search.ts';
import { ActionProgress, canChoose, type Chosen, nobody, SelectionBar } from './selection.ts';
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

/** The address of the list: `#/mails?q=…&state=failed&cursor=…&start=51&action=…`. */
interface Place {
  readonly line: string;
  readonly tab: string;
  readonly cursor: string;
  /** The number of the first mail of the page. */
  readonly start: number;
  /** The action whose progress is shown; empty: none. */
  readonly action: string;
}

function placeOf({ q = '', state = 'all', cursor = '', start = '1', action = '' }: Search): Place {
  const first = Number.parseInt(start, 10);
  return {
    line: q,
    tab: Object.hasOwn(tabs, state) ? state : 'all',
    cursor,
    start: cursor === '' || !(first > 0) ? 1 : first,
    action,
  };
}

function addressOf({ line, tab, cursor, start, action }: Place): string {
  const place = { q: line, state: tab === 'all' ? '' : tab, cursor, start: cursor === '' ? '' : `${start}` };
  return linkWith({ ...place, action }, 'mails');
}

function queryOf({ filter }: MailSearch, tab: string) {
  const states = tabs[tab] ?? [];
  return { ...filter, ...(states.length === 0 ? {} : { state: states.join(',') }) };
}

/** The mails that are chosen, as an action names them. The API says what is wrong with what a person has typed. */
function chosenFilter(chosen: Chosen, search: MailSearch, tab: string): MailAction['filter'] {
  return chosen === 'all' ? (queryOf(search, tab) as MailAction['filter']) : { id: [...chosen].join(',') };
}

/** One page. Where few of many mails match, the answers can be short, and the next ones go on. */
async function loadPage(search: MailSearch, { tab, cursor }: Place): Promise<MailList> {
  const items: MailSummary[] = [];
  let complete = true;
  let next: string | null = cursor;
  do {
    const query = {
      ...queryOf(search, tab),
      limit: pageSize - items.length,
      ...(next === '' ? {} : { cursor: next }),
    };
    const page: MailList = await call('GET /v1/mails', { query });
    items.push(...page.items);
    complete &&= page.complete;
    next = page.nextCursor;
  } while (next !== null && items.length < pageSize);
  return { items, nextCursor: next, complete };
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

const pageOf = (place: Place): string => addressOf({ ...place, action: '' });

/** The page of the address. `news` counts mails that have come since; `show` shows them. */
function useMailPage(search: MailSearch, place: Place) {
  const key = `mails ${pageOf(place)}`;
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

/** The page of the address and the counts beside it, looked at again when something happens. */
function useMails(search: MailSearch, place: Place) {
  const page = useMailPage(search, place);
  const counts = useLoaded(`counts ${place.line}`, () =>
    call('GET /v1/mails/counts', { query: search.filter }),
  );
  const [round, setRound] = useState(0);
  useFreshLooks(() => {
    page.reload();
    counts.reload();
    setRound((count) => count + 1);
  });
  return { ...page, counts: counts.data, round };
}

/** The list of mails with the state of the queue. */
export function MailsView(): VNode {
  const t = mailTexts();
  const place = placeOf(useSearch());
  const search = readSearch(place.line);
  const { shown, news, problem, reload, show, counts, round } = useMails(search, place);
  const [started, setStarted] = useState('');
  useEffect(() => {
    if (shown !== undefined) returnToList();
  }, [shown === undefined]);
  const go = (change: Partial<Place>): void => {
    location.hash = addressOf({ ...place, cursor: '', start: 1, ...change });
  };
  const showAction = (action: string): void => {
    setStarted(action);
    location.hash = addressOf({ ...place, action });
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
    <${Tabs} current=${place.tab} counts=${counts} choose=${(tab: string) => go({ tab })} />
    <${ActionProgress}
      key=${`action ${place.action}`}
      id=${place.action}
      isNew=${place.action === started}
      show=${showAction}
    />
    ${problem !== undefined && findings.length === 0 && html`<${ProblemNotice} problem=${problem} retry=${reload} />`}
    ${shown === undefined && problem === undefined && html`<${Loading} />`}
    ${shown?.items.length === 0 && html`<${NoMails} line=${place.line} />`}
    ${
      shown !== undefined &&
      shown.items.length > 0 &&
      html`<${MailPage}
        key=${pageOf(place)}
        ...${{ place, shown, counts, search, news, show }}
        started=${showAction}
      />`
    }
  `;
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

/** The rows with what is around them. Another page begins with nothing chosen. */
function MailPage({
  started,
  ...line
}: PageLineInput & { readonly started: (action: string) => void }): VNode {
  const { place, shown, counts, search } = line;
  const [chosen, choose] = useState<Chosen>(nobody);
  const isChoosing = canChoose(place.tab);
  return html`<${PageLine} ...${line} />
    ${
      isChoosing &&
      html`<${SelectionBar}
        tab=${place.tab}
        ids=${shown.items.map(({ id }) => id)}
        chosen=${chosen}
        choose=${choose}
        total=${countOf(counts, place.tab)}
        isMore=${counts?.complete === false}
        filter=${chosenFilter(chosen, search, place.tab)}
        started=${(action: string) => {
          choose(nobody);
          started(action);
        }}
      />`
    }
    <${MailRows} mails=${shown.items} chosen=${chosen} choose=${isChoosing ? choose : undefined} />
    <${Paging} place=${place} shown=${shown} />`;
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
