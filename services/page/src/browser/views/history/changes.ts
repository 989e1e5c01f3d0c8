import type { VNode } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { useCalm, useLive, useLoaded } from '../../api/live.ts';
import type { Diff, History } from '../../api/operations.ts';
import { common, formatInstant, sentence, texts } from '../../i18n.ts';
import { useAction } from '../../parts/action.ts';
import { announce, Dialog, Empty, html, Loading, ProblemNotice } from '../../parts/elements.ts';
import { TextField } from '../../parts/fields.ts';
import type { FormField } from '../../parts/form-values.ts';
import { Differences, labelOf } from '../../parts/setting-values.ts';

type Change = History['items'][number];

/** The history of a resource, and restoring its versions. */
export interface HistoryCalls {
  /** Distinguishes this history from others. */
  readonly key: string;
  /** Events after which there may be another version. */
  readonly events: readonly string[];
  readonly fields: readonly FormField[];
  page(query: { readonly limit?: number; readonly cursor?: string }): Promise<History>;
  diff(from: number, to: number): Promise<Diff>;
  /** Resolves with the new version. */
  revert(current: number, body: { readonly version: number; readonly reason?: string }): Promise<number>;
  /** Called after a version was restored. */
  done(): void;
}

export const historyTexts = texts({
  de: {
    intro: 'Wer was wann und warum geändert hat. Jede Version kann angesehen und wiederhergestellt werden.',
    empty: 'Noch wurde nichts gespeichert.',
    operations: {
      put: 'Gespeichert',
      patch: 'Geändert',
      revert: 'Wiederhergestellt',
      delete: 'Gelöscht',
      create: 'Angelegt',
    } as Readonly<Record<string, string>>,
    revertedTo: (version: number) => `Version ${version} wiederhergestellt`,
    current: 'aktuell',
    revert: 'Wiederherstellen',
    revertTitle: (version: number) => `Version ${version} wiederherstellen`,
    revertIntro: (version: number) =>
      `Die Angaben aus Version ${version} werden als neue Version gespeichert und gelten sofort. Das ändert sich:`,
    reverted: (version: number) => `Gespeichert als Version ${version}`,
    all: 'Alle Angaben',
    change: 'Diese Änderung',
    compare: 'Vergleich mit der aktuellen Version',
    first: 'Ausgangszustand vor der ersten Änderung',
    noReason: 'kein Grund angegeben',
  },
  en: {
    intro: 'Who changed what, when and why. You can view and restore every version.',
    empty: 'Nothing has been saved yet.',
    operations: {
      put: 'Saved',
      patch: 'Changed',
      revert: 'Restored',
      delete: 'Deleted',
      create: 'Created',
    } as Readonly<Record<string, string>>,
    revertedTo: (version: number) => `Version ${version} restored`,
    current: 'current',
    revert: 'Restore',
    revertTitle: (version: number) => `Restore version ${version}`,
    revertIntro: (version: number) =>
      `The values of version ${version} are saved as a new version and take effect immediately. This changes:`,
    reverted: (version: number) => `Saved as version ${version}`,
    all: 'All values',
    change: 'This change',
    compare: 'Comparison with the current version',
    first: 'State before the first change',
    noReason: 'no reason given',
  },
});

interface RevertInput {
  readonly to: number;
  readonly current: number;
  readonly onClose: () => void;
  readonly calls: HistoryCalls;
}

/** Shows what would change. The API refuses if someone has saved in the meantime. */
export function RevertDialog({ to, current, onClose, calls }: RevertInput): VNode {
  const t = historyTexts();
  const [reason, setReason] = useState('');
  const { data } = useLoaded(`diff ${current} ${to}`, () => calls.diff(current, to));
  const { problem, isBusy, run } = useAction(async () => {
    const why = reason.trim() === '' ? {} : { reason: reason.trim() };
    const version = await calls.revert(current, { version: to, ...why });
    announce(t.reverted(version));
    onClose();
    calls.done();
  });
  return html`<${Dialog} title=${t.revertTitle(to)} onClose=${onClose} wide>
    <form onSubmit=${run}>
      <p>${t.revertIntro(to)}</p>
      ${
        data === undefined
          ? html`<${Loading} />`
          : html`<${Differences}
              items=${data.differences}
              fields=${calls.fields}
              from=${common().current}
              to=${common().version(to)}
            />`
      }
      ${problem !== undefined && html`<${ProblemNotice} problem=${problem} />`}
      ${
        problem !== undefined &&
        problem.findings.length > 0 &&
        html`<ul class="findings">
          ${problem.findings.map(({ pointer, message }) => html`<li key=${pointer}>${labelOf(calls.fields, pointer)}: ${sentence(message)}</li>`)}
        </ul>`
      }
      <${TextField}
        id="revert-reason"
        label=${common().reason}
        help=${common().reasonHelp}
        value=${reason}
        onInput=${setReason}
      />
      <div class="actions">
        <button type="submit" class="primary" disabled=${isBusy}>${t.revert}</button>
        <button type="button" class="quiet" onClick=${onClose}>${common().cancel}</button>
      </div>
    </form>
  <//>`;
}

const pageSize = 25;

/** The requested number of changes, newest first. */
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
  readonly fields: readonly FormField[];
}

interface ChangeListInput {
  readonly calls: HistoryCalls;
  readonly listClass: string;
  /** Renders one change as a list item. The same function each time: with another one, what is open in the items closes. */
  readonly item: (input: ChangeItemInput) => VNode;
}

/** Who changed what, when and why, page by page. Every version can be restored. */
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
    // The button may be gone afterwards. The keyboard continues at the first change that was added.
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
            fields=${calls.fields}
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
  const what = revertedTo === null ? (t.operations[operation] ?? operation) : t.revertedTo(revertedTo);
  const facts = [what, changedBy.name, formatInstant(changedAt)].join(' · ');
  const why = reason === null || reason === '' ? t.noReason : html`<q>${reason}</q>`;
  return html`<p class="muted">${`${facts} · `}${why}</p>`;
}
