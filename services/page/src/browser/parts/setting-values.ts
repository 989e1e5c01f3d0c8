import type { VNode } from 'preact';
import type { Diff } from '../api/operations.ts';
import { common, formatDay, formatMinutes } from '../i18n.ts';
import { html } from './elements.ts';

type Words = Readonly<Record<string, string>>;

/** The texts of the fields of a resource in one language, by JSON pointer. */
export interface FieldTexts {
  readonly labels: Words;
  readonly help: Words;
  /** The text beside a check box. */
  readonly boxes: Words;
  readonly choices: Readonly<Record<string, Words>>;
}

export const labelOf = ({ labels }: FieldTexts, pointer: string): string => labels[pointer] ?? pointer;

/** A value as people read it. */
export function showValue({ choices }: FieldTexts, pointer: string, value: unknown): string {
  const key = typeof value === 'string' ? value : '';
  const choice = value === null || key !== '' ? choices[pointer]?.[key] : undefined;
  if (choice !== undefined) return choice;
  if (value === null || value === undefined || value === '') return '–';
  if (typeof value === 'boolean') return value ? common().yes : common().no;
  if (typeof value === 'number') return pointer === '/timeoutSeconds' ? formatMinutes(value) : String(value);
  if (typeof value === 'string') return pointer.endsWith('At') ? formatDay(value) : value;
  return JSON.stringify(value);
}

type Difference = Diff['differences'][number];

interface DifferencesInput {
  readonly items: readonly Difference[];
  readonly labels: FieldTexts;
  /** The names of the two sides. Default: before and after. */
  readonly from?: string;
  readonly to?: string;
}

/** The differences side by side. Of a secret, only that it differs. */
export function Differences(input: DifferencesInput): VNode {
  const t = common();
  const { items, labels, from: before = t.from, to: after = t.to } = input;
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
            <th scope="row">${labelOf(labels, pointer)}</th>
            ${
              secret
                ? html`<td colspan="2" data-label=${after}>${t.secretChanged}</td>`
                : html`<td data-label=${before}><del>${showValue(labels, pointer, from)}</del></td>
                    <td data-label=${after}><ins>${showValue(labels, pointer, to)}</ins></td>`
            }
          </tr>`,
      )}
    </tbody>
  </table>`;
}
