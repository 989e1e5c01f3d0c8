import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { call } from '../../api/client.ts';
import { useLoaded } from '../../api/live.ts';
import type { QueueStatus } from '../../api/operations.ts';
import { may } from '../../api/session.ts';
import { common, formatInstant, formatRelative, formatTime } from '../../i18n.ts';
import { useAction } from '../../parts/action.ts';
import { html, Notice, ProblemNotice, type Tone, ViewTitle } from '../../parts/elements.ts';
import { controlProps, Field, fieldAt, TextField } from '../../parts/fields.ts';
import { serverFields } from '../../parts/form-values.ts';
import { labelOf } from '../../parts/setting-values.ts';
import { goTo, linkTo } from '../../router.ts';
import { explain } from './mail.ts';
import { queueTexts } from './queue-texts.ts';
import { mailTexts } from './texts.ts';

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

/** The state of the queue in one line, and why it does not move. It is loaded again with each `round`. */
export function QueueLine({ round }: { round: number }): VNode | null {
  const { data, reload } = useLoaded('queue', async () => await call('GET /v1/queue', {}));
  useEffect(() => {
    if (round > 0) reload();
  }, [round]);
  const { problem, run } = useAction(async () => {
    await call('POST /v1/queue/resume', { body: {} });
    reload();
  });
  if (data === undefined) return null;
  const { state, standstill } = data;
  const learned = learnedOf(data);
  const connections = connectionsOf(data);
  return html`<${Notice} tone=${tones[state] ?? 'info'}>
    <p id="queue"><strong>${queueTexts().states[state] ?? state}</strong> ${countsOf(data)}</p>
    ${standstill !== null && html`<p>${explain(standstill.failure)}</p>`}
    ${standstill !== null && html`<p class="muted">${times(standstill)}</p>`}
    ${standstill === null && html`<p>${limitOf(data)}</p>`}
    ${connections !== '' && html`<p class="muted" id="connections">${connections}</p>`}
    ${learned !== '' && html`<p class="muted" id="learned">${queueTexts().learned} ${learned}</p>`}
    ${
      standstill !== null &&
      may('mail:manage') &&
      html`<button type="button" id="send-now" onClick=${run}>${queueTexts().sendNow}</button>`
    }
    ${problem !== undefined && html`<${ProblemNotice} problem=${problem} />`}
  <//>`;
}

/** How many connections are in use, and how many there may be; empty while none is needed. */
function connectionsOf({ limits: { maxConnections } }: QueueStatus): string {
  const { used, allowed, most } = maxConnections;
  return used === 0 || allowed === null || most === null
    ? ''
    : queueTexts().connectionsInUse(used, allowed, most);
}

const joined = (parts: readonly (string | false)[]): string =>
  parts.filter((part) => part !== false).join(' · ');

function countsOf({ mails, priorities, emptyAt }: QueueStatus): string {
  const { due, later, sending, held, unknown } = mails;
  const t = queueTexts();
  return joined([
    due > 0 && t.due(due),
    priorities.urgent.due > 0 && t.urgent(priorities.urgent.due),
    priorities.bulk.due > 0 && t.bulk(priorities.bulk.due),
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

/** What the server was seen to allow; empty: as much as was needed. */
function learnedOf({ limits }: QueueStatus): string {
  const { connections, messagesPerSession } = limits.learned;
  return joined([
    connections !== null && queueTexts().connections(connections),
    messagesPerSession !== null && queueTexts().messagesPerSession(messagesPerSession),
  ]);
}

function times({ since, nextProbeAt }: NonNullable<QueueStatus['standstill']>): string {
  return joined([
    since !== null && queueTexts().since(formatInstant(since)),
    nextProbeAt !== null && queueTexts().probe(formatRelative(nextProbeAt)),
  ]);
}
