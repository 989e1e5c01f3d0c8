import htm from 'htm';
import { h, type RefObject, type VNode } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { type ApiProblem, problemText } from '../api/client.ts';
import { common } from '../i18n.ts';
import { useAction } from './action.ts';

/** Announces a text to screen readers without moving the focus. */
export function announce(text: string): void {
  const region = document.getElementById('announcements');
  if (region === null) return;
  region.textContent = '';
  // A screen reader ignores a text that does not change.
  setTimeout(() => {
    region.textContent = text;
  }, 50);
}

export type Child = VNode | string | number | null | undefined | false | readonly Child[];

/** Markup as a tagged template. Values stay text, whatever they contain. */
export const html = (htm as unknown as { bind(create: typeof h): unknown }).bind(h) as (
  strings: TemplateStringsArray,
  ...values: readonly unknown[]
) => VNode;

interface DialogInput {
  readonly title: string;
  readonly onClose: () => void;
  readonly children?: Child;
  readonly wide?: boolean;
}

/** A modal dialog of the browser. It keeps the focus, closes on Escape, and returns the focus afterwards. */
export function Dialog({ title, onClose, children, wide = false }: DialogInput): VNode {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const opened = dialog.current;
    const before = document.activeElement;
    opened?.showModal();
    return () => {
      opened?.close();
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  const cancel = (event: Event): void => {
    event.preventDefault();
    onClose();
  };
  return html`<dialog
    ref=${dialog}
    class=${wide ? 'wide' : ''}
    aria-labelledby="dialog-title"
    onCancel=${cancel}
  >
    <h2 id="dialog-title">${title}</h2>
    ${children}
  </dialog>`;
}

export type Tone = 'info' | 'good' | 'warn' | 'bad';

export function Notice({
  tone = 'info',
  children,
  role,
  label,
}: {
  tone?: Tone;
  children?: Child;
  role?: string;
  /** The name of a landmark (`role` is `region`). */
  label?: string;
}): VNode {
  return html`<div class="notice ${tone}" role=${role} aria-label=${label}>${children}</div>`;
}

export function ProblemNotice({ problem, retry }: { problem: ApiProblem; retry?: () => void }): VNode {
  const tone = problem.code === 'offline' ? 'warn' : 'bad';
  return html`<${Notice} tone=${tone} role="alert">
    <p>${problemText(problem)}</p>
    ${retry !== undefined && html`<button type="button" class="quiet" onClick=${retry}>${common().again}</button>`}
  <//>`;
}

/** Why a form was refused. Fields show their own findings; this shows everything else. */
export function FormProblem({ problem }: { problem: ApiProblem | undefined }): VNode | null {
  if (problem === undefined) return null;
  const count = problem.findings.length;
  return count === 0
    ? html`<${ProblemNotice} problem=${problem} />`
    : html`<${Notice} tone="bad" role="alert"><p>${common().findings(count)}</p><//>`;
}

interface CopyButtonInput {
  readonly text: string;
  /** The control that shows the text. */
  readonly shown: RefObject<HTMLInputElement | HTMLTextAreaElement>;
}

/** Copies a text. Browsers offer the clipboard only to pages loaded over HTTPS or from the same machine. */
export function CopyButton({ text, shown }: CopyButtonInput): VNode | false {
  const t = common();
  const [isCopied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
      announce(t.copied);
    } catch {
      // The browser does not allow it. The text is selected, so that it can be copied by hand.
      shown.current?.select();
    }
  };
  return (
    isSecureContext &&
    html`<button type="button" onClick=${() => void copy()}>${isCopied ? t.copied : t.copy}</button>`
  );
}

export function Badge({ tone = 'info', children }: { tone?: Tone | 'quiet'; children?: Child }): VNode {
  return html`<span class="badge ${tone}">${children}</span>`;
}

export function Loading(): VNode {
  return html`<p class="loading" role="status">${common().loading}</p>`;
}

export function Empty({ title, children }: { title: string; children?: Child }): VNode {
  return html`<div class="empty">
    <p class="empty-title">${title}</p>
    ${children}
  </div>`;
}

/** A heading that gets the focus when its view opens, so that screen readers start there. */
export function ViewTitle({ children, aside }: { children?: Child; aside?: Child }): VNode {
  return html`<div class="view-title">
    <h1 id="view-title" tabindex="-1">${children}</h1>
    ${aside}
  </div>`;
}

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
