import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { type ApiProblem, asProblem } from '../api/client.ts';
import { common } from '../i18n.ts';
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
  const [problem, setProblem] = useState<ApiProblem>();
  const submit = (): void => {
    remove?.().then(onClose, (error: unknown) => setProblem(asProblem(error)));
  };
  return html`<${Dialog} title=${title} onClose=${onClose}>
    <p>${text}</p>
    ${problem !== undefined && html`<${ProblemNotice} problem=${problem} />`}
    <div class="actions">
      ${remove !== undefined && html`<button type="button" class="danger" onClick=${submit}>${common().remove}</button>`}
      <button type="button" class="quiet" onClick=${onClose}>${common().cancel}</button>
    </div>
  <//>`;
}
