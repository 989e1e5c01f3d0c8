/*
 * What a mail says: texts, header fields and attachments, when a person asks for them. The text in HTML is shown in a frame
 * without scripts and remote content; the service sends it with a policy that says the same.
 */
import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { call } from '../../api/client.ts';
import { useLoaded } from '../../api/live.ts';
import type { MailContent } from '../../api/operations.ts';
import { may } from '../../api/session.ts';
import { texts } from '../../i18n.ts';
import { html, Loading, ProblemNotice } from '../../parts/elements.ts';
import { testMailboxTexts } from '../test-mailbox/texts.ts';

const contentTexts = texts({
  de: { title: 'Inhalt', show: 'Inhalt anzeigen', parts: 'Teile der E-Mail', noAttachments: 'Keine Anhänge' },
  en: {
    title: 'Content',
    show: 'Show the content',
    parts: 'Parts of the mail',
    noAttachments: 'No attachments',
  },
});

/** Relative, as all addresses of the page. */
const addressOf = (id: string, ...parts: readonly (string | number)[]): string =>
  ['./v1/mails', encodeURIComponent(id), ...parts].join('/');

/** Nothing for whoever may not read it. Nothing is loaded before somebody wants to see it. */
export function ContentCard({ id }: { id: string }): VNode | null {
  const t = contentTexts();
  const [isShown, setShown] = useState(false);
  if (!may('mail:content')) return null;
  return html`<section class="card" id="content">
    <h2>${t.title}</h2>
    ${
      isShown
        ? html`<${Content} id=${id} />`
        : html`<button type="button" id="show-content" onClick=${() => setShown(true)}>${t.show}</button>`
    }
    <p><a id="download-source" href=${addressOf(id, 'raw')} download>${testMailboxTexts().raw}</a></p>
  </section>`;
}

function Content({ id }: { id: string }): VNode {
  const { data, problem, reload } = useLoaded(
    `content ${id}`,
    async () => await call('GET /v1/mails/{id}/content', { path: { id } }),
  );
  if (problem !== undefined) {
    return html`<${ProblemNotice}
      problem=${problem}
      retry=${problem.code === 'content-gone' ? undefined : reload}
    />`;
  }
  return data === undefined ? html`<${Loading} />` : html`<${Parts} content=${data} />`;
}

const parts = ['text', 'html', 'headers', 'attachments'] as const;
type Part = (typeof parts)[number];

function Parts({ content }: { content: MailContent }): VNode {
  const t = testMailboxTexts();
  const { text, hasHtml, attachments } = content;
  const [part, setPart] = useState<Part>(text === null && hasHtml ? 'html' : 'text');
  const names: Readonly<Record<Part, string>> = {
    text: t.text,
    html: t.htmlText,
    headers: t.headers,
    attachments: `${t.attachments} (${attachments.length})`,
  };
  return html`
    <div class="segmented tabs" role="group" aria-label=${contentTexts().parts}>
      ${parts
        .filter((name) => name !== 'html' || hasHtml)
        .map(
          (name) =>
            html`<button
              type="button"
              key=${name}
              id=${`part-${name}`}
              aria-pressed=${name === part}
              onClick=${() => setPart(name)}
            >
              ${names[name]}
            </button>`,
        )}
    </div>
    <div id="content-part"><${ShownPart} part=${part} content=${content} /></div>
  `;
}

function ShownPart({ part, content }: { part: Part; content: MailContent }): VNode {
  const t = testMailboxTexts();
  const { id, text, headers, attachments } = content;
  switch (part) {
    case 'text':
      return text === null
        ? html`<p class="muted">${t.noText}</p>`
        : html`<pre class="message-text">${text}</pre>`;
    case 'html':
      return html`<iframe
        class="message-frame"
        title=${t.htmlText}
        sandbox=""
        src=${addressOf(id, 'html')}
      ></iframe>`;
    case 'headers':
      return html`<dl class="facts">
        ${headers.map(({ name, value }) => [html`<dt>${name}</dt>`, html`<dd>${value}</dd>`])}
      </dl>`;
    case 'attachments':
      return attachments.length === 0
        ? html`<p class="muted">${contentTexts().noAttachments}</p>`
        : html`<ul class="rows">
            ${attachments.map(
              ({ number, filename, contentType, sizeBytes }) =>
                html`<li key=${number} class="recipient">
                  <a href=${addressOf(id, 'attachments', number)} download>${filename ?? contentType}</a>
                  <span class="muted"> ${contentType} · ${t.bytes(sizeBytes)}</span>
                </li>`,
            )}
          </ul>`;
    default:
      return part satisfies never;
  }
}
