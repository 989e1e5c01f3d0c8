/** One resource of a list, or a new one: its form, its history, and its removal. */
import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import type { Finding } from '../../api/client.ts';
import { may } from '../../api/session.ts';
import { common, formatInstant } from '../../i18n.ts';
import { type Editing, type Resource, useEditing, type Version } from '../../parts/editing.ts';
import {
  announce,
  type Child,
  html,
  Loading,
  ProblemNotice,
  ViewTitle,
  RemoveDialog,
} from '../../parts/elements.ts';
import { Differences } from '../../parts/setting-values.ts';
import { SettingsForm } from '../../parts/settings-form.ts';
import { goTo, linkTo } from '../../router.ts';
import {
  ChangeFacts,
  type ChangeItemInput,
  ChangeList,
  type HistoryCalls,
  historyTexts,
} from '../history/changes.ts';
import { serverTexts } from '../server/texts.ts';

/** A version of a resource that has a name, and that others may use. */
interface NamedVersion extends Version {
  readonly name: string;
  readonly usedBy: readonly string[];
  readonly warnings: readonly Finding[];
}

/** The calls of a resource that is created and deleted. */
export interface ListedResource<View extends NamedVersion>
  extends Resource<View>, Omit<HistoryCalls, 'done'> {
  remove(version: number): Promise<unknown>;
}

interface ResourceTexts {
  readonly newTitle: string;
  readonly history: string;
  readonly remove: string;
  readonly removeText: string;
  readonly inUse: string;
  readonly saved: (version: number) => string;
  readonly removeTitle: (name: string) => string;
}

/** The address of a resource that does not exist yet ends like this. */
export const newId = 'new';

interface ResourceViewInput<View extends NamedVersion> {
  readonly id: string;
  /** The address of the list. */
  readonly list: 'senders' | 'exchange';
  readonly texts: ResourceTexts;
  readonly resource: ListedResource<View>;
  /** Above the form. */
  readonly note?: (editing: Editing<View>) => Child;
  /** Below the form of a resource that exists. */
  readonly below?: (editing: Editing<View>) => Child;
}

export function ResourceView<View extends NamedVersion>(input: ResourceViewInput<View>): VNode {
  const { id, list, texts: t, resource, note, below } = input;
  const listTitle = common()[list];
  const { loaded, editing } = useEditing(resource);
  const { data: view, problem, reload } = loaded;
  const [isRemoving, setRemoving] = useState(false);
  const saved = (version: Version): void => {
    announce(t.saved(version.version));
    if (id === newId) goTo(list, version.id);
  };
  const isUsed = (view?.usedBy.length ?? 0) > 0;
  const remove = async (): Promise<void> => {
    await resource.remove(view?.version ?? 0);
    goTo(list);
  };
  const removeButton =
    view &&
    html`<button type="button" class="danger" onClick=${() => setRemoving(true)}>${t.remove}</button>`;
  return html`
    <p><a href=${linkTo(list)}>← ${listTitle}</a></p>
    <${ViewTitle}>${id === newId ? t.newTitle : (view?.name ?? listTitle)}<//>
    ${problem !== undefined && html`<${ProblemNotice} problem=${problem} retry=${reload} />`}
    ${editing === undefined && problem === undefined && html`<${Loading} />`}
    ${view && html`<p class="muted">${serverTexts().savedBy(view.version, view.updatedBy ?? '', formatInstant(view.updatedAt))}</p>`}
    ${editing && note?.(editing)}
    ${
      editing &&
      html`<${SettingsForm} editing=${editing} warnings=${view?.warnings ?? []} saved=${saved}
        >${removeButton}<//
      >`
    }
    ${view && editing && below?.(editing)}
    ${
      view &&
      may('audit:read') &&
      html`<${ResourceHistory} title=${t.history} calls=${{ ...resource, done: reload }} />`
    }
    ${
      isRemoving &&
      html`<${RemoveDialog}
        title=${t.removeTitle(view?.name ?? '')}
        text=${isUsed ? t.inUse : t.removeText}
        remove=${isUsed ? undefined : remove}
        onClose=${() => setRemoving(false)}
      />`
    }
  `;
}

/** The changes of a resource, each of which can be restored. */
export function ResourceHistory({ title, calls }: { title: string; calls: HistoryCalls }): VNode {
  return html`<section class="card" id="resource-history" aria-labelledby="history-title">
    <h2 id="history-title">${title}</h2>
    <${ChangeList} calls=${calls} listClass="rows" item=${ChangeRow} />
  </section>`;
}

function ChangeRow({ change, isCurrent, revert, fields }: ChangeItemInput): VNode {
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
