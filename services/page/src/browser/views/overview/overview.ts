/*
 * The first view: what needs a person, how mail goes, why it fails, and what expires. Everything leads to where it can be
 * looked at or changed. Numbers change in their place: nothing moves when mail flows.
 */
import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { mailEvents, useCalm, useLive, useLoaded } from '../../api/live.ts';
import {
  common,
  formatClock,
  formatDaysLeft,
  formatCount,
  formatInstant,
  formatRelative,
  formatTime,
  sentence,
} from '../../i18n.ts';
import {
  Badge,
  type Child,
  html,
  Loading,
  ProblemNotice,
  type Tone,
  ViewTitle,
} from '../../parts/elements.ts';
import { linkTo, linkWith, useSearch } from '../../router.ts';
import { soonDays } from '../health/health.ts';
import { MailChart } from './chart.ts';
import { Expiry, placeOf } from './expiry.ts';
import { type Known, loadKnown, rangeNamed, type RangeName } from './known.ts';
import { formatDuration, formatShare, overviewTexts } from './texts.ts';

const settingsEvents = [
  'settings-changed',
  'settings-applied',
  'mailer-started',
  'mailer-stopped',
  'certificate-changed',
  'exchange-connection-changed',
  'connection-test-result',
];
/** Nothing tells that a mail was accepted, or that time has passed. */
const againMs = 10_000;

/** The whole view. */
export function View(): VNode {
  const t = overviewTexts();
  const range = rangeNamed(useSearch()['range']);
  const { data, problem, reload } = useLoaded(`overview ${range}`, () => loadKnown(range));
  useLive([...mailEvents, ...settingsEvents], useCalm(reload, 2_000));
  useEffect(() => {
    const timer = setInterval(() => document.hidden || reload(), againMs);
    return () => clearInterval(timer);
  }, []);
  // Another range replaces what is shown only once it is there.
  const latest = useRef<Known>(undefined);
  latest.current = data ?? latest.current;
  const known = latest.current;
  return html`
    <${ViewTitle}>${common().overview}<//>
    <div class="overview-head">
      <p class="muted">${known !== undefined && t.asOf(formatTime(known.statistics.asOf))}</p>
      <${Ranges} current=${range} />
    </div>
    ${problem !== undefined && html`<${ProblemNotice} problem=${problem} retry=${reload} />`}
    ${known === undefined && problem === undefined && html`<${Loading} />`}
    ${
      known !== undefined &&
      html`
        <${Needs} known=${known} />
        <${Tiles} known=${known} />
        <div class="overview-grid">
          <${MailChart} statistics=${known.statistics} range=${known.range} changes=${known.changes} />
          <${Failures} known=${known} />
          <${Expiry} known=${known} />
          <${ServerCard} known=${known} />
        </div>
      `
    }
  `;
}

function Ranges({ current }: { current: RangeName }): VNode {
  const t = overviewTexts();
  const choose = (range: string): void => {
    location.hash = linkWith({ range: range === '24h' ? '' : range }, 'overview');
  };
  return html`<div class="segmented" role="group" aria-label=${t.range}>
    ${Object.entries(t.ranges).map(
      ([name, label]) =>
        html`<button type="button" key=${name} aria-pressed=${name === current} onClick=${() => choose(name)}>
          ${label}
        </button>`,
    )}
  </div>`;
}

interface Need {
  readonly key: string;
  readonly tone: Tone;
  readonly text: string;
  readonly href: string;
}

/** What a person has to look at, the most urgent first. */
export function needsOf({ queue, day, server, credentials, diskFullInDays }: Known): readonly Need[] {
  const t = overviewTexts();
  const failed = day.failed + day.expired + day.partlySent;
  const mails = (state: string): string => linkWith({ state }, 'mails');
  const toServer = linkTo('server');
  const candidates: readonly (Need | false)[] = [
    queue.state === 'standstill' && {
      key: 'standstill',
      tone: 'bad',
      text: t.standstill,
      href: linkTo('mails'),
    },
    server?.applied.state === 'failed' && {
      key: 'not-applied',
      tone: 'bad',
      text: t.notApplied(server.version),
      href: toServer,
    },
    server?.applied.state === 'no-mailer' && {
      key: 'no-mailer',
      tone: 'bad',
      text: t.noMailer,
      href: toServer,
    },
    queue.mails.unknown > 0 && {
      key: 'unknown',
      tone: 'bad',
      text: t.unknown(queue.mails.unknown),
      href: mails('unknown'),
    },
    failed > 0 && { key: 'failed', tone: 'bad', text: t.failed(failed), href: mails('failed') },
    queue.mails.held > 0 && {
      key: 'held',
      tone: 'warn',
      text: t.held(queue.mails.held),
      href: mails('held'),
    },
    queue.state === 'disabled' && { key: 'disabled', tone: 'warn', text: t.disabled, href: toServer },
    diskFullInDays !== null && { key: 'disk', tone: 'bad', text: t.disk(diskFullInDays), href: './docs' },
    ...credentials
      .filter(({ daysLeft }) => daysLeft <= soonDays)
      .slice(0, 5)
      .map((one): Need => ({
        key: `${one.resource} ${one.credential}`,
        tone: one.daysLeft <= 7 ? 'bad' : 'warn',
        text: t.expires(one.name, formatDaysLeft(one.daysLeft)),
        href: placeOf(one),
      })),
  ];
  return candidates.filter((need) => need !== false);
}

function Needs({ known }: { known: Known }): VNode {
  const t = overviewTexts();
  const needs = needsOf(known);
  return html`<section class="card needs" aria-labelledby="needs-title">
    <h2 id="needs-title">${t.needs}</h2>
    ${needs.length === 0 && html`<p class="muted">${t.nothing}</p>`}
    <ul>
      ${needs.map(
        ({ key, tone, text, href }) =>
          html`<li key=${key} class=${tone}><a href=${href} data-need=${key}>${text}</a></li>`,
      )}
    </ul>
  </section>`;
}

function Tiles({ known }: { known: Known }): VNode {
  const t = overviewTexts();
  const { statistics, queue } = known;
  const { accepted, sent, partlySent, failed, expired, unknown, duration } = statistics.totals;
  const ended = sent + partlySent + failed + expired + unknown;
  const { due, later, sending } = queue.mails;
  const { limit, used } = queue.limits.recipientsPerDay;
  const { p50Milliseconds: middle, p99Milliseconds: slowest } = duration;
  const empty = queue.emptyAt === null ? '' : t.emptyIn(formatRelative(queue.emptyAt));
  return html`<dl class="tiles">
    <${Tile} id="sent" value=${formatCount(sent + partlySent)} note=${t.accepted(formatCount(accepted))} />
    <${Tile}
      id="waiting"
      value=${formatCount(due + later + sending)}
      note=${due === 0 ? t.emptyNow : empty}
    />
    <${Tile}
      id="failed"
      tone=${failed + expired > 0 ? 'bad' : ''}
      value=${formatCount(failed + expired)}
      note=${ended === 0 ? '' : t.ofAll(formatShare((failed + expired) / ended))}
    />
    <${Tile}
      id="duration"
      value=${middle === null ? '–' : formatDuration(middle)}
      note=${slowest === null ? '' : t.slowest(formatDuration(slowest))}
    />
    <${Tile}
      id="limit"
      value=${limit === null ? t.noLimit : formatShare(used / limit)}
      note=${limit === null ? t.recipients(formatCount(used)) : t.recipientsOf(formatCount(used), formatCount(limit))}
    />
  </dl>`;
}

interface TileInput {
  readonly id: keyof ReturnType<typeof overviewTexts>['tiles'];
  readonly value: string;
  readonly note: string;
  readonly tone?: string;
}

function Tile({ id, value, note, tone = '' }: TileInput): VNode {
  return html`<div class=${`card tile ${tone}`} id=${`tile-${id}`}>
    <dt>${overviewTexts().tiles[id]}</dt>
    <dd class="value">${value}</dd>
    <dd class="muted">${note}</dd>
  </div>`;
}

function Failures({ known: { statistics } }: { known: Known }): VNode {
  const t = overviewTexts();
  const { failures } = statistics.totals;
  const mailsWith = (code: string): string => linkWith({ q: `${t.failureOperator}:${code}` }, 'mails');
  return html`<section class="card failures" aria-labelledby="failures-title">
    <h2 id="failures-title">${t.failures}</h2>
    ${failures.length === 0 && html`<p class="muted">${t.noFailures}</p>`}
    <ul>
      ${failures.slice(0, 8).map(
        (failure) =>
          html`<li key=${failure.code} data-failure=${failure.code}>
            <span><a href=${mailsWith(failure.code)}>${sentence(failure)}</a></span>
            <strong>${formatCount(failure.count)}</strong>
          </li>`,
      )}
    </ul>
  </section>`;
}

function ServerCard({ known: { server, connections, test } }: { known: Known }): VNode | null {
  if (server === null) return null;
  const t = overviewTexts();
  const { applied, version, updatedAt, updatedBy } = server;
  const line = (key: string, what: Child, more: string, badge: Child): VNode =>
    html`<li key=${key}>
      <span>${what}<span class="muted">${more}</span></span
      >${badge}
    </li>`;
  const saved = [updatedBy, formatClock(updatedAt)].filter((one) => one !== null && one !== '').join(', ');
  return html`<section class="card server-card" aria-labelledby="server-title">
    <h2 id="server-title">${t.server}</h2>
    <ul>
      ${line('host', html`<a href=${linkTo('server')}>${hostOf(server, connections)}</a>`, encryptionOf(server), '')}
      ${version > 0 && line('version', html`<a href=${linkTo('history', version)}>Version ${version}</a>`, saved, html`<${Badge} tone=${appliedTones[applied.state]}>${t.states[applied.state]}<//>`)}
      ${line(
        'test',
        test === null ? t.noTest : t.lastTest,
        test === null ? '' : formatInstant(test.requestedAt),
        test !== null && html`<${Badge} tone=${testTones[test.state]}>${t.tests[test.state]}<//>`,
      )}
    </ul>
  </section>`;
}

type Server = NonNullable<Known['server']>;

const appliedTones: Readonly<Record<Server['applied']['state'], Tone>> = {
  applied: 'good',
  pending: 'info',
  failed: 'bad',
  'no-mailer': 'warn',
};
const testTones = { ok: 'good', failed: 'bad', running: 'info' } as const;

function hostOf({ serverType, smtp, exchange }: Server, connections: Known['connections']): string {
  const t = overviewTexts();
  if (serverType === 'test-mailbox') return t.testMailbox;
  if (serverType === 'exchange') {
    const connection = connections.find(({ id }) => id === exchange.connectionId);
    return connection === undefined ? t.noServer : t.exchange(connection.name);
  }
  return smtp.hostname === '' ? t.noServer : `${smtp.hostname}:${smtp.port}`;
}

function encryptionOf({ serverType, smtp }: Server): string {
  return serverType === 'smtp' ? (overviewTexts().encryption[smtp.encryption] ?? '') : '';
}
