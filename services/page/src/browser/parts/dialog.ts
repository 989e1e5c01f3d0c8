import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { type Child, html } from '../html.ts';

interface DialogInput {
  readonly title: string;
  readonly onClose: () => void;
  readonly children?: Child;
  readonly wide?: boolean;
}

/** A modal dialog of the browser: it keeps the focus, Escape closes it, and the focus goes back afterwards. */
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
