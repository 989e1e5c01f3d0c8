import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { type ApiProblem, asProblem, call } from '../../api/client.ts';
import { mailEvents, useCalm, useLive, useLoaded } from '../../api/live.ts';
import type { MailList, QueueStatus } from '../../api/operations.ts';
import { may } from '../../api/session.ts';
import { common, formatInstant, formatRelative, formatTime, sentence, texts } from '../../i18n.ts';
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
import { goTo, linkTo } from '../../router.ts';
import { type MailSummary, toneOf } from './mail.ts';
import { mailTexts } from './texts.ts';

/** A simple mail, to see what becomes of it. */
export function NewMailView(): VNode {
  const t = mailTexts();
  const [to, setTo] = useState('');
  const [subject, setSubject] = useState(t.defaultSubject);
  const [text, setText] = useState(t.defaultText);
  const [problem, setProblem] = useState<ApiProblem>();
  const [isBusy, setBusy] = useState(false);
  // The same attempt to send is the same mail, also when the answer is lost and somebody clicks again.
  const [idempotencyKey] = useState(() => crypto.randomUUID());
  const send = async (event: Event): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    try {
      const addresses = to.split(/[,;\s]+/).filter((address) => address !== '');
      const data = await call('POST /v1/mails', {
        headers: { 'idempotency-key': `${idempotencyKey}` },
        body: { to: addresses.map((address) => ({ address })), subject, text },
      });
      goTo('mails', data.id);
    } catch (error) {
      setProblem(asProblem(error));
      setBusy(false);
    }
  };
  const textField = { id: 'mail-text', label: t.text, ...fieldAt(problem, '/text') };
  return html`
    <p><a href=${linkTo('mails')}>← ${common().mails}</a></p>
    <${ViewTitle}>${t.newTitle}<//>
    <p class="lead">${t.newIntro}</p>
    <form class="card" onSubmit=${(event: Event) => void send(event)} novalidate>
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

const queueTexts = texts({
  de: {
    states: {
      idle: 'Es wartet nichts.',
      moving: 'Die Warteschlange läuft.',
      limited: 'Eine Grenze ist erreicht; es geht gleich weiter.',
      standstill: 'Es geht nichts hinaus.',
      disabled: 'Der Versand ist deaktiviert.',
    } as Readonly<Record<string, string>>,
    due: (count: number) => `${count} fällig`,
    later: (count: number) => `${count} später`,
    sending: (count: number) => `${count} werden gesendet`,
    held: (count: number) => `${count} zurückgehalten`,
    unknown: (count: number) => `${count} unklar`,
    empty: (when: string) => `leer gegen ${when}`,
    since: (when: string) => `seit ${when}`,
    probe: (when: string) => `nächster Versuch ${when}`,
  },
  en: {
    states: {
      idle: 'Nothing waits.',
      moving: 'The queue is moving.',
      limited: 'A limit is reached; it goes on in a moment.',
      standstill: 'Nothing goes out.',
      disabled: 'Sending is switched off.',
    } as Readonly<Record<string, string>>,
    due: (count: number) => `${count} due`,
    later: (count: number) => `${count} later`,
    sending: (count: number) => `${count} being sent`,
    held: (count: number) => `${count} held`,
    unknown: (count: number) => `${count} unclear`,
    empty: (when: string) => `empty at about ${when}`,
    since: (when: string) => `since ${when}`,
    probe: (when: string) => `next attempt ${when}`,
  },
});

const tones: Readonly<Record<string, Tone>> = {
  idle: 'good',
  moving: 'info',
  limited: 'warn',
  standstill: 'bad',
  disabled: 'warn',
};

/** How the queue stands, in one line, and why it does not move if so. `round` counts how often the mails were read. */
function QueueLine({ round }: { round: unknown }): VNode | null {
  const { data } = useLoaded(`queue ${String(round)}`, async () => await call('GET /v1/queue', {}));
  if (data === undefined) return null;
  const { state, standstill, limits } = data;
  const why = standstill?.failure ?? limits.reached;
  return html`<${Notice} tone=${tones[state] ?? 'info'}>
    <p id="queue"><strong>${queueTexts().states[state] ?? state}</strong> ${countsOf(data)}</p>
    ${why !== null && why !== undefined && html`<p>${sentence(why)} ${why.detail ?? ''}</p>`}
    ${standstill !== null && html`<p class="muted">${times(standstill)}</p>`}
  <//>`;
}

function countsOf({ mails, emptyAt }: QueueStatus): string {
  const { due, later, sending, held, unknown } = mails;
  const all = [
    due > 0 && queueTexts().due(due),
    sending > 0 && queueTexts().sending(sending),
    later > 0 && queueTexts().later(later),
    held > 0 && queueTexts().held(held),
    unknown > 0 && queueTexts().unknown(unknown),
    due > 0 && emptyAt !== null && queueTexts().empty(formatTime(emptyAt)),
  ];
  return all.filter((part) => part !== false).join(' · ');
}

function times({ since, nextProbeAt }: NonNullable<QueueStatus['standstill']>): string {
  const parts = [
    since !== null && queueTexts().since(formatInstant(since)),
    nextProbeAt !== null && queueTexts().probe(formatRelative(nextProbeAt)),
  ];
  return parts.filter((part) => part !== false).join(' · ');
}

type MailState = MailSummary['state'];

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
