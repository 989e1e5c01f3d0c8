import type { VNode } from 'preact';
import { may } from '../../api/session.ts';
import { common } from '../../i18n.ts';
import { html } from '../../parts/elements.ts';
import type { FormField } from '../../parts/form-values.ts';
import { Differences } from '../../parts/setting-values.ts';
import { ChangeFacts, type ChangeItemInput, ChangeList, type HistoryCalls, historyTexts } from './changes.ts';

interface ResourceHistoryInput {
  readonly id: string;
  readonly title: string;
  readonly calls: HistoryCalls;
}

/** The history of one resource below its form. */
export function ResourceHistory({ id, title, calls }: ResourceHistoryInput): VNode {
  const item = (input: ChangeItemInput): VNode => html`<${ChangeRow} ...${input} fields=${calls.fields} />`;
  return html`<section class="card" id=${id} aria-labelledby="history-title">
    <h2 id="history-title">${title}</h2>
    <${ChangeList} calls=${calls} listClass="rows" item=${item} />
  </section>`;
}

interface ChangeRowInput extends ChangeItemInput {
  readonly fields: readonly FormField[];
}

function ChangeRow({ change, isCurrent, revert, fields }: ChangeRowInput): VNode {
  const t = historyTexts();
  const { version, differences } = change;
  return html`<li id=${`version-${version}`}>
    <details>
      <summary>${common().version(version)}${isCurrent ? ` (${t.current})` : ''}</summary>
      <${ChangeFacts} change=${change} />
      <${Differences} items=${differences} fields=${fields} />
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
