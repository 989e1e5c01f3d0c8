import type { VNode } from 'preact';
import { html } from '../../html.ts';
import { common } from '../../i18n/common-texts.ts';
import { Differences } from '../../parts/differences.ts';
import { Badge, ViewTitle } from '../../parts/notices.ts';
import { linkTo } from '../../router.ts';
import { may } from '../../session.ts';
import { ChangeFacts, type ChangeItemInput, ChangeList } from './change-list.ts';
import { serverHistory } from './history-calls.ts';
import { historyTexts } from './texts.ts';

/** Who changed what of the outgoing server, when and why. */
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
        <a href=${linkTo('history', version)}>${t.title(version)}</a
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
    <${Differences} items=${differences} />
  </li>`;
}
