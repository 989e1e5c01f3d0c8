import type { VNode } from 'preact';
import { html } from '../html.ts';
import { formatDate } from '../i18n/format.ts';
import { may } from '../session.ts';
import type { PasswordInput } from '../views/server/form.ts';
import { serverTexts } from '../views/server/texts.ts';
import { controlProps, Field, type FieldInput } from './field.ts';

interface PasswordFieldInput extends FieldInput {
  readonly isSet: boolean;
  readonly setAt: string | null;
  readonly input: PasswordInput;
  readonly onInput: (input: PasswordInput) => void;
  /** The stored one cannot be used for what the form says now. */
  readonly isForElsewhere: boolean;
  readonly disabled?: boolean;
}

/** A secret: that it is set and since when, change, remove. It never comes back from the service. */
export function PasswordField(field: PasswordFieldInput): VNode {
  const t = serverTexts();
  const { input, onInput, isSet, isForElsewhere, disabled = false } = field;
  const isEditable = !disabled && may('secrets:write');
  const set = (action: PasswordInput['action'], value = ''): void => onInput({ action, value });
  return html`<${Field} ...${field}>
    ${
      input.action === 'set'
        ? html`<div class="row">
            <input
              ...${controlProps(field)}
              type="password"
              autocomplete="new-password"
              value=${input.value}
              onInput=${(event: Event) => set('set', (event.target as HTMLInputElement).value)}
            />
            <button type="button" class="quiet" onClick=${() => set('keep')}>${t.passwordKeep}</button>
          </div>`
        : html`<div class="row">
            <span class="secret">${stateText(field)}</span>
            ${
              isEditable &&
              html`<button type="button" class="quiet" ...${controlProps(field)} onClick=${() => set('set')}>
                ${isSet ? t.passwordChange : t.passwordEnter}
              </button>`
            }
            ${
              isEditable &&
              isSet &&
              input.action === 'keep' &&
              html`<button type="button" class="quiet" onClick=${() => set('remove')}>
                ${t.passwordRemove}
              </button>`
            }
            ${
              input.action === 'remove' &&
              html`<button type="button" class="quiet" onClick=${() => set('keep')}>
                ${t.passwordKeep}
              </button>`
            }
            ${!isEditable && html`<span id=${field.id} class="muted">${may('secrets:write') ? '' : t.passwordNoScope}</span>`}
          </div>`
    }
    ${isSet && isForElsewhere && input.action === 'keep' && html`<p class="finding" role="status">${t.passwordAgain}</p>`}
  <//>`;
}

function stateText({ isSet, setAt, input }: PasswordFieldInput): string {
  const t = serverTexts();
  if (input.action === 'remove') return t.passwordRemoved;
  if (!isSet) return t.passwordNotSet;
  return t.passwordSet(formatDate(setAt ?? ''));
}
