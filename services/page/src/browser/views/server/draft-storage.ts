import type { Form, Values } from './form.ts';

/** What somebody has typed and not saved: survives a reload of this tab, never holds a secret. */
export interface Draft {
  readonly version: number;
  readonly base: Values;
  readonly form: Form;
}

const key = 'postausgang-draft';

export function readDraft(): Draft | undefined {
  try {
    const draft: unknown = JSON.parse(sessionStorage.getItem(key) ?? 'null');
    return typeof draft === 'object' && draft !== null && 'form' in draft ? (draft as Draft) : undefined;
  } catch {
    return undefined;
  }
}

export function keepDraft(draft: Draft | undefined): void {
  if (draft === undefined) sessionStorage.removeItem(key);
  else sessionStorage.setItem(key, JSON.stringify(draft));
}
