/* What expires within twelve months: certificates, client secrets, and what a vendor has announced to end. */
import type { VNode } from 'preact';
import type { CredentialList } from '../../api/operations.ts';
import { formatDate, formatDaysLeft } from '../../i18n.ts';
import { Badge, html, type Tone } from '../../parts/elements.ts';
import { linkTo } from '../../router.ts';
import { soonDays } from '../health/health.ts';
import type { Known } from './known.ts';
import { formatMonth, overviewTexts } from './texts.ts';

/** Where a certificate or secret can be replaced. */
export function placeOf({ resource }: Pick<CredentialList['items'][number], 'resource'>): string {
  const [kind = '', id = ''] = resource.split('/');
  return kind === 'exchange-connections' ? linkTo('exchange', id) : linkTo('certificates');
}

interface End {
  readonly key: string;
  readonly name: string;
  readonly at: string;
  readonly daysLeft: number;
  readonly href: string;
}

/** Microsoft has announced the end of EWS at Exchange Online: Exchange Team Blog, "Exchange Online EWS, Your Time is Almost Up". */
const ewsEndsAt = '2027-04-01T00:00:00Z';
const dayMs = 24 * 60 * 60 * 1000;
const yearDays = 365;
const shownEnds = 10;

function endsOf({ credentials, connections, statistics }: Known): readonly End[] {
  const daysLeft = Math.floor((Date.parse(ewsEndsAt) - Date.parse(statistics.asOf)) / dayMs);
  const ofVendors = connections
    .filter(({ protocol, authentication }) => protocol === 'ews' && authentication === 'oauth')
    .map(({ id, name }) => ({
      key: `ews ${id}`,
      name: overviewTexts().ewsEnds(name),
      at: ewsEndsAt,
      daysLeft,
      href: linkTo('exchange', id),
    }));
  const ends = credentials.map((one) => ({
    key: `${one.resource} ${one.credential}`,
    name: one.name,
    at: one.expiresAt,
    daysLeft: one.daysLeft,
    href: placeOf(one),
  }));
  return [...ends, ...ofVendors]
    .filter((one) => one.daysLeft <= yearDays)
    .toSorted((one, other) => one.daysLeft - other.daysLeft);
}

function toneOf(days: number): Tone {
  if (days <= 7) return 'bad';
  return days <= soonDays ? 'warn' : 'good';
}

export function Expiry({ known }: { known: Known }): VNode {
  const t = overviewTexts();
  const ends = endsOf(known);
  const rest = ends.length - shownEnds;
  return html`<section class="card expiry" aria-labelledby="expiry-title">
    <h2 id="expiry-title">${t.expiry}</h2>
    ${ends.length === 0 ? html`<p class="muted">${t.noExpiry}</p>` : html`<${YearLine} ends=${ends} />`}
    <ul>
      ${ends.slice(0, shownEnds).map(
        ({ key, name, at, daysLeft, href }) =>
          html`<li key=${key}>
            <span><a href=${href}>${name}</a> <span class="muted">${formatDate(at)}</span></span>
            <${Badge} tone=${toneOf(daysLeft)}>${formatDaysLeft(daysLeft)}<//>
          </li>`,
      )}
    </ul>
    ${rest > 0 && html`<p class="muted"><a href=${linkTo('certificates')}>${t.expiryMore(rest)}</a></p>`}
  </section>`;
}

/** The next twelve months with a dot for each end. The list below says the same in words. */
function YearLine({ ends }: { ends: readonly End[] }): VNode {
  const x = (days: number): string => `${2 + (96 * Math.max(0, days)) / yearDays}%`;
  return html`<svg class="year-line" width="100%" height="40" aria-hidden="true" focusable="false">
    <rect class="soon" x=${x(0)} y="2" width=${`${(96 * soonDays) / yearDays}%`} height="20" />
    ${Array.from({ length: 13 }, (_, month) => {
      const at = x((yearDays * month) / 12);
      return html`<g key=${month}>
        <line class="grid" x1=${at} x2=${at} y1="2" y2="22" />
        ${month % 3 === 0 && month < 12 && html`<text x=${at} y="36">${formatMonth(month)}</text>`}
      </g>`;
    })}
    <line class="grid" x1=${x(0)} x2=${x(yearDays)} y1="22" y2="22" />
    ${ends.map(({ key, daysLeft }) => html`<circle key=${key} class=${toneOf(daysLeft)} cx=${x(daysLeft)} cy="12" r="5" />`)}
  </svg>`;
}
