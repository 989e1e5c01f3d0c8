import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { call } from '../../api/client.ts';
import { html } from '../../html.ts';
import { useLive } from '../../live.ts';
import { Differences } from '../../parts/differences.ts';
import { ProblemNotice } from '../../parts/notices.ts';
import type { ValueLabels } from '../../parts/setting-labels.ts';
import { may } from '../../session.ts';
import { useCalm, useLoaded } from '../../use-loaded.ts';
import { type Change, ChangeFacts } from '../history/history.ts';
import { RevertDialog } from '../history/revert.ts';
import type { RevertCalls } from '../history/revert-calls.ts';
import { historyTexts } from '../history/texts.ts';
import { exchangeTexts } from './texts.ts';

const shown = 50;

const labels: ValueLabels = {
  labelOf: (pointer) => exchangeTexts().labels[pointer] ?? pointer,
  choicesOf: (pointer) => exchangeTexts().choices[pointer],
};

function revertsOf(id: string, done: () => void): RevertCalls {
  const path = { id };
  return {
    labels,
    diff: async (from, to) =>
      (await call('diffExchangeConnectionVersions', { path, query: { from, to } })).data,
    async revert(current, body) {
      const headers = { 'if-match': `"${current}"` };
      return (await call('revertExchangeConnection', { path, headers, body })).data.version;
    },
    done,
  };
}

interface ConnectionHistoryInput {
  readonly id: string;
  readonly version: number;
  readonly reverted: () => void;
}

/** Who changed the connection, when and why, and back to it. */
export function ConnectionHistory({ id, version, reverted }: ConnectionHistoryInput): VNode {
  const [revertTo, setRevertTo] = useState<number>();
  const load = async (): Promise<readonly Change[]> =>
    (await call('getExchangeConnectionHistory', { path: { id }, query: { limit: shown } })).data.items;
  const { data = [], problem, reload } = useLoaded(`exchange history ${id}`, load);
  useLive(['exchange-connection-changed'], useCalm(reload));
  return html`<section class="card" id="connection-history" aria-labelledby="history-title">
    <h2 id="history-title">${exchangeTexts().history}</h2>
    ${problem !== undefined && html`<${ProblemNotice} problem=${problem} retry=${reload} />`}
    <ol class="rows" reversed>
      ${data.map((change) => html`<${Row} key=${change.version} change=${change} isCurrent=${change.version === version} revert=${() => setRevertTo(change.version)} />`)}
    </ol>
    ${
      revertTo !== undefined &&
      html`<${RevertDialog}
        to=${revertTo}
        current=${version}
        onClose=${() => setRevertTo(undefined)}
        calls=${revertsOf(id, reverted)}
      />`
    }
  </section>`;
}

interface RowInput {
  readonly change: Change;
  readonly isCurrent: boolean;
  readonly revert: () => void;
}

function Row({ change, isCurrent, revert }: RowInput): VNode {
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
