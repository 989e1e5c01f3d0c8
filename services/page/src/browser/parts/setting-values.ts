import type { VNode } from 'preact';
import type { Diff } from '../api/operations.ts';
import { common, formatDay, formatMinutes, sentence } from '../i18n.ts';
import { html } from './elements.ts';
import { addresses, type FormField } from './form-values.ts';

/** The label of the field that a JSON pointer names. A pointer without a field is its own label. */
export function labelOf(fields: readonly FormField[], pointer: string): string {
  const field = fields.find((one) => one.pointer === pointer || one.within === pointer);
  return field === undefined ? pointer : sentence(field.label);
}

/** The label and the help of a field, as its control takes them. */
export function captionOf(fields: readonly FormField[], pointer: string) {
  const help = fields.find((one) => one.pointer === pointer)?.help;
  return { label: labelOf(fields, pointer), ...(help && { help: sentence(help) }) };
}

/** A value as people read it. */
export function showValue(fields: readonly FormField[], pointer: string, value: unknown): string {
  const { choices, control } = fields.find((one) => one.pointer === pointer) ?? {};
  const key = typeof value === 'string' ? value : '';
  const choice = value === null || key !== '' ? choices?.[key] : undefined;
  if (choice !== undefined) return sentence(choice);
  if (value === null || value === undefined || value === '') return '–';
  if (typeof value === 'boolean') return value ? common().yes : common().no;
  if (typeof value === 'number') return control === 'minutes' ? formatMinutes(value) : String(value);
  if (typeof value === 'string') return control === 'date' ? formatDay(value) : value;
  if (control === 'domains' && Array.isArray(value)) return value.join(', ') || '–';
  if (control === 'addresses') return String(addresses.write(value)) || '–';
  return JSON.stringify(value);
}

type Difference = Diff['differences'][number];

interface DifferencesInput {
  readonly items: readonly Difference[];
  readonly fields: readonly FormField[];
  /** The names of the two sides. Default: before and after. */
  readonly from?: string;
  readonly to?: string;
}

/** The differences side by side. Of a secret, only that it differs. */
export function Differences(input: DifferencesInput): VNode {
  const t = common();
  const { items, fields, from: before = t.from, to: after = t.to } = input;
  if (items.length === 0) return html`<p class="muted">${t.nothing}</p>`;
  return html`<table class="stack differences">
    <thead>
      <tr>
        <th scope="col">${t.field}</th>
        <th scope="col">${before}</th>
        <th scope="col">${after}</th>
      </tr>
    </thead>
    <tbody>
      ${items.map(
        ({ pointer, secret, from, to }) =>
          html`<tr key=${pointer}>
            <th scope="row">${labelOf(fields, pointer)}</th>
            ${
              secret
                ? html`<td colspan="2" data-label=${after}>${t.secretChanged}</td>`
                : html`<td data-label=${before}><del>${showValue(fields, pointer, from)}</del></td>
                    <td data-label=${after}><ins>${showValue(fields, pointer, to)}</ins></td>`
            }
          </tr>`,
      )}
    </tbody>
  </table>`;
}
