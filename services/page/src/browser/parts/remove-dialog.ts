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
}

/** Asks before a resource is deleted, and shows why that failed. */
export function RemoveDialog({ title, text, remove, onClose }: RemoveDialogInput): VNode {
  const { problem, isBusy, run } = useAction(async () => {
    await remove?.();
    onClose();
  });
  return html`<${Dialog} title=${title} onClose=${onClose}>
    <p>${text}</p>
    ${problem !== undefined && html`<${ProblemNotice} problem=${problem} />`}
    <div class="actions">
      ${remove !== undefined && html`<button type="button" class="danger" disabled=${isBusy} onClick=${run}>${common().remove}</button>`}
      <button type="button" class="quiet" onClick=${onClose}>${common().cancel}</button>
    </div>
  <//>`;
}
