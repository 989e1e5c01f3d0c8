import type { VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import type { ApiProblem, Finding } from '../api/client.ts';
import { may } from '../api/session.ts';
import { dayOf, formatDate, sentence, texts } from '../i18n.ts';
import { type Child, html } from './elements.ts';

export interface FieldInput {
  readonly id: string;
  /** The JSON pointer of the field of the API. */
  readonly pointer?: string;
  readonly label: string;
  readonly help?: Child;
  /** What prevents saving. */
  readonly findings?: readonly Finding[];
  /** What does not prevent saving. */
  readonly warnings?: readonly Finding[];
}

/** The pointer of a field and the findings of a problem about it. */
export function fieldAt(
  problem: ApiProblem | undefined,
  pointer: string,
): Required<Pick<FieldInput, 'pointer' | 'findings'>> {
  const findings = (problem?.findings ?? []).filter(
    (finding) => finding.pointer === pointer || finding.pointer.startsWith(`${pointer}/`),
  );
  return { pointer, findings };
}

/** Several values in one control, separated as people write them. */
export const valuesOf = (text: string): readonly string[] =>
  text.split(/[,;\s]+/).filter((value) => value !== '');

/** Findings about one of several values, with that value. */
export function findingsWithValues(
  findings: readonly Finding[],
  values: readonly string[],
): readonly Finding[] {
  return findings.map((finding) => {
    const value = values[Number(finding.pointer.split('/').at(-1))];
    if (value === undefined) return finding;
    const { de, en } = finding.message;
    return { ...finding, code: finding.pointer, message: { de: `${value}: ${de}`, en: `${value}: ${en}` } };
  });
}

/** Moves the focus to the first control, or group of controls, that a refusal is about. */
export function useFocusOnFinding(problem: ApiProblem | undefined): void {
  useEffect(() => {
    document.querySelector<HTMLElement>('[aria-invalid=true], fieldset:has(.finding)')?.focus();
  }, [problem]);
}

/** The ids of the texts that describe a control, for `aria-describedby`. */
function describedBy({ id, help, findings = [], warnings = [] }: FieldInput): string | undefined {
  const ids = [
    ...(findings.length + warnings.length > 0 ? [`${id}-finding`] : []),
    ...(help === undefined ? [] : [`${id}-help`]),
  ];
  return ids.length === 0 ? undefined : ids.join(' ');
}

/** The attributes of every control. */
export function controlProps(field: FieldInput): Readonly<Record<string, unknown>> {
  return {
    id: field.id,
    'data-pointer': field.pointer,
    'aria-describedby': describedBy(field),
    'aria-invalid': (field.findings ?? []).length > 0 ? 'true' : undefined,
  };
}

/** A label, its control, the findings and the help. */
export function Field({ children, ...field }: FieldInput & { readonly children?: Child }): VNode {
  return html`<div class="field">
    <label class="field-label" for=${field.id}>${field.label}</label>
    <div class="field-body">
      ${children}
      <${FieldNotes} ...${field} />
    </div>
  </div>`;
}

/** The same for a group of controls. */
function FieldSet({ children, ...field }: FieldInput & { readonly children?: Child }): VNode {
  return html`<fieldset
    class="field"
    id=${field.id}
    data-pointer=${field.pointer}
    tabindex="-1"
    aria-describedby=${describedBy(field)}
  >
    <legend class="field-label">${field.label}</legend>
    <div class="field-body">
      ${children}
      <${FieldNotes} ...${field} />
    </div>
  </fieldset>`;
}

/** The findings and the help of a control; `controlProps` refers to them. */
export function FieldNotes({ id, help, findings = [], warnings = [] }: FieldInput): VNode {
  return html`
    ${
      findings.length + warnings.length > 0 &&
      html`<div id="${id}-finding">
        ${findings.map((finding) => html`<p class="finding" key=${finding.code}>${sentence(finding.message)}</p>`)}
        ${warnings.map((finding) => html`<p class="warning" key=${finding.code}>${sentence(finding.message)}</p>`)}
      </div>`
    }
    ${help !== undefined && html`<p class="help" id="${id}-help">${help}</p>`}
  `;
}

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
    <input ...${controlProps(field)} class=${size === 'short' ? 'short' : ''} type=${type} value=${type === 'date' && value !== '' ? dayOf(value) : value}
      placeholder=${rest.placeholder} autocomplete=${autocomplete} inputmode=${rest.inputmode}
      disabled=${rest.disabled} required=${rest.required} max=${type === 'date' ? '9999-12-31' : undefined} spellcheck="false"
      onInput=${(event: Event) => onInput(valueOf(event))} />
  </${Field}>`;
}

export interface Option {
  readonly value: string;
  readonly label: string;
  /** What choosing it means, where all options are visible. */
  readonly help?: string;
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

/** A few choices, all visible. */
export function ChoiceField(field: SelectFieldInput): VNode {
  const { value, onInput } = field;
  return html`<${FieldSet} ...${field}>
    <${Choices} ...${field} type="radio" chosen=${[value]} toggle=${(option: string) => onInput(option)} />
  </${FieldSet}>`;
}

interface ChecksFieldInput extends FieldInput {
  readonly chosen: readonly string[];
  readonly options: readonly Option[];
  readonly onInput: (chosen: readonly string[]) => void;
  /** Above the boxes. */
  readonly children?: Child;
}

/** Any number of choices, all visible. */
export function ChecksField(field: ChecksFieldInput): VNode {
  const { chosen, onInput, children } = field;
  const toggle = (option: string, isChosen: boolean): void =>
    onInput(isChosen ? [...chosen, option] : chosen.filter((one) => one !== option));
  return html`<${FieldSet} ...${field}>
    ${children}
    <${Choices} ...${field} type="checkbox" toggle=${toggle} />
  </${FieldSet}>`;
}

interface ChoicesInput {
  readonly id: string;
  readonly type: 'radio' | 'checkbox';
  readonly chosen: readonly string[];
  readonly options: readonly Option[];
  readonly toggle: (option: string, isChosen: boolean) => void;
  readonly disabled?: boolean;
}

function Choices({ id, type, chosen, options, toggle, disabled }: ChoicesInput): VNode {
  const isExplained = options.some(({ help }) => help !== undefined);
  return html`<div class=${isExplained ? 'choices explained' : 'choices'}>
    ${options.map(
      ({ value, label, help }) =>
        html`<label key=${value} class="choice">
          <input
            type=${type}
            name=${id}
            value=${value}
            checked=${chosen.includes(value)}
            disabled=${disabled}
            onChange=${(event: Event) => toggle(value, (event.target as HTMLInputElement).checked)}
          />
          <span>${label}${help !== undefined && html`<small>${help}</small>`}</span>
        </label>`,
    )}
  </div>`;
}

interface CheckFieldInput extends FieldInput {
  readonly checked: boolean;
  readonly onInput: (checked: boolean) => void;
  /** The text beside the box. */
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

/** What to do with a stored secret. */
export interface PasswordInput {
  readonly action: 'keep' | 'set' | 'remove';
  readonly value: string;
}

const secretTexts = texts({
  de: {
    set: (when: string) => `Gesetzt am ${when}`,
    notSet: 'Nicht gesetzt',
    change: 'Ändern',
    enter: 'Festlegen',
    keep: 'Nicht ändern',
    remove: 'Entfernen',
    removed: 'Wird beim Speichern entfernt',
    again:
      'Das Ziel wurde geändert. Geben Sie das Passwort erneut ein: Ein gespeichertes Passwort wird nie an einen ' +
      'anderen Server gesendet.',
    noScope: 'Zum Ändern des Passworts fehlt Ihnen die Berechtigung.',
  },
  en: {
    set: (when: string) => `Set on ${when}`,
    notSet: 'Not set',
    change: 'Change',
    enter: 'Set',
    keep: 'Keep current',
    remove: 'Remove',
    removed: 'Will be removed when you save',
    again:
      'The destination has changed. Enter the password again: a stored password is never sent to another server.',
    noScope: 'You do not have permission to change the password.',
  },
});

interface PasswordFieldInput extends FieldInput {
  readonly isSet: boolean;
  readonly setAt: string | null;
  readonly input: PasswordInput;
  readonly onInput: (input: PasswordInput) => void;
  /** The stored secret cannot be used for the destination in the form. */
  readonly isForElsewhere: boolean;
  readonly disabled?: boolean;
}

/** A secret: whether it is set and since when, to change or to remove. The service never returns it. */
export function PasswordField(field: PasswordFieldInput): VNode {
  const t = secretTexts();
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
            <button type="button" class="quiet" onClick=${() => set('keep')}>${t.keep}</button>
          </div>`
        : html`<div class="row">
            <span class="secret">${stateText(field)}</span>
            ${
              isEditable &&
              html`<button type="button" class="quiet" ...${controlProps(field)} onClick=${() => set('set')}>
                ${isSet ? t.change : t.enter}
              </button>`
            }
            ${
              isEditable &&
              isSet &&
              input.action === 'keep' &&
              html`<button type="button" class="quiet" onClick=${() => set('remove')}>${t.remove}</button>`
            }
            ${
              input.action === 'remove' &&
              html`<button type="button" class="quiet" onClick=${() => set('keep')}>${t.keep}</button>`
            }
            ${!isEditable && html`<span id=${field.id} class="muted">${may('secrets:write') ? '' : t.noScope}</span>`}
          </div>`
    }
    ${isSet && isForElsewhere && input.action === 'keep' && html`<p class="finding" role="status">${t.again}</p>`}
  <//>`;
}

function stateText({ isSet, setAt, input }: PasswordFieldInput): string {
  const t = secretTexts();
  if (input.action === 'remove') return t.removed;
  if (!isSet) return t.notSet;
  return t.set(formatDate(setAt ?? ''));
}
