/*
 * Mails by time, as stacked bars, with the length of the queue as a line and a mark where settings were changed. The drawing
 * is for eyes; the table below it has every number, and the list of changes has every link.
 */
import type { VNode } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { History, Statistics } from '../../api/operations.ts';
import { formatCount, formatInstant } from '../../i18n.ts';
import { html } from '../../parts/elements.ts';
import { linkTo } from '../../router.ts';
import { type RangeName, ranges } from './known.ts';
import { formatStep, overviewTexts } from './texts.ts';

const series = ['sent', 'partlySent', 'unknown', 'failed'] as const;
type Series = (typeof series)[number];

interface Bar {
  readonly start: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly counts: Readonly<Record<Series, number>>;
  readonly total: number;
  readonly waiting: number;
}

/** The steps as bars; the hours of a week become its days, as the person counts them. */
export function barsOf({ steps }: Pick<Statistics, 'steps'>, range: RangeName): readonly Bar[] {
  const { stepMs } = ranges[range];
  const bars: Bar[] = [];
  for (const step of steps) {
    const startMs = Date.parse(step.start);
    const counts = {
      sent: step.sent,
      partlySent: step.partlySent,
      unknown: step.unknown,
      failed: step.failed + step.expired,
    };
    const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
    const bar = { start: step.start, startMs, endMs: startMs + stepMs, counts, total, waiting: step.waiting };
    const last = bars.at(-1);
    if (last !== undefined && range === '7d' && isSameDay(last.startMs, startMs))
      bars[bars.length - 1] = joined(last, bar);
    else bars.push(bar);
  }
  return bars;
}

const isSameDay = (one: number, other: number): boolean =>
  new Date(one).toDateString() === new Date(other).toDateString();

function joined(bar: Bar, { endMs, counts, total, waiting }: Bar): Bar {
  const sum = (name: Series): number => bar.counts[name] + counts[name];
  return {
    ...bar,
    endMs,
    waiting,
    total: bar.total + total,
    counts: {
      sent: sum('sent'),
      partlySent: sum('partlySent'),
      unknown: sum('unknown'),
      failed: sum('failed'),
    },
  };
}

const height = 232;
const area = { top: 22, bottom: 24, left: 44, right: 44 };
const plotHeight = height - area.top - area.bottom;

/** A round number that is at least as large: 1, 2 or 5 with zeros. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, value)));
  return power * ([1, 2, 5].find((factor) => power * factor >= value) ?? 10);
}

interface ChartInput {
  readonly statistics: Statistics;
  readonly range: RangeName;
  readonly changes: History['items'];
}

export function MailChart({ statistics, range, changes }: ChartInput): VNode {
  const t = overviewTexts();
  const bars = barsOf(statistics, range);
  const frame = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    if (frame.current === null) return;
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)));
    observer.observe(frame.current);
    return () => observer.disconnect();
  }, []);
  const isQuiet = bars.every(({ total, waiting }) => total + waiting === 0);
  return html`<section class="card chart" aria-labelledby="chart-title">
    <h2 id="chart-title">${t.chart[range]}</h2>
    <div class="chart-frame" ref=${frame}>
      ${width > 0 && html`<${Drawing} bars=${bars} range=${range} changes=${changes} width=${width} />`}
    </div>
    <p class="legend" aria-hidden="true">
      ${series.map((name) => html`<span key=${name}><i class=${`key ${name}`}></i>${t.series[name]}</span>`)}
      <span><i class="key waiting"></i>${t.series.waiting}</span>
    </p>
    ${isQuiet && html`<p class="muted">${t.quiet}</p>`}
    ${changes.length > 0 && html`<${Changes} changes=${changes} />`}
    <${Numbers} bars=${bars} range=${range} />
  </section>`;
}

interface DrawingInput {
  readonly bars: readonly Bar[];
  readonly range: RangeName;
  readonly changes: History['items'];
  readonly width: number;
}

function Drawing({ bars, range, changes, width }: DrawingInput): VNode {
  const plotWidth = Math.max(1, width - area.left - area.right);
  const [fromMs, untilMs] = [bars[0]?.startMs ?? 0, bars.at(-1)?.endMs ?? 1];
  const x = (ms: number): number => area.left + (plotWidth * (ms - fromMs)) / (untilMs - fromMs);
  const most = roundUp(Math.max(...bars.map(({ total }) => total)));
  const mostWaiting = roundUp(Math.max(...bars.map(({ waiting }) => waiting)));
  const y = (share: number): number => area.top + plotHeight * (1 - share);
  const line = bars.map(
    ({ startMs, endMs, waiting }) => `${x((startMs + endMs) / 2)},${y(waiting / mostWaiting)}`,
  );
  // A label takes about so many pixels.
  const every = Math.ceil((bars.length * 64) / plotWidth);
  return html`<svg width=${width} height=${height} aria-hidden="true" focusable="false">
    ${[0, 0.5, 1].map(
      (share) =>
        html`<g key=${share}>
          <line class="grid" x1=${area.left} x2=${width - area.right} y1=${y(share)} y2=${y(share)} />
          <text class="end" x=${area.left - 6} y=${y(share) + 4}>${tick(most * share)}</text>
          <text class="of-waiting" x=${width - area.right + 6} y=${y(share) + 4}
            >${tick(mostWaiting * share)}</text
          >
        </g>`,
    )}
    ${bars.map((bar) => html`<${Stack} key=${bar.start} bar=${bar} x=${x} y=${y} most=${most} range=${range} />`)}
    ${bars.map(
      (bar, index) =>
        index % every === 0 &&
        html`<text class="middle" key=${bar.start} x=${x((bar.startMs + bar.endMs) / 2)} y=${height - 6}>
          ${formatStep(bar.start, range)}
        </text>`,
    )}
    <polyline class="waiting" points=${line.join(' ')} />
    ${changes.map(({ version, changedAt }) => {
      const at = x(Math.min(untilMs, Date.parse(changedAt)));
      return html`<a key=${version} class="mark" href=${linkTo('history', version)} tabindex="-1">
        <title>${overviewTexts().changed}: Version ${version}</title>
        <line x1=${at} x2=${at} y1=${area.top} y2=${height - area.bottom} />
        <path d=${`M${at - 7} ${area.top - 4}h14l-7-12z`} />
      </a>`;
    })}
  </svg>`;
}

/** A half of an odd number is left out. */
const tick = (value: number): string => (Number.isInteger(value) ? formatCount(value) : '');

interface StackInput {
  readonly bar: Bar;
  readonly x: (ms: number) => number;
  readonly y: (share: number) => number;
  readonly most: number;
  readonly range: RangeName;
}

function Stack({ bar, x, y, most, range }: StackInput): VNode {
  const t = overviewTexts();
  const left = x(bar.startMs);
  const width = Math.max(1, (x(bar.endMs) - left) * 0.82);
  let below = 0;
  const parts = series.map((name) => {
    const top = y((below + bar.counts[name]) / most);
    const part = { name, top, height: y(below / most) - top };
    below += bar.counts[name];
    return part;
  });
  const words = series
    .filter((name) => bar.counts[name] > 0)
    .map((name) => `${formatCount(bar.counts[name])} ${t.series[name]}`);
  return html`<g>
    <title>${[formatStep(bar.start, range), ...words].join(', ')}</title>
    ${parts.map(
      (part) =>
        part.height > 0 &&
        html`<rect
          key=${part.name}
          class=${part.name}
          x=${left}
          y=${part.top}
          width=${width}
          height=${part.height}
        />`,
    )}
  </g>`;
}

const shownChanges = 5;

function Changes({ changes }: { changes: History['items'] }): VNode {
  const t = overviewTexts();
  const rest = changes.length - shownChanges;
  return html`<p class="changes muted">
    <span aria-hidden="true">▲ </span>${t.changed}:${' '}
    ${changes
      .slice(0, shownChanges)
      .map(
        ({ version, changedAt, changedBy }, index) =>
          html`<span key=${version}
            >${index > 0 && ' · '}<a href=${linkTo('history', version)}
              >${t.changedBy(version, formatInstant(changedAt), changedBy.name)}</a
            ></span
          >`,
      )}
    ${rest > 0 && html`${' '}<a href=${linkTo('history')}>${t.moreChanges(rest)}</a>`}
  </p>`;
}

function Numbers({ bars, range }: { bars: readonly Bar[]; range: RangeName }): VNode {
  const t = overviewTexts();
  const columns = [...series, 'waiting'] as const;
  return html`<details class="as-table">
    <summary>${t.table}</summary>
    <div class="scrolls" tabindex="0" role="region" aria-label=${`${t.chart[range]}: ${t.table}`}>
      <table>
        <thead>
          <tr>
            <th scope="col">${t.time}</th>
            ${columns.map((name) => html`<th scope="col" key=${name}>${t.series[name]}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${bars.map(
            (bar) =>
              html`<tr key=${bar.start}>
                <th scope="row">${formatStep(bar.start, range)}</th>
                ${series.map((name) => html`<td key=${name}>${formatCount(bar.counts[name])}</td>`)}
                <td>${formatCount(bar.waiting)}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </details>`;
}
