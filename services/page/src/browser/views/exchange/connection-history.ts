import type { VNode } from 'preact';
import { call } from '../../api/client.ts';
import { html } from '../../html.ts';
import { Differences } from '../../parts/differences.ts';
import type { ValueLabels } from '../../parts/setting-labels.ts';
import { may } from '../../session.ts';
import { ChangeFacts, type ChangeItemInput, ChangeList } from '../history/change-list.ts';
import type { HistoryCalls } from '../history/history-calls.ts';
import { historyTexts } from '../history/texts.ts';
import { exchangeTexts } from './texts.ts';

const labels: ValueLabels = {
  labelOf: (pointer) => exchangeTexts().labels[pointer] ?? pointer,
  choicesOf: (pointer) => exchangeTexts().choices[pointer],
};

function historyOf(id: string, done: () => void): HistoryCalls {
  const path = { id };
  return {
    key: `exchange ${id}`,
    events: ['exchange-connection-changed'],
    labels,
    page: async (query) => (await call('getExchangeConnectionHistory', { path, query })).data,
    diff: async (from, to) =>
      (await call('diffExchangeConnectionVersions', { path, query: { from, to } })).data,
    async revert(current, body) {
      const headers = { 'if-match': `"${current}"` };
      return (await call('revertExchangeConnection', { path, headers, body })).data.version;
    },
    done,
  };
}

/** Who changed the connection, when and why, and back to it. */
export function ConnectionHistory({ id, reverted }: { id: string; reverted: () => void }): VNode {
  return html`<section class="card" id="connection-history" aria-labelledby="history-title">
    <h2 id="history-title">${exchangeTexts().history}</h2>
    <${ChangeList} calls=${historyOf(id, reverted)} listClass="rows" item=${Row} />
  </section>`;
}

function Row({ change, isCurrent, revert }: ChangeItemInput): VNode {
  const t = historyTexts();
  const { version, differences } = change;
  return html`<li id=${`version-${version}`}>
    <details>
      <summary>${t.title(version)}${isCurrent ? ` (${t.current})` : ''}</summary>
      <${ChangeFacts} change=${change} />
      <${Differences} items=${differences} labels=${labels} />
      ${
        !isCurrent &&
        may('settings:write') &&
        html`<div class="actions">
          <button type="button" onClick=${revert}>${t.revertTitle(version)}</button>
        </div>`
      }
    </details>
  </li>`;
}
