import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { call, ifMatch } from '../../api/client.ts';
import { useCalm, useLive, useLoaded } from '../../api/live.ts';
import type { SenderPatch, SenderCreate, SenderView as View } from '../../api/operations.ts';
import { may } from '../../api/session.ts';
import { common } from '../../i18n.ts';
import type { Editing } from '../../parts/editing.ts';
import { Badge, Empty, html, Loading, ProblemNotice, ViewTitle } from '../../parts/elements.ts';
import { TextField } from '../../parts/fields.ts';
import { senderFields } from '../../parts/form-values.ts';
import { showValue } from '../../parts/setting-values.ts';
import { linkTo } from '../../router.ts';
import { type ListedResource, newId, ResourceView } from '../resource/resource.ts';
import { CheckAll, CheckBadge, CheckOne, whatToDo } from './checks.ts';
import { senderTexts } from './texts.ts';
import { WhoSends } from './who-sends.ts';

const pageSize = 50;

/** As many senders as are shown, page by page. */
async function loadSenders(text: string, count: number) {
  const items: View[] = [];
  let cursor: string | null = null;
  do {
    const query: { text?: string; limit: number; cursor?: string } = {
      limit: Math.min(200, count - items.length),
      ...(text === '' ? {} : { text }),
      ...(cursor === null ? {} : { cursor }),
    };
    const page = await call('GET /v1/senders', { query });
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null && items.length < count);
  return { items, hasMore: cursor !== null };
}

/** The list of senders, with a search. */
export function SendersView(): VNode {
  const t = senderTexts();
  const [text, setText] = useState('');
  const [count, setCount] = useState(pageSize);
  const { data, problem, reload } = useLoaded(`senders ${count} ${text}`, () => loadSenders(text, count));
  useLive(['sender-changed', 'sender-checked', 'settings-changed'], useCalm(reload));
  const create =
    may('settings:write') && html`<a class="button primary" href=${linkTo('senders', newId)}>${t.create}</a>`;
  return html`
    <${ViewTitle} aside=${create}>${common().senders}<//>
    <p class="lead">${t.intro}</p>
    <${TextField} id="sender-search" label=${t.search} type="search" value=${text} onInput=${setText} />
    ${problem !== undefined && html`<${ProblemNotice} problem=${problem} retry=${reload} />`}
    ${data === undefined && problem === undefined && html`<${Loading} />`}
    ${data?.items.length === 0 && html`<${Empty} title=${t.empty}><p>${t.emptyHelp}</p><//>`}
    <ul class="rows">
      ${data?.items.map((sender) => html`<${Row} key=${sender.id} sender=${sender} />`)}
    </ul>
    ${
      data?.hasMore === true &&
      html`<button type="button" onClick=${() => setCount(count + pageSize)}>${common().more}</button>`
    }
    <${CheckAll} />
    <${WhoSends} />
  `;
}

function Row({ sender }: { sender: View }): VNode {
  const t = senderTexts();
  const { id, name, address, active, source, warnings, check } = sender;
  const todo = active ? whatToDo(check) : undefined;
  const { kind, key, branch } = sender.for;
  const use = [kind === null ? '' : showValue(senderFields, '/for/kind', kind), key ?? '', branch ?? ''];
  return html`<li>
    <a class="mail-row" href=${linkTo('senders', id)}>
      <span class="mail-main">
        <strong class="clip">${name}</strong>
        <span class="muted clip">${address}</span>
        <span class="muted clip">${use.filter((part) => part !== '').join(' · ')}</span>
        ${todo !== undefined && html`<span class="muted">${todo}</span>`}
      </span>
      <span class="mail-end">
        ${source !== null && html`<${Badge} tone="quiet">${t.listed(source)}<//>`}
        ${warnings.length > 0 && html`<${Badge} tone="warn">${common().findings(warnings.length)}<//>`}
        <${CheckBadge} check=${check} />
        ${!active && html`<${Badge} tone="quiet">${t.inactive}<//>`}
      </span>
    </a>
  </li>`;
}

function senderOf(id: string): ListedResource<View> {
  const path = { id };
  return {
    key: `sender ${id}`,
    fields: senderFields,
    events: ['sender-changed'],
    load: async () => (id === newId ? null : await call('GET /v1/senders/{id}', { path })),
    save: async (patch, version, reason) =>
      id === newId
        ? await call('POST /v1/senders', { query: { reason }, body: patch as SenderCreate })
        : await call('PATCH /v1/senders/{id}', {
            path,
            query: { reason },
            headers: ifMatch(version),
            body: patch as SenderPatch,
          }),
    remove: (version) => call('DELETE /v1/senders/{id}', { path, headers: ifMatch(version) }),
    page: async (query) => await call('GET /v1/senders/{id}/history', { path, query }),
    diff: async (from, to) => await call('GET /v1/senders/{id}/diff', { path, query: { from, to } }),
    revert: async (current, body) =>
      (await call('POST /v1/senders/{id}/revert', { path, headers: ifMatch(current), body })).version,
  };
}

/** One sender, or a new one. */
export function SenderView({ id }: { id: string }): VNode {
  const resource = senderOf(id);
  const below = ({ view }: Editing<View>): VNode | null =>
    view === null ? null : html`<${CheckOne} sender=${view} />`;
  return html`<${ResourceView}
    id=${id}
    list="senders"
    texts=${senderTexts()}
    resource=${resource}
    below=${below}
  />`;
}
