/*
 * The built-in test mailbox: what arrived, and how it misbehaves. The HTML of a message is shown in a sandboxed frame; the
 * answer that fills it forbids scripts and remote content by itself.
 */
import type { VNode } from 'preact';
import { call, ifMatch } from '../../api/client.ts';
import { mailEvents, useCalm, useLive, useLoaded } from '../../api/live.ts';
import type { TestMailbox, TestMailboxMessage } from '../../api/operations.ts';
import { may } from '../../api/session.ts';
import { formatInstant } from '../../i18n.ts';
import { useAction } from '../../parts/action.ts';
import { Empty, html, Loading, Notice, ProblemNotice, ViewTitle } from '../../parts/elements.ts';
import { linkTo } from '../../router.ts';
import { BehaviorForm } from './behavior.ts';
import { testMailboxTexts } from './texts.ts';

const mailboxRoute = 'test-mailbox';
/** Of settings that were never saved; nobody receives what is sent in its name. */
const sampleSender = 'postausgang@example.com';

interface OfferInput {
  readonly isUsed: boolean;
  readonly version: number;
  readonly onChange: () => void;
}

/** Beside the settings: offers the mailbox to those who have saved nothing yet, and says when it is in use. */
export function TestMailboxOffer({ isUsed, version, onChange }: OfferInput): VNode | null {
  if (isUsed) return html`<${InUse} />`;
  return version === 0 && may('settings:write') && may('mail:read:all')
    ? html`<${Offer} onChange=${onChange} />`
    : null;
}

function InUse(): VNode {
  const t = testMailboxTexts();
  return html`<${Notice} tone="warn">
    <p>${t.inUse} ${may('mail:read:all') && html`<a href=${linkTo(mailboxRoute)}>${t.open}</a>`}</p>
  <//>`;
}

/** Nothing where the service has no test mailbox. */
function Offer({ onChange }: Pick<OfferInput, 'onChange'>): VNode | null {
  const t = testMailboxTexts();
  const { data } = useLoaded('test mailbox', async () => await call('GET /v1/test-mailbox', {}));
  const { problem, run } = useAction(async () => {
    await call('PATCH /v1/outgoing-servers/{id}', {
      path: { id: 'default' },
      query: { reason: t.reason },
      headers: ifMatch(0),
      body: {
        enabled: true,
        serverType: 'test-mailbox',
        senderAddress: { name: t.senderName, address: sampleSender },
      },
    });
    onChange();
  });
  if (data === undefined) return null;
  return html`<${Notice}>
    <p>${t.offer}</p>
    ${problem !== undefined && html`<${ProblemNotice} problem=${problem} />`}
    <button type="button" id="use-test-mailbox" onClick=${run}>${t.use}</button>
  <//>`;
}

/** The messages in the mailbox, newest first, and its behavior. */
export function TestMailboxView(): VNode {
  const t = testMailboxTexts();
  const { data, problem, reload } = useLoaded(
    'test mailbox',
    async () => await call('GET /v1/test-mailbox', {}),
  );
  const calmReload = useCalm(reload, 400);
  useLive(mailEvents, calmReload);
  return html`
    <${ViewTitle}>${t.title}<//>
    <p class="lead">${t.intro}</p>
    ${problem !== undefined && html`<${ProblemNotice} problem=${problem} retry=${reload} />`}
    ${data === undefined && problem === undefined && html`<${Loading} />`}
    ${
      data !== undefined &&
      html`
        <${Messages} mailbox=${data} done=${reload} />
        ${may('mail:manage:all') && html`<${BehaviorForm} saved=${data.behavior} done=${reload} />`}
      `
    }
  `;
}

function Messages({ mailbox, done }: { mailbox: TestMailbox; done: () => void }): VNode {
  const t = testMailboxTexts();
  const clear = async (): Promise<void> => {
    // Whatever came of it, the list shows it.
    await call('DELETE /v1/test-mailbox/messages', {}).catch(() => undefined);
    done();
  };
  if (mailbox.messages.length === 0) return html`<${Empty} title=${t.empty} />`;
  return html`<section class="card">
    <ul class="rows" id="test-messages">
      ${mailbox.messages.map(
        ({ id, subject, recipients, receivedAt }) =>
          html`<li key=${id}>
            <a href=${linkTo(mailboxRoute, id)}
              >${subject === null || subject === '' ? t.noSubject : subject}</a
            >
            <p class="muted">${recipients.join(', ')} · ${formatInstant(receivedAt)}</p>
          </li>`,
      )}
    </ul>
    ${
      may('mail:manage:all') &&
      html`<div class="actions">
        <button type="button" class="danger" onClick=${() => void clear()}>${t.clear}</button>
      </div>`
    }
  </section>`;
}

/** One message. */
export function TestMessageView({ id }: { id: string }): VNode {
  const t = testMailboxTexts();
  const { data, problem, reload } = useLoaded(
    `test message ${id}`,
    async () => await call('GET /v1/test-mailbox/messages/{id}', { path: { id } }),
  );
  return html`
    <p><a href=${linkTo(mailboxRoute)}>← ${t.title}</a></p>
    ${data === undefined && html`<${ViewTitle}>${t.title}<//>`}
    ${problem !== undefined && html`<${ProblemNotice} problem=${problem} retry=${reload} />`}
    ${data === undefined && problem === undefined && html`<${Loading} />`}
    ${data !== undefined && html`<${Message} message=${data} />`}
  `;
}

/** Relative, as all addresses of the page. */
const addressOf = (id: string, ...parts: readonly (string | number)[]): string =>
  ['./v1/test-mailbox/messages', encodeURIComponent(id), ...parts].join('/');

function Message({ message }: { message: TestMailboxMessage }): VNode {
  const t = testMailboxTexts();
  const { id, subject, text, hasHtml, attachments, headers } = message;
  return html`
    <${ViewTitle}>${subject === null || subject === '' ? t.noSubject : subject}<//>
    <section class="card"><${Facts} message=${message} /></section>
    ${
      hasHtml &&
      html`<section class="card">
        <h2>${t.htmlText}</h2>
        <iframe class="message-frame" title=${t.htmlText} sandbox="" src=${addressOf(id, 'html')}></iframe>
      </section>`
    }
    <section class="card">
      <h2>${t.text}</h2>
      ${text === null ? html`<p class="muted">${t.noText}</p>` : html`<pre class="message-text">${text}</pre>`}
    </section>
    ${
      attachments.length > 0 &&
      html`<section class="card">
        <h2>${t.attachments}</h2>
        <ul class="rows">
          ${attachments.map(
            ({ number, filename, contentType, sizeBytes }) =>
              html`<li key=${number}>
                <a href=${addressOf(id, 'attachments', number)} download>${filename ?? contentType}</a>
                <span class="muted"> ${contentType} · ${t.bytes(sizeBytes)}</span>
              </li>`,
          )}
        </ul>
      </section>`
    }
    <section class="card">
      <h2>${t.headers}</h2>
      <dl class="facts">
        ${headers.map(({ name, value }) => [html`<dt>${name}</dt>`, html`<dd>${value}</dd>`])}
      </dl>
      <p><a href=${addressOf(id, 'raw')} download>${t.raw}</a></p>
    </section>
  `;
}

function Facts({ message }: { message: TestMailboxMessage }): VNode {
  const t = testMailboxTexts();
  const { receivedAt, sender, recipients, sizeBytes } = message;
  return html`<dl class="facts">
    <dt>${t.received}</dt>
    <dd>${formatInstant(receivedAt)}</dd>
    <dt>${t.sender}</dt>
    <dd>${sender}</dd>
    <dt>${t.recipients}</dt>
    <dd>${recipients.join(', ')}</dd>
    <dt>${t.size}</dt>
    <dd>${t.bytes(sizeBytes)}</dd>
  </dl>`;
}
