import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { html } from '../html.ts';
import { controlProps, type FieldInput, FieldNotes } from './field.ts';

interface DropFileInput extends Pick<FieldInput, 'id' | 'label' | 'findings'> {
  readonly note: string;
  readonly choose: string;
  readonly chosen: string | undefined;
  readonly onFile: (file: File) => void;
}

/** A file, dragged in or chosen; with the keyboard it is chosen. */
export function DropFile({ note, choose, chosen, onFile, ...field }: DropFileInput): VNode {
  const [isOver, setOver] = useState(false);
  const over = (event: DragEvent): void => {
    event.preventDefault();
    setOver(true);
  };
  const take = (files: FileList | null | undefined): void => {
    const file = files?.[0];
    if (file !== undefined) onFile(file);
  };
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    take(event.dataTransfer?.files);
  };
  return html`<div
    class="drop ${isOver ? 'over' : ''}"
    onDragOver=${over}
    onDragLeave=${() => setOver(false)}
    onDrop=${drop}
  >
    <p><strong>${chosen ?? field.label}</strong></p>
    <p class="muted">${note}</p>
    <label class="button file-button">
      ${choose}
      <input
        ...${controlProps(field)}
        type="file"
        onChange=${(event: Event) => take((event.target as HTMLInputElement).files)}
      />
    </label>
    <${FieldNotes} ...${field} />
  </div>`;
}

/** The content of a file as base64. */
export async function base64OfFile(file: File): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  return base64OfText(Array.from(bytes, (byte) => String.fromCodePoint(byte)).join(''));
}

/** Text of single bytes, as PEM is, as base64. */
export const base64OfText = (text: string): string => btoa(text);
