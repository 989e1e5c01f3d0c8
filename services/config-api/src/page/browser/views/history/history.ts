import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { call } from '../../api/client.ts';
import type { Operations } from '../../api/operations.ts';
import { html } from '../../html.ts';
import { common } from '../../i18n/common-texts.ts';
import { formatInstant } from '../../i18n/format.ts';
import { useLive } from '../../live.ts';
import { Differences } from '../../parts/differences.ts';
import { Badge, Empty, Loading, ProblemNotice, ViewTitle } from '../../parts/notices.ts';
import { linkTo } from '../../router.ts';
import { may } from '../../session.ts';
import { useCalm, useLoaded } from '../../use-loaded.ts';
import { RevertDialog } from './revert.ts';
import { historyTexts } from './texts.ts';

type History = Operations['getOutgoingServerHistory']['response'];
export type Change = History['items'][number];

const pageSize = 25;

/** As many changes as were asked for, newest first. */
async function loadHistory(count: number): Promise<History> {
  const items: Change[] = [];
  let cursor: string | null = null;
  do {
    const limit = Math.min(pageSize, count - items.length);
    const query: { limit: number; cursor?: string } = cursor === null ? { limit } : { limit, cursor };
    const data: History = (await call('getOutgoingServerHistory', { path: { id: 'default' }, query })).data;
    items.push(...data.items);
    cursor = data.nextCursor;
  } while (cursor !== null && items.length < count);
  return { items, nextCursor: cursor };
}

/** Who changed what, when and why. */
export function HistoryView(): VNode {
  const t = historyTexts();
  const [count, setCount] = useState(pageSize);
  const [revertTo, setRevertTo] = useState<number>();
  const { data, problem, reload } = useLoaded(`history ${count}`, () => loadHistory(count));
  useLive(['settings-changed'], useCalm(reload));
  const [newest] = data?.items ?? [];
  return html`
    <${ViewTitle}>${common().history}<//>
    <p class="lead">${t.intro}</p>
    ${problem !== undefined && html`<${ProblemNotice} problem=${problem} retry=${reload} />`}
    ${data === undefined && problem === undefined && html`<${Loading} />`}
    ${data?.items.length === 0 && html`<${Empty} title=${t.empty} />`}
    <ol class="timeline" reversed>
      ${data?.items.map(
        (change) =>
          html`<${ChangeItem}
            key=${change.version}
            change=${change}
            isCurrent=${change === newest}
            revert=${() => setRevertTo(change.version)}
          />`,
      )}
    </ol>
    ${
      data?.nextCursor !== null &&
      data !== undefined &&
      html`<button type="button" onClick=${() => setCount(count + pageSize)}>${common().more}</button>`
    }
    ${
      revertTo !== undefined &&
      newest !== undefined &&
      html`<${RevertDialog}
        to=${revertTo}
        current=${newest.version}
        onClose=${() => setRevertTo(undefined)}
      />`
    }
  `;
}

interface ChangeItemInput {
  readonly change: Change;
  readonly isCurrent: boolean;
  readonly revert: () => void;
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

export function ChangeFacts({ change }: { change: Change }): VNode {
  const t = historyTexts();
  const { changedAt, changedBy, operation, revertedTo, reason } = change;
  const what = [t.operations[operation] ?? operation, revertedTo === null ? '' : t.revertedTo(revertedTo)];
  const facts = [what.join(' ').trim(), changedBy.name, formatInstant(changedAt)].join(' · ');
  const why = reason === null || reason === '' ? t.noReason : html`<q>${reason}</q>`;
  return html`<p class="muted">${`${facts} · `}${why}</p>`;
}
