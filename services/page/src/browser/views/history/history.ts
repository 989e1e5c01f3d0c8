import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { call, ifMatch } from '../../api/client.ts';
import { useLoaded } from '../../api/live.ts';
import { may } from '../../api/session.ts';
import { common } from '../../i18n.ts';
import { Badge, html, Loading, ProblemNotice, ViewTitle } from '../../parts/elements.ts';
import { serverFields, valuesOf } from '../../parts/form-values.ts';
import { Differences, labelOf, showValue } from '../../parts/setting-values.ts';
import { goTo, linkTo } from '../../router.ts';
import {
  ChangeFacts,
  type ChangeItemInput,
  ChangeList,
  historyTexts,
  type HistoryCalls,
  RevertDialog,
} from './changes.ts';

const path = { id: 'default' };

const serverHistory: HistoryCalls = {
  key: 'server',
  events: ['settings-changed'],
  fields: serverFields,
  page: async (query) => await call('GET /v1/outgoing-servers/{id}/history', { path, query }),
  diff: async (from, to) => await call('GET /v1/outgoing-servers/{id}/diff', { path, query: { from, to } }),
  async revert(current, body) {
    const headers = ifMatch(current);
    return (await call('POST /v1/outgoing-servers/{id}/revert', { path, headers, body })).version;
  },
  done: () => goTo('server'),
};

async function load(version: number) {
  const earlier = await call('GET /v1/outgoing-servers/{id}/history/{version}', {
    path: { ...path, version },
  });
  const history = await call('GET /v1/outgoing-servers/{id}/history', {
    path,
    query: { limit: 1 },
  });
  const current = history.items[0]?.version ?? 0;
  const diff = await call('GET /v1/outgoing-servers/{id}/diff', {
    path,
    query: { from: version, to: current },
  });
  return { earlier, current, differences: diff.differences };
}

/** One version, as it was. */
export function VersionView({ version }: { version: number }): VNode {
  const t = historyTexts();
  const { data, problem, reload } = useLoaded(`version ${version}`, () => load(version));
  const [isReverting, setReverting] = useState(false);
  return html`
    <p><a href=${linkTo('history')}>← ${common().history}</a></p>
    <${ViewTitle}>${common().version(version)}<//>
    ${problem !== undefined && html`<${ProblemNotice} problem=${problem} retry=${reload} />`}
    ${data === undefined && problem === undefined && html`<${Loading} />`}
    ${
      data !== undefined &&
      html`
        ${data.earlier.change === null ? html`<p class="muted">${t.first}</p>` : html`<${ChangeFacts} change=${data.earlier.change} />`}
        ${
          data.current !== version &&
          may('settings:write') &&
          html`<div class="actions">
            <button type="button" onClick=${() => setReverting(true)}>${t.revertTitle(version)}</button>
          </div>`
        }
        ${
          data.earlier.change !== null &&
          html`<section class="card">
            <h2>${t.change}</h2>
            <${Differences} fields=${serverFields} items=${data.earlier.change.differences} />
          </section>`
        }
        ${
          data.current !== version &&
          html`<section class="card">
            <h2>${t.compare}</h2>
            <${Differences}
              fields=${serverFields}
              items=${data.differences}
              from=${common().version(version)}
              to=${common().current}
            />
          </section>`
        }
        <section class="card">
          <h2>${t.all}</h2>
          <dl class="facts">
            ${Object.entries(valuesOf(serverFields, data.earlier.settings)).map(
              ([pointer, value]) =>
                html`<dt key=${pointer}>${labelOf(serverFields, pointer)}</dt>
                  <dd>${showValue(serverFields, pointer, value)}</dd>`,
            )}
          </dl>
        </section>
        ${isReverting && html`<${RevertDialog} calls=${serverHistory} to=${version} current=${data.current} onClose=${() => setReverting(false)} />`}
      `
    }
  `;
}

/** The history of the outgoing server. */
export function HistoryView(): VNode {
  return html`
    <${ViewTitle}>${common().history}<//>
    <p class="lead">${historyTexts().intro}</p>
    <${ChangeList} calls=${serverHistory} listClass="timeline" item=${ChangeItem} />
  `;
}

function ChangeItem({ change, isCurrent, revert }: ChangeItemInput): VNode {
  const t = historyTexts();
  const { version, differences } = change;
  return html`<li class="card change" id=${`version-${version}`}>
    <div class="change-head">
      <h2>
        <a href=${linkTo('history', version)}>${common().version(version)}</a
        >${' '}${isCurrent && html`<${Badge} tone="good">${t.current}<//>`}
      </h2>
      <div class="actions">
        ${
          !isCurrent &&
          may('settings:write') &&
          html`<button type="button" class="quiet" aria-label=${t.revertTitle(version)} onClick=${revert}>
            ${t.revert}
          </button>`
        }
      </div>
    </div>
    <${ChangeFacts} change=${change} />
    <${Differences} fields=${serverFields} items=${differences} />
  </li>`;
}
