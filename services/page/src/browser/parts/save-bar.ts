import type { VNode } from 'preact';
import { type Child, html } from '../html.ts';
import { common } from '../i18n/common-texts.ts';

interface SaveBarInput {
  readonly reason: string;
  readonly setReason: (reason: string) => void;
  readonly isBusy: boolean;
  readonly canSave: boolean;
  readonly children?: Child;
}

/** Why, and save: always in sight. */
export function SaveBar({ reason, setReason, isBusy, canSave, children }: SaveBarInput): VNode {
  const t = common();
  const write = (event: Event): void => setReason((event.target as HTMLInputElement).value);
  return html`<div class="card save-bar">
    <label class="save-reason">
      <span>${t.reason}</span>
      <input id="reason" autocomplete="off" value=${reason} placeholder=${t.reasonHelp} onInput=${write} />
    </label>
    <div class="actions">
      ${children}
      <button type="submit" class="primary" disabled=${isBusy || !canSave}>
        ${isBusy ? t.saving : t.save}
      </button>
    </div>
  </div>`;
}
