import type { VNode } from 'preact';
import type { Operations } from '../api/operations.ts';
import { html } from '../html.ts';
import { common } from '../i18n/common-texts.ts';
import { serverLabels, showValue, type ValueLabels } from './setting-labels.ts';

type Difference = Operations['diffOutgoingServerVersions']['response']['differences'][number];

interface DifferencesInput {
  readonly items: readonly Difference[];
  readonly labels?: ValueLabels;
}

/** What differs, side by side. Of a secret only that it does. */
export function Differences({ items, labels = serverLabels }: DifferencesInput): VNode {
  const t = common();
  if (items.length === 0) return html`<p class="muted">${t.nothing}</p>`;
  return html`<table class="stack differences">
    <thead>
      <tr>
        <th scope="col">${t.field}</th>
        <th scope="col">${t.from}</th>
        <th scope="col">${t.to}</th>
      </tr>
    </thead>
    <tbody>
      ${items.map(
        ({ pointer, secret, from, to }) =>
          html`<tr key=${pointer}>
            <th scope="row">${labels.labelOf(pointer)}</th>
            ${
              secret
                ? html`<td colspan="2" data-label=${t.to}>${t.secretChanged}</td>`
                : html`<td data-label=${t.from}><del>${showValue(pointer, from, labels)}</del></td>
                    <td data-label=${t.to}><ins>${showValue(pointer, to, labels)}</ins></td>`
            }
          </tr>`,
      )}
    </tbody>
  </table>`;
}
