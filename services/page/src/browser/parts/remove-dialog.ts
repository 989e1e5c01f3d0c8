import type { VNode } from 'preact';
import { common } from '../i18n.ts';
import { useAction } from './action.ts';
import { Dialog, html, ProblemNotice } from './elements.ts';

interface RemoveDialogInput {
  readonly title: string;
  readonly text: string;
  /** Undefined: it cannot be removed, and the text says why. */
  readonly remove: (() => Promise<void>) | undefined;
  readonly onClose: () => void;
  /** What the button says; by default, that it deletes. */
  readonly label?: string;
}

/** Asks before something is gone for good, such as a resource, and shows why that failed. */
export function RemoveDialog(input: RemoveDialogInput): VNode {
  const { title, text, remove, onClose, label = common().remove } = input;
  const { problem, isBusy, run } = useAction(async () => {
    await remove?.();
    onClose();
  });
  return html`<${Dialog} title=${title} onClose=${onClose}>
    <p>${text}</p>
    ${problem !== undefined && html`<${ProblemNotice} problem=${problem} />`}
    <div class="actions">
      ${remove !== undefined && html`<button type="button" class="danger" disabled=${isBusy} onClick=${run}>${label}</button>`}
      <button type="button" class="quiet" onClick=${onClose}>${common().cancel}</button>
    </div>
  <//>`;
}
