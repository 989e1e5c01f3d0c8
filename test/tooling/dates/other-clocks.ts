/**
 * The clocks and zones under which tests have to pass as they do today: `npm run test:dates` runs all of them, the
 * suite the one that is called `far`. They are counted from the present, so that they stay ahead of it.
 */

export interface OtherClock {
  readonly name: string;
  /** Name of a zone of the IANA database: what TZ is set to. */
  readonly zone: string;
  /** What the clock says when a test file begins, in milliseconds since 1970. */
  readonly beginsAtMs: number;
}

const hourMs = 3_600_000;
const yearMs = 365 * 24 * hourMs;
const berlin = 'Europe/Berlin';
/** Half an hour off, and behind UTC. */
const stJohns = 'America/St_Johns';

/** Everything at once: years ahead, a leap day, and a zone in which some of its hours belong to the day before. */
export const farClock = (nowMs: number): OtherClock => ({
  name: 'far',
  zone: stJohns,
  beginsAtMs: leapDayAfter(nowMs + 5 * yearMs),
});

export function otherClocks(nowMs: number): readonly OtherClock[] {
  const intoSummerMs = changeOfOffsetAfter(nowMs + hourMs, berlin, (change) => change > 0);
  const intoWinterMs = changeOfOffsetAfter(nowMs + hourMs, berlin, (change) => change < 0);
  const newYearMs = Date.UTC(new Date(nowMs).getUTCFullYear() + 1, 0, 1);
  return [
    farClock(nowMs),
    { name: 'in-a-year', zone: 'UTC', beginsAtMs: nowMs + yearMs },
    { name: 'in-five-years', zone: 'UTC', beginsAtMs: nowMs + 5 * yearMs },
    { name: 'in-thirty-years', zone: 'UTC', beginsAtMs: nowMs + 30 * yearMs },
    { name: 'leap-day', zone: 'UTC', beginsAtMs: leapDayAfter(nowMs) },
    { name: 'into-summer-time', zone: berlin, beginsAtMs: intoSummerMs - 1000 },
    { name: 'into-winter-time', zone: berlin, beginsAtMs: intoWinterMs - 1000 },
    // There the year has begun while UTC still has the old one, and the other way round.
    { name: 'new-year-in-auckland', zone: 'Pacific/Auckland', beginsAtMs: newYearMs - 12 * hourMs },
    { name: 'new-year-before-st-johns', zone: stJohns, beginsAtMs: newYearMs + 2 * hourMs },
  ];
}

/** Noon, UTC, of the next 29 February. */
export function leapDayAfter(afterMs: number): number {
  for (let year = new Date(afterMs).getUTCFullYear(); ; year += 1) {
    const noon = new Date(Date.UTC(year, 1, 29, 12));
    if (noon.getUTCMonth() === 1 && noon.getTime() > afterMs) return noon.getTime();
  }
}

/** The next full hour, UTC, at which a zone changes its distance from UTC in the way that is asked for. */
export function changeOfOffsetAfter(
  afterMs: number,
  zone: string,
  isWanted: (changeMs: number) => boolean,
): number {
  const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, hourCycle: 'h23', ...fields });
  const first = Math.ceil(afterMs / hourMs) * hourMs;
  let before = offsetMs(format, first - hourMs);
  for (let atMs = first; atMs < first + 2 * yearMs; atMs += hourMs) {
    const offset = offsetMs(format, atMs);
    if (isWanted(offset - before)) return atMs;
    before = offset;
  }
  throw new Error(`${zone} never changes its clocks.`);
}

const fields = { year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric' } as const;

function offsetMs(format: Intl.DateTimeFormat, atMs: number): number {
  const parts = Object.fromEntries(
    format.formatToParts(atMs).map(({ type, value }) => [type, Number(value)]),
  );
  const { year = 0, month = 1, day = 1, hour = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour) - atMs;
}
