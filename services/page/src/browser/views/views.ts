import type { VNode } from 'preact';
import { html } from '../html.ts';
import { common } from '../i18n/common-texts.ts';
import { Empty, ViewTitle } from '../parts/notices.ts';
import type { Route } from '../router.ts';
import { may, type Scope } from '../session.ts';
import { CertificatesView, RecipientCertificatesView } from './certificates/certificates.ts';
import { mayCreateKeys, NewKeyView } from './certificates/new-key.ts';
import { ExchangeConnectionView } from './exchange/connection.ts';
import { ExchangeConnections } from './exchange/list.ts';
import { HistoryView } from './history/history.ts';
import { VersionView } from './history/version.ts';
import { MailView } from './mails/mail.ts';
import { MailsView } from './mails/mails.ts';
import { NewMailView } from './mails/new-mail.ts';
import { ServerView } from './server/server.ts';

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

const known: readonly { name: string; label: Label; scope: Scope; open: (route: Route) => VNode }[] = [
  { name: 'server', label: 'server', scope: 'settings:read', open: () => html`<${ServerView} />` },
  { name: 'mails', label: 'mails', scope: 'mail:read', open: openMails },
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
];

function openMails([, id]: Route): VNode {
  if (id === undefined) return html`<${MailsView} />`;
  return id === 'new' ? html`<${NewMailView} />` : html`<${MailView} id=${id} />`;
}

function openExchange([, id]: Route): VNode {
  return id === undefined ? html`<${ExchangeConnections} />` : html`<${ExchangeConnectionView} id=${id} />`;
}

function openCertificates([, id]: Route): VNode {
  return id === 'new' && mayCreateKeys() ? html`<${NewKeyView} />` : html`<${CertificatesView} />`;
}

function openHistory([, version]: Route): VNode {
  return version === undefined
    ? html`<${HistoryView} />`
    : html`<${VersionView} version=${Number.parseInt(version, 10)} />`;
}

/** What one may see is offered, and nothing else. */
export function sections(): readonly Section[] {
  const t = common();
  return known.filter(({ scope }) => may(scope)).map(({ name, label }) => ({ name, label: t[label] }));
}

export function viewOf(route: Route): View {
  const t = common();
  const [wanted = known.find(({ scope }) => may(scope))?.name ?? ''] = route;
  const found = known.find(({ name }) => name === wanted);
  if (found === undefined || !may(found.scope)) {
    const title = found === undefined && wanted !== '' ? t.notFound : t.notAllowed;
    return { section: '', title, render: () => html`<${ViewTitle}>${title}<//><${Empty} title=${title} />` };
  }
  return { section: found.name, title: t[found.label], render: () => found.open(route) };
}
