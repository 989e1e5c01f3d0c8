import type { VNode } from 'preact';
import type { Finding } from '../api/problem.ts';
import { type Child, html } from '../html.ts';
import { sentence } from '../i18n/language.ts';

export interface FieldInput {
  readonly id: string;
  readonly label: string;
  readonly help?: Child;
  /** What counts, and stands in the way of saving. */
  readonly findings?: readonly Finding[];
  /** What would count if sending were on. */
  readonly warnings?: readonly Finding[];
}

/** Ids of what describes a control, for `aria-describedby`. */
function describedBy({ id, help, findings = [], warnings = [] }: FieldInput): string | undefined {
  const ids = [
    ...(findings.length + warnings.length > 0 ? [`${id}-finding`] : []),
    ...(help === undefined ? [] : [`${id}-help`]),
  ];
  return ids.length === 0 ? undefined : ids.join(' ');
}

/** What every control of a field has in common. */
export function controlProps(field: FieldInput): Readonly<Record<string, unknown>> {
  return {
    id: field.id,
    'aria-describedby': describedBy(field),
    'aria-invalid': (field.findings ?? []).length > 0 ? 'true' : undefined,
  };
}

/** A label, its control, what is wrong with it, and what it is for. */
export function Field({ children, ...field }: FieldInput & { readonly children?: Child }): VNode {
  return html`<div class="field">
    <label class="field-label" for=${field.id}>${field.label}</label>
    <div class="field-body">
      ${children}
      <${FieldNotes} ...${field} />
    </div>
  </div>`;
}

/** The same for several controls of one question. */
export function FieldSet({ children, ...field }: FieldInput & { readonly children?: Child }): VNode {
  return html`<fieldset class="field" id=${field.id} tabindex="-1" aria-describedby=${describedBy(field)}>
    <legend class="field-label">${field.label}</legend>
    <div class="field-body">
      ${children}
      <${FieldNotes} ...${field} />
    </div>
  </fieldset>`;
}

/** What is wrong with a control, and what it is for; `controlProps` refers to it. */
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
