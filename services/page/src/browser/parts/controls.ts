import type { VNode } from 'preact';
import { html } from '../html.ts';
import { controlProps, Field, type FieldInput, FieldSet } from './field.ts';

const valueOf = (event: Event): string => (event.target as HTMLInputElement).value;

interface TextFieldInput extends FieldInput {
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly type?: string;
  readonly placeholder?: string;
  readonly autocomplete?: string;
  readonly inputmode?: string;
  readonly size?: 'short' | 'long';
  readonly disabled?: boolean;
  readonly required?: boolean;
}

export function TextField(field: TextFieldInput): VNode {
  const { value, onInput, type = 'text', size, autocomplete = 'off', ...rest } = field;
  return html`<${Field} ...${field}>
    <input ...${controlProps(field)} class=${size === 'short' ? 'short' : ''} type=${type} value=${value}
      placeholder=${rest.placeholder} autocomplete=${autocomplete} inputmode=${rest.inputmode}
      disabled=${rest.disabled} required=${rest.required} spellcheck="false"
      onInput=${(event: Event) => onInput(valueOf(event))} />
  </${Field}>`;
}

export interface Option {
  readonly value: string;
  readonly label: string;
}

interface SelectFieldInput extends FieldInput {
  readonly value: string;
  readonly options: readonly Option[];
  readonly onInput: (value: string) => void;
  readonly disabled?: boolean;
}

export function SelectField(field: SelectFieldInput): VNode {
  const { value, options, onInput, disabled } = field;
  return html`<${Field} ...${field}>
    <select ...${controlProps(field)} value=${value} disabled=${disabled}
      onChange=${(event: Event) => onInput(valueOf(event))}>
      ${options.map((option) => html`<option key=${option.value} value=${option.value} selected=${option.value === value}>${option.label}</option>`)}
    </select>
  </${Field}>`;
}

/** Few choices, all of them in sight. */
export function ChoiceField(field: SelectFieldInput): VNode {
  const { id, value, options, onInput, disabled } = field;
  return html`<${FieldSet} ...${field}>
    <div class="choices">
      ${options.map(
        (option) =>
          html`<label key=${option.value} class="choice">
            <input
              type="radio"
              name=${id}
              value=${option.value}
              checked=${option.value === value}
              disabled=${disabled}
              onChange=${() => onInput(option.value)}
            />
            <span>${option.label}</span>
          </label>`,
      )}
    </div>
  </${FieldSet}>`;
}

interface CheckFieldInput extends FieldInput {
  readonly checked: boolean;
  readonly onInput: (checked: boolean) => void;
  /** What stands beside the box. */
  readonly text: string;
  readonly disabled?: boolean;
  readonly isSwitch?: boolean;
}

export function CheckField(field: CheckFieldInput): VNode {
  const { checked, onInput, text, disabled, isSwitch = false } = field;
  return html`<${Field} ...${field}>
    <label class="check">
      <input ...${controlProps(field)} type="checkbox" class=${isSwitch ? 'switch' : ''} checked=${checked} disabled=${disabled}
        role=${isSwitch ? 'switch' : undefined} aria-label=${field.label}
        onChange=${(event: Event) => onInput((event.target as HTMLInputElement).checked)} />
      <span aria-hidden="true">${text}</span>
    </label>
  </${Field}>`;
}
