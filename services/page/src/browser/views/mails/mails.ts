import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { call } from '../../api/client.ts';
import type { Operations } from '../../api/operations.ts';
import { html } from '../../html.ts';
import { common } from '../../i18n/common-texts.ts';
import { formatInstant, formatRelative } from '../../i18n/format.ts';
import { mailEvents, useLive } from '../../live.ts';
import { Badge, Empty, Loading, ProblemNotice, ViewTitle } from '../../parts/notices.ts';
import { linkTo } from '../../router.ts';
import { may } from '../../session.ts';
import { useCalm, useLoaded } from '../../use-loaded.ts';
import { QueueLine } from './queue-line.ts';
import { type MailSummary, toneOf } from './mail-states.ts';
import { mailTexts } from './texts.ts';

type MailState = MailSummary['state'];
type Page = Operations['listMails']['response'];

const pageSize = 50;
/** Events tell what becomes of mails; that one was accepted is only seen by looking. */
const lookEveryMs = 10_000;

/** The API filters by one state; a tab may stand for several. */
const filters: Readonly<Record<string, readonly (MailState | undefined)[]>> = {
  all: [undefined],
  waiting: ['queued', 'sending', 'deferred'],
  held: ['held'],
  failed: ['failed', 'expired', 'partly-sent'],
  unknown: ['unknown'],
  sent: ['sent'],
};

async function loadMails(filter: string, limit: number): Promise<Page> {
  const states = filters[filter] ?? [undefined];
  const pages = await Promise.all(
    states.map(async (state) => {
      const query = { limit: Math.min(limit, 200), ...(state === undefined ? {} : { state }) };
      return (await call('listMails', { query })).data;
    }),
  );
  const items = pages
    .flatMap((page) => page.items)
    .toSorted((a, b) => b.acceptedAt.localeCompare(a.acceptedAt));
  return {
    items: items.slice(0, limit),
    nextCursor: pages.find(({ nextCursor }) => nextCursor !== null)?.nextCursor ?? null,
  };
}

/** What waits, what failed and why. */
export function MailsView(): VNode {
  const t = mailTexts();
  const [filter, setFilter] = useState(() => sessionStorage.getItem('postausgang-mail-filter') ?? 'all');
  const [limit, setLimit] = useState(pageSize);
  const [round, setRound] = useState(0);
  const { data, problem, reload } = useLoaded(`mails ${filter} ${limit}`, () => loadMails(filter, limit));
  useLive(mailEvents, useCalm(reload, 500));
  useEffect(() => {
    const timer = setInterval(() => document.hidden || reload(), lookEveryMs);
    return () => clearInterval(timer);
  }, []);
  useEffect(() => setRound((count) => count + 1), [data]);
  const choose = (next: string): void => {
    sessionStorage.setItem('postausgang-mail-filter', next);
    setFilter(next);
    setLimit(pageSize);
  };
  const compose =
    may('mail:send') && html`<a class="button primary" href=${linkTo('mails', 'new')}>${t.compose}</a>`;
  if (problem?.code === 'not-found') {
    return html`<${ViewTitle}>${common().mails}<//
      ><${Empty} title=${t.noMailer}><p>${t.noMailerHelp}</p><//>`;
  }
  return html`
    <${ViewTitle} aside=${compose}>${common().mails}<//>
    <p class="lead">${t.intro}</p>
    <${QueueLine} round=${round} />
    <div class="segmented tabs" role="group" aria-label=${t.filter}>
      ${Object.keys(filters).map(
        (name) =>
          html`<button
            type="button"
            key=${name}
            aria-pressed=${name === filter}
            onClick=${() => choose(name)}
          >
            ${t.filters[name]}
          </button>`,
      )}
    </div>
    ${problem !== undefined && html`<${ProblemNotice} problem=${problem} retry=${reload} />`}
    ${data === undefined && problem === undefined && html`<${Loading} />`}
    ${data?.items.length === 0 && html`<${Empty} title=${t.empty}><p>${t.emptyHelp}</p><//>`}
    <ul class="rows mails">
      ${data?.items.map((mail) => html`<${MailRow} key=${mail.id} mail=${mail} />`)}
    </ul>
    ${
      data !== undefined &&
      data.nextCursor !== null &&
      limit < 200 &&
      html`<button type="button" onClick=${() => setLimit(limit + pageSize)}>${common().more}</button>`
    }
  `;
}

function MailRow({ mail }: { mail: MailSummary }): VNode {
  const t = mailTexts();
  const { id, subject, state, recipients, acceptedAt, businessReference } = mail;
  const [first] = recipients;
  const failure = recipients.find((recipient) => recipient.failure !== undefined);
  return html`<li>
    <a class="mail-row" href=${linkTo('mails', id)}>
      <span class="mail-main">
        <strong class="clip">${subject === null || subject === '' ? t.noSubject : subject}</strong>
        <span class="muted clip"
          >${t.to} ${first?.address ?? '–'} ${recipients.length > 1 ? t.others(recipients.length - 1) : ''}
          ${businessReference === null ? '' : ` · ${businessReference}`}</span
        >
        ${failure?.reply !== undefined && state !== 'sent' && html`<span class="reply-line clip">${failure.reply}</span>`}
      </span>
      <span class="mail-end">
        <${Badge} tone=${toneOf(state)}>${t.states[state] ?? state}<//>
        <time class="muted" datetime=${acceptedAt} title=${formatInstant(acceptedAt)}
          >${formatRelative(acceptedAt)}</time
        >
      </span>
    </a>
  </li>`;
}
