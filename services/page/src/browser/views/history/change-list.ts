import type { VNode } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { html } from '../../html.ts';
import { common } from '../../i18n/common-texts.ts';
import { formatInstant } from '../../i18n/format.ts';
import { useLive } from '../../live.ts';
import { Empty, Loading, ProblemNotice } from '../../parts/notices.ts';
import { useCalm, useLoaded } from '../../use-loaded.ts';
import type { Change, History, HistoryCalls } from './history-calls.ts';
import { RevertDialog } from './revert.ts';
import { historyTexts } from './texts.ts';

const pageSize = 25;

/** As many changes as were asked for, newest first. */
async function loadHistory(calls: HistoryCalls, count: number): Promise<History> {
  const items: Change[] = [];
  let cursor: string | null = null;
  do {
    const limit = Math.min(pageSize, count - items.length);
    const data: History = await calls.page(cursor === null ? { limit } : { limit, cursor });
    items.push(...data.items);
    cursor = data.nextCursor;
  } while (cursor !== null && items.length < count);
  return { items, nextCursor: cursor };
}

export interface ChangeItemInput {
  readonly change: Change;
  readonly isCurrent: boolean;
  readonly revert: () => void;
}

interface ChangeListInput {
  readonly calls: HistoryCalls;
  readonly listClass: string;
  /** How one change looks, as a list item. */
  readonly item: (input: ChangeItemInput) => VNode;
}

/** Who changed something, what, when and why: page by page, and back to every version. */
export function ChangeList({ calls, listClass, item: Item }: ChangeListInput): VNode {
  const [count, setCount] = useState(pageSize);
  const [revertTo, setRevertTo] = useState<number>();
  const { data, problem, reload } = useLoaded(`history ${calls.key}`, () => loadHistory(calls, count));
  useLive(calls.events, useCalm(reload));
  const [newest] = data?.items ?? [];
  const list = useRef<HTMLOListElement>(null);
  const firstNew = useRef<number | undefined>(undefined);
  useEffect(() => {
    const item = firstNew.current === undefined ? undefined : list.current?.children[firstNew.current];
    if (item === undefined) return;
    firstNew.current = undefined;
    item.querySelector<HTMLElement>('a, summary')?.focus();
  }, [data]);
  const showMore = (): void => {
    // The button may be gone afterwards; whoever uses the keyboard goes on with the first change it has brought.
    firstNew.current = data?.items.length;
    setCount(count + pageSize);
    reload();
  };
  return html`
    ${problem !== undefined && html`<${ProblemNotice} problem=${problem} retry=${reload} />`}
    ${data === undefined && problem === undefined && html`<${Loading} />`}
    ${data?.items.length === 0 && html`<${Empty} title=${historyTexts().empty} />`}
    <ol ref=${list} class=${listClass} reversed>
      ${data?.items.map(
        (change) =>
          html`<${Item}
            key=${change.version}
            change=${change}
            isCurrent=${change === newest}
            revert=${() => setRevertTo(change.version)}
          />`,
      )}
    </ol>
    ${
      data !== undefined &&
      data.nextCursor !== null &&
      html`<div class="actions"><button type="button" onClick=${showMore}>${common().more}</button></div>`
    }
    ${
      revertTo !== undefined &&
      newest !== undefined &&
      html`<${RevertDialog}
        to=${revertTo}
        current=${newest.version}
        onClose=${() => setRevertTo(undefined)}
        calls=${calls}
      />`
    }
  `;
}

export function ChangeFacts({ change }: { change: Change }): VNode {
  const t = historyTexts();
  const { changedAt, changedBy, operation, revertedTo, reason } = change;
  const what = [t.operations[operation] ?? operation, revertedTo === null ? '' : t.revertedTo(revertedTo)];
  const facts = [what.join(' ').trim(), changedBy.name, formatInstant(changedAt)].join(' · ');
  const why = reason === null || reason === '' ? t.noReason : html`<q>${reason}</q>`;
  return html`<p class="muted">${`${facts} · `}${why}</p>`;
}
