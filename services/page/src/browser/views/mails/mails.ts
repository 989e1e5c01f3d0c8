import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { call } from '../../api/client.ts';
import { mailEvents, useCalm, useLive, useLoaded } from '../../api/live.ts';
import type { MailList, QueueStatus } from '../../api/operations.ts';
import { may } from '../../api/session.ts';
import { common, formatInstant, formatRelative, formatTime } from '../../i18n.ts';
import { useAction } from '../../parts/action.ts';
import {
  Badge,
  Empty,
  html,
  Loading,
  Notice,
  ProblemNotice,
  type Tone,
  ViewTitle,
} from '../../parts/elements.ts';
import { controlProps, Field, fieldAt, TextField } from '../../parts/fields.ts';
import { serverFields } from '../../parts/form-values.ts';
import { labelOf } from '../../parts/setting-values.ts';
import { goTo, linkTo } from '../../router.ts';
import { BulkActions } from './bulk.ts';
import { explain, type MailSummary, toneOf } from './mail.ts';
import { mailTexts, queueTexts } from './texts.ts';

/** Sends a simple mail, so that its delivery can be watched. */
export function NewMailView(): VNode {
  const t = mailTexts();
  const [to, setTo] = useState('');
  const [subject, setSubject] = useState(t.defaultSubject);
  const [text, setText] = useState(t.defaultText);
  // A second click sends no second mail, even if the first answer was lost.
  const [idempotencyKey] = useState(() => crypto.randomUUID());
  const { problem, isBusy, run } = useAction(async () => {
    const addresses = to.split(/[,;\s]+/).filter((address) => address !== '');
    const data = await call('POST /v1/mails', {
      headers: { 'idempotency-key': `${idempotencyKey}` },
      body: { to: addresses.map((address) => ({ address })), subject, text },
    });
    goTo('mails', data.id);
  });
  const textField = { id: 'mail-text', label: t.text, ...fieldAt(problem, '/text') };
  return html`
    <p><a href=${linkTo('mails')}>← ${common().mails}</a></p>
    <${ViewTitle}>${t.newTitle}<//>
    <p class="lead">${t.newIntro}</p>
    <form class="card" onSubmit=${run} novalidate>
      ${problem !== undefined && html`<${ProblemNotice} problem=${problem} />`}
      <${TextField}
        id="mail-to"
        label=${t.to}
        value=${to}
        onInput=${setTo}
        inputmode="email"
        ...${fieldAt(problem, '/to')}
      />
      <${TextField}
        id="mail-subject"
        label=${t.subject}
        value=${subject}
        onInput=${setSubject}
        ...${fieldAt(problem, '/subject')}
      />
      <${Field} ...${textField}>
        <textarea
          ...${controlProps(textField)}
          rows="6"
          value=${text}
          onInput=${(event: Event) => setText((event.target as HTMLTextAreaElement).value)}
        ></textarea>
      <//>
      <div class="actions"><button type="submit" class="primary" disabled=${isBusy}>${t.send}</button></div>
    </form>
  `;
}

const tones: Readonly<Record<string, Tone>> = {
  idle: 'good',
  moving: 'info',
  limited: 'warn',
  standstill: 'bad',
  disabled: 'warn',
};

/** The state of the queue in one line, and why it does not move. `round` counts how often the mails were loaded. */
function QueueLine({ round }: { round: unknown }): VNode | null {
  const [resumed, setResumed] = useState(0);
  const key = `queue ${String(round)} ${resumed}`;
  const { data } = useLoaded(key, async () => await call('GET /v1/queue', {}));
  const { problem, run } = useAction(async () => {
    await call('POST /v1/queue/resume', { body: {} });
    setResumed((count) => count + 1);
  });
  if (data === undefined) return null;
  const { state, standstill } = data;
  return html`<${Notice} tone=${tones[state] ?? 'info'}>
    <p id="queue"><strong>${queueTexts().states[state] ?? state}</strong> ${countsOf(data)}</p>
    ${standstill !== null && html`<p>${explain(standstill.failure)}</p>`}
    ${standstill !== null && html`<p class="muted">${times(standstill)}</p>`}
    ${standstill === null && html`<p>${limitOf(data)}</p>`}
    ${
      standstill !== null &&
      may('mail:manage') &&
      html`<button type="button" id="send-now" onClick=${run}>${queueTexts().sendNow}</button>`
    }
    ${problem !== undefined && html`<${ProblemNotice} problem=${problem} />`}
  <//>`;
}

const joined = (parts: readonly (string | false)[]): string =>
  parts.filter((part) => part !== false).join(' · ');

function countsOf({ mails, emptyAt }: QueueStatus): string {
  const { due, later, sending, held, unknown } = mails;
  const t = queueTexts();
  return joined([
    due > 0 && t.due(due),
    sending > 0 && t.sending(sending),
    later > 0 && t.later(later),
    held > 0 && t.held(held),
    unknown > 0 && t.unknown(unknown),
    due > 0 && emptyAt !== null && t.empty(formatInstant(emptyAt)),
  ]);
}

/** The limit that is reached, and when sending resumes. */
function limitOf({ limits }: QueueStatus): string {
  const t = queueTexts();
  const { reached, maxConnections, mailsPerMinute, recipientsPerDay } = limits;
  if (reached === null) return '';
  const uses = Object.entries({ maxConnections, mailsPerMinute, recipientsPerDay });
  const limit = uses.find(([name]) => name === reached.detail)?.[1].limit ?? null;
  return joined([
    t.limit(labelOf(serverFields, `/limits/${reached.detail ?? ''}`), limit),
    reached.retryAt !== undefined && t.resumes(formatTime(reached.retryAt)),
  ]);
}

function times({ since, nextProbeAt }: NonNullable<QueueStatus['standstill']>): string {
  return joined([
    since !== null && queueTexts().since(formatInstant(since)),
    nextProbeAt !== null && queueTexts().probe(formatRelative(nextProbeAt)),
  ]);
}

type MailState = MailSummary['state'];

const pageSize = 50;
/** There are events for what happens to a mail, but none for its acceptance. */
const lookEveryMs = 10_000;

/** The states of each tab; the API filters by one state. */
const filters: Readonly<Record<string, readonly (MailState | undefined)[]>> = {
  all: [undefined],
  waiting: ['queued', 'sending', 'deferred'],
  held: ['held'],
  failed: ['failed', 'expired', 'partly-sent'],
  unknown: ['unknown'],
  sent: ['sent'],
};

async function loadMails(filter: string, limit: number): Promise<MailList> {
  const states = filters[filter] ?? [undefined];
  const pages = await Promise.all(
    states.map(async (state) => {
      const query = { limit: Math.min(limit, 200), ...(state === undefined ? {} : { state }) };
      return await call('GET /v1/mails', { query });
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

/** The list of mails with the state of the queue. */
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
    <${BulkActions} key=${filter} filter=${filter} onDone=${reload} />
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
