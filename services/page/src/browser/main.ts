/*
 * The frame of the page: sign-in, header, navigation, and which view an address opens. Only views that the person may see
 * are offered. An unreachable service does not sign anybody out: the page keeps trying.
 */
import { render, type VNode } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiProblem, asProblem, call } from './api/client.ts';
import { useLoaded } from './api/live.ts';
import { loadSession, may, type Me, type Scope, signOut, useSession } from './api/session.ts';
import { common, setLanguage, useLanguage } from './i18n.ts';
import { Empty, html, Loading, ProblemNotice, ViewTitle } from './parts/elements.ts';
import { leave, linkTo, type Route, useRoute } from './router.ts';
import { CertificatesView, RecipientCertificatesView } from './views/certificates/certificates.ts';
import { mayCreateKeys, NewKeyView } from './views/certificates/new-key.ts';
import { EnvironmentBanner } from './views/environment/banner.ts';
import { ConnectionView, ExchangeConnections } from './views/exchange/exchange.ts';
import { HealthPill, healthTexts, useBadges } from './views/health/health.ts';
import { HistoryView, VersionView } from './views/history/history.ts';
import { MailsView } from './views/mails/list.ts';
import { MailView } from './views/mails/mail.ts';
import { NewMailView } from './views/mails/mails.ts';
import { SendersView, SenderView } from './views/senders/senders.ts';
import { SendingModeBanner, SendingModeView } from './views/sending-mode/sending-mode.ts';
import { sendingModeTexts } from './views/sending-mode/texts.ts';
import { ServerView } from './views/server/server.ts';
import { Outside } from './views/start/start.ts';
import { TestMailboxView, TestMessageView } from './views/test-mailbox/test-mailbox.ts';
import { testMailboxTexts } from './views/test-mailbox/texts.ts';

interface Section {
  readonly name: string;
  readonly label: string;
}

interface View {
  readonly section: string;
  readonly title: string;
  readonly render: () => VNode;
}

type Texts = ReturnType<typeof common>;
type Label = { [Key in keyof Texts]: Texts[Key] extends string ? Key : never }[keyof Texts];

/** A view with a script of its own, which is loaded when the view is opened for the first time; see `page-files.ts`. */
interface LaterView {
  readonly name: string;
  readonly label: Label;
  readonly load: () => Promise<{ readonly View: (input: { route: Route }) => VNode }>;
}

const opened = new Map<string, Awaited<ReturnType<LaterView['load']>>>();

function Later({ name, label, load, route }: LaterView & { route: Route }): VNode {
  const hadFocus = useRef(false);
  const open = async () => {
    const loaded = await load().catch(() => {
      // A service that was updated meanwhile has another script.
      throw new ApiProblem(0, { code: 'offline' });
    });
    opened.set(name, loaded);
    hadFocus.current = document.activeElement?.id === 'view-title';
    return loaded;
  };
  const { data = opened.get(name), problem } = useLoaded(`code of ${name}`, open);
  useEffect(() => {
    if (hadFocus.current) document.getElementById('view-title')?.focus();
  }, [data]);
  if (data !== undefined) return html`<${data.View} route=${route} />`;
  return html`
    <${ViewTitle}>${common()[label]}<//>
    ${
      problem === undefined
        ? html`<${Loading} />`
        : html`<${ProblemNotice} problem=${problem} retry=${() => location.reload()} />`
    }
  `;
}

const later =
  (name: string, label: Label, load: LaterView['load']) =>
  (route: Route): VNode =>
    html`<${Later} name=${name} label=${label} load=${load} route=${route} />`;

const openOverview = later('overview', 'overview', () => import('./views/overview/overview.ts'));
const openKeys = later('api-keys', 'access', () => import('./views/api-keys/api-keys.ts'));
const openActivity = later('activity', 'activity', () => import('./views/activity/activity.ts'));
const openHelp = later('help', 'help', () => import('./views/help/help.ts'));

const known: readonly { name: string; label: Label; scope: Scope; open: (route: Route) => VNode }[] = [
  { name: 'overview', label: 'overview', scope: 'mail:read:all', open: openOverview },
  { name: 'server', label: 'server', scope: 'settings:read', open: () => html`<${ServerView} />` },
  { name: 'mails', label: 'mails', scope: 'mail:read', open: openMails },
  { name: 'senders', label: 'senders', scope: 'settings:read', open: openSenders },
  { name: 'exchange', label: 'exchange', scope: 'settings:read', open: openExchange },
  {
    name: 'certificates',
    label: 'certificates',
    scope: 'settings:read',
    open: openCertificates,
  },
  {
    name: 'recipients',
    label: 'recipientCertificates',
    scope: 'settings:read',
    open: () => html`<${RecipientCertificatesView} />`,
  },
  { name: 'history', label: 'history', scope: 'audit:read', open: openHistory },
  { name: 'keys', label: 'access', scope: 'admin', open: openKeys },
  { name: 'activity', label: 'activity', scope: 'mail:read:all', open: openActivity },
];

function openMails([, id]: Route): VNode {
  if (id === undefined) return html`<${MailsView} />`;
  return id === 'new' ? html`<${NewMailView} />` : html`<${MailView} id=${id} />`;
}

/** Not among the sections: the settings lead here while the mailbox is in use. */
const testMailbox = (id: string | undefined): View => ({
  section: '',
  title: testMailboxTexts().title,
  render: () => (id === undefined ? html`<${TestMailboxView} />` : html`<${TestMessageView} id=${id} />`),
});

/** Not among the sections either: the banner and the view of the server lead here. */
const sendingMode = (): View => ({
  section: 'server',
  title: sendingModeTexts().title,
  render: () => html`<${SendingModeView} />`,
});

function openSenders([, id]: Route): VNode {
  return id === undefined ? html`<${SendersView} />` : html`<${SenderView} id=${id} />`;
}

function openExchange([, id]: Route): VNode {
  return id === undefined ? html`<${ExchangeConnections} />` : html`<${ConnectionView} id=${id} />`;
}

function openCertificates([, id]: Route): VNode {
  return id === 'new' && mayCreateKeys() ? html`<${NewKeyView} />` : html`<${CertificatesView} />`;
}

function openHistory([, version]: Route): VNode {
  return version === undefined
    ? html`<${HistoryView} />`
    : html`<${VersionView} version=${Number.parseInt(version, 10)} />`;
}

/** The sections that the person may see. */
function sections(): readonly Section[] {
  const t = common();
  return known.filter(({ scope }) => may(scope)).map(({ name, label }) => ({ name, label: t[label] }));
}

/** Where the page opens: with the overview, but with the settings while nothing is set up. */
async function findFirstView(): Promise<string> {
  const first = known.find(({ name, scope }) => name !== 'overview' && may(scope))?.name ?? '';
  if (!may('mail:read:all')) return first;
  if (!may('settings:read')) return 'overview';
  const { version } = await call('GET /v1/outgoing-servers/{id}', { path: { id: 'default' } });
  return version === 0 ? first : 'overview';
}

/** @param first undefined: it is not known yet where the page opens */
function viewOf(route: Route, first: string | undefined): View {
  const t = common();
  // Whoever is signed in has begun already.
  const [wanted = first, id] = route[0] === 'start' || route[0] === 'sign-in' ? [] : route;
  if (wanted === undefined) return { section: '', title: t.loading, render: () => html`<${Loading} />` };
  if (wanted === 'test-mailbox' && may('mail:read:all')) return testMailbox(id);
  if (wanted === 'help') return { section: '', title: t.help, render: () => openHelp(route) };
  if (wanted === 'sending-mode' && may('settings:read')) return sendingMode();
  const found = known.find(({ name }) => name === wanted);
  if (found === undefined || !may(found.scope)) {
    const title = found === undefined && wanted !== '' ? t.notFound : t.notAllowed;
    return { section: '', title, render: () => html`<${ViewTitle}>${title}<//><${Empty} title=${title} />` };
  }
  return { section: found.name, title: t[found.label], render: () => found.open(route) };
}

const retryMs = 3_000;

/** The whole page: the sign-in, or the view of the address. */
function App(): VNode {
  useLanguage();
  const session = useSession();
  const [problem, setProblem] = useState<ApiProblem>();
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const load = (): void => {
      loadSession().then(
        () => setProblem(undefined),
        (error: unknown) => {
          const found = asProblem(error);
          if (found.code === 'unauthenticated') return;
          setProblem(found);
          timer = setTimeout(load, retryMs);
        },
      );
    };
    load();
    return () => clearTimeout(timer);
  }, []);
  return html`
    <${Header} me=${session.state === 'in' ? session.me : undefined} />
    ${session.state === 'in' && html`<${Inside} />`}
    ${session.state === 'out' && html`<main id="main" class="narrow"><${Outside} /></main>`}
    ${
      session.state === 'unknown' &&
      html`<main id="main" class="narrow">
        ${problem === undefined ? html`<${Loading} />` : html`<${ProblemNotice} problem=${problem} />`}
      </main>`
    }
    <div id="announcements" class="visually-hidden" role="status" aria-live="polite"></div>
  `;
}

function Header({ me }: { me: Me | undefined }): VNode {
  const t = common();
  const current = useLanguage();
  const toMain = (): void => document.getElementById('view-title')?.focus();
  return html`<header class="top">
    <button type="button" class="skip" onClick=${toMain}>${t.skip}</button>
    <span class="brand"><span class="mark" aria-hidden="true"></span>${t.product}</span>
    ${me !== undefined && html`<${HealthPill} />`}
    <div class="top-end">
      ${me !== undefined && html`<a class="button quiet" href=${linkTo('help')} aria-label=${t.help}>?</a>`}
      ${me !== undefined && html`<span class="who" title=${t.signedInAs(me.name)}>${me.name}</span>`}
      <div class="segmented" role="group" aria-label=${t.language}>
        ${(['de', 'en'] as const).map(
          (one) =>
            html`<button
              type="button"
              key=${one}
              lang=${one}
              aria-pressed=${one === current}
              aria-label=${one === 'de' ? 'DE, Deutsch' : 'EN, English'}
              onClick=${() => setLanguage(one)}
            >
              ${one.toUpperCase()}
            </button>`,
        )}
      </div>
      ${me !== undefined && html`<button type="button" class="quiet" onClick=${() => leave(() => void signOut().catch(() => undefined))}>${t.signOut}</button>`}
    </div>
  </header>`;
}

function Inside(): VNode {
  const route = useRoute();
  const t = common();
  const path = route.join('/');
  const isFirst = useRef(true);
  const { data, problem } = useLoaded('first view', findFirstView);
  const badges: Readonly<Record<string, number>> = useBadges();
  const view = viewOf(route, problem === undefined ? data : 'overview');
  useEffect(() => {
    document.title = `${view.title} · ${common().product}`;
  });
  useEffect(() => {
    if (!isFirst.current) document.getElementById('view-title')?.focus();
    isFirst.current = false;
    scrollTo(0, 0);
  }, [path]);
  return html`<div class="layout">
    <nav class="side" aria-label=${t.navigation}>
      <ul>
        ${sections().map(
          ({ name, label }) =>
            html`<li key=${name}>
              <a
                href=${linkTo(name)}
                aria-current=${view.section === name ? 'page' : undefined}
                aria-description=${(badges[name] ?? 0) > 0 ? healthTexts().badge(badges[name] ?? 0) : undefined}
                >${label}${(badges[name] ?? 0) > 0 && html`<span class="count" aria-hidden="true">${badges[name]}</span>`}</a
              >
            </li>`,
        )}
        <li class="apart"><a href="./docs">${t.api}</a></li>
      </ul>
    </nav>
    <div class="content">
      <${EnvironmentBanner} />
      <${SendingModeBanner} />
      <main id="main" key=${path}>${view.render()}</main>
    </div>
  </div>`;
}

// What the scripts that are loaded later take from this one.
export { useEffect, useRef, useState } from 'preact/hooks';
export { ApiProblem, call } from './api/client.ts';
export { liveEvents, mailEvents, useCalm, useLive, useLoaded } from './api/live.ts';
export { may, useSession } from './api/session.ts';
export {
  common,
  formatClock,
  formatCount,
  formatDate,
  formatDaysLeft,
  formatInstant,
  formatRelative,
  formatTime,
  locale,
  sentence,
  texts,
} from './i18n.ts';
export { useAction } from './parts/action.ts';
export {
  announce,
  Badge,
  CopyButton,
  Dialog,
  Empty,
  FormProblem,
  html,
  Loading,
  Notice,
  ProblemNotice,
  RemoveDialog,
  ViewTitle,
} from './parts/elements.ts';
export {
  ChecksField,
  ChoiceField,
  controlProps,
  Field,
  fieldAt,
  findingsWithValues,
  SelectField,
  TextField,
  useFocusOnFinding,
  valuesOf,
} from './parts/fields.ts';
export { unreadable } from './parts/form-values.ts';
export { goTo, linkTo, linkWith, useLeaveQuestion, useSearch } from './router.ts';
export { soonDays } from './views/health/health.ts';
export { newId } from './views/resource/resource.ts';

const root = document.getElementById('page');
if (root !== null) {
  root.replaceChildren();
  render(html`<${App} />`, root);
}
