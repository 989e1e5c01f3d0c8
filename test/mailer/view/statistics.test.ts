import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { test } from 'tap';
import { failure, type PostausgangEvent, type Statistics, statisticsSteps } from '@postausgang/contracts';
import type { LogItem } from '@postausgang/event-log';
import type { MailTopic, MailView } from '../../../services/mailer/src/view/mail-view.ts';
import { statisticsGrains } from '../../../services/mailer/src/view/statistics.ts';
import { openMailView } from '../../../services/mailer/src/view/view.ts';
import {
  about,
  acceptedAtMs,
  attempt,
  dayMs,
  decisions,
  eventOf,
  minuteMs,
  request,
} from '../../mail/mail-events.ts';
import { makeEarlier } from './earlier-views.ts';
import { pruneAll } from './prune-all.ts';

const a = 'a@x.example';
const b = 'b@x.example';
const hourMs = 60 * minuteMs;
const actions = [
  'deferred',
  'sent',
  'partly-sent',
  'failed',
  'unknown',
  'hold',
  'release',
  'cancel',
  'resend',
  'resolve',
] as const;
type Action = (typeof actions)[number];

/** A mail as it is asked for and what is tried with it, each so many minutes after the one before. */
interface Script {
  readonly afterMinutes: number;
  readonly steps: readonly { readonly action: Action; readonly afterMinutes: number }[];
}

/** What a person would count who watches. */
interface Watched {
  readonly facts: { atMs: number; measure: string }[];
  readonly durations: { atMs: number; durationMs: number }[];
  /** When a mail began to wait, and when it no longer did. */
  readonly waits: { fromMs: number; untilMs: number }[];
}

interface History {
  readonly requests: LogItem[];
  readonly events: LogItem[];
  readonly watched: Watched;
}

type Ended = 'sent' | 'partly-sent' | 'failed' | 'unknown' | 'cancelled';

const fails: Partial<Record<Ended, string>> = {
  'partly-sent': 'recipient-refused',
  failed: 'recipient-refused',
  unknown: 'outcome-unknown',
};

/** Plays a mail: what cannot happen to it in its state is left out. */
class Play {
  readonly id: string;
  readonly watched: Watched;
  readonly told: PostausgangEvent[] = [];
  readonly acceptedMs: number;
  state: 'waiting' | 'held' | Ended = 'waiting';
  attempts = 0;
  generation = 1;
  waitsFromMs: number;

  constructor(id: string, acceptedMs: number, watched: Watched) {
    this.id = id;
    this.acceptedMs = acceptedMs;
    this.waitsFromMs = acceptedMs;
    this.watched = watched;
    this.note(acceptedMs, 'accepted');
  }

  note(atMs: number, measure: string): void {
    this.watched.facts.push({ atMs, measure });
  }

  tell(event: PostausgangEvent, atMs: number): void {
    const id = `${this.id}/run/attempt-${this.attempts}/${this.told.length}`;
    const time = new Date(atMs).toISOString();
    this.told.push({ ...event, id, time, data: { ...event.data, mailId: this.id } } as PostausgangEvent);
  }

  stopWaiting(atMs: number): void {
    this.watched.waits.push({ fromMs: this.waitsFromMs, untilMs: atMs });
    this.waitsFromMs = Number.POSITIVE_INFINITY;
  }

  end(state: Ended, atMs: number): void {
    if (this.state === 'waiting') this.stopWaiting(atMs);
    this.state = state;
    this.note(atMs, state);
    const code = fails[state];
    if (code !== undefined) this.note(atMs, `failure:${code}`);
    if ((state === 'sent' || state === 'partly-sent') && this.generation === 1) {
      this.watched.durations.push({ atMs, durationMs: atMs - this.acceptedMs });
    }
  }

  try(action: 'deferred' | Exclude<Ended, 'cancelled'>, atMs: number): void {
    this.attempts += 1;
    const open = attempt(this.attempts, { endedAt: null, outcome: null });
    this.tell(
      eventOf('mailAttemptStarted', { ...about, attempt: open, decisions, recipients: [a, b] }),
      atMs,
    );
    const isRefused = { failure: failure('recipient-refused') };
    const ways = {
      deferred: { outcome: 'deferred' },
      sent: { outcome: 'sent' },
      'partly-sent': { outcome: 'rejected', ...isRefused },
      failed: { outcome: 'rejected', ...isRefused },
      unknown: { outcome: 'unknown', failure: failure('outcome-unknown') },
    } as const;
    const data = {
      ...about,
      state: action,
      attempt: attempt(this.attempts, { outcome: action }),
      decisions,
      recipients: [
        { address: a, ...ways[action === 'partly-sent' ? 'sent' : action] },
        { address: b, ...ways[action] },
      ],
    };
    if (action === 'sent' || action === 'partly-sent') this.tell(eventOf('mailSent', data), atMs);
    if (action === 'failed') this.tell(eventOf('mailFailed', { ...data, ...isRefused }), atMs);
    if (action === 'unknown') {
      this.tell(eventOf('mailOutcomeUnknown', { ...data, failure: failure('outcome-unknown') }), atMs);
    }
    if (action === 'deferred') {
      const nextAttemptAt = new Date(atMs + minuteMs).toISOString();
      this.tell(
        eventOf('mailDeferred', { ...data, nextAttemptAt, failure: failure('recipient-deferred') }),
        atMs,
      );
      this.note(atMs, 'deferred');
      return;
    }
    this.end(action, atMs);
  }

  step(action: Action, atMs: number): void {
    const command = {
      id: `c${this.told.length}`,
      source: '/test',
      verb: 'cancel',
      actor: null,
      requestedBy: null,
      reason: null,
    } as const;
    const results = [a, b].map((address) => ({ address, outcome: 'cancelled' as const }));
    const { state } = this;
    if (action === 'hold' && state === 'waiting') {
      this.tell(eventOf('mailHeld', { ...about, reason: 'requested' }), atMs);
      this.stopWaiting(atMs);
      this.state = 'held';
    } else if (action === 'release' && state === 'held') {
      this.tell(eventOf('mailReleased', { ...about, reason: 'requested' }), atMs);
      this.state = 'waiting';
      this.waitsFromMs = atMs;
    } else if (action === 'cancel' && (state === 'waiting' || state === 'held')) {
      this.tell(
        eventOf('mailCancelled', { ...about, state: 'cancelled', recipients: results, command }),
        atMs,
      );
      this.end('cancelled', atMs);
    } else if (action === 'resend' && state !== 'waiting' && state !== 'held') {
      const recipients = [a, b].map((address) => ({ address, correctedAddress: null }));
      const notAfter = new Date(atMs + dayMs).toISOString();
      this.generation += 1;
      const round = this.generation;
      this.tell(eventOf('mailRequeued', { ...about, round, recipients, notAfter, command }), atMs);
      this.state = 'waiting';
      this.waitsFromMs = atMs;
    } else if (action === 'resolve' && state === 'unknown') {
      const resolved = {
        state: 'sent',
        by: 'person',
        outcome: 'sent',
        resend: false,
        notAfter: null,
      } as const;
      this.tell(eventOf('mailResolved', { ...about, ...resolved, recipients: [a, b] }), atMs);
      this.end('sent', atMs);
    } else if (state === 'waiting' && isAttempt(action)) {
      this.try(action, atMs);
    }
  }
}

const isAttempt = (action: Action): action is 'deferred' | Exclude<Ended, 'cancelled'> =>
  ['deferred', 'sent', 'partly-sent', 'failed', 'unknown'].includes(action);

function play(scripts: readonly Script[]): History {
  const watched: Watched = { facts: [], durations: [], waits: [] };
  const requests: PostausgangEvent[] = [];
  const events: PostausgangEvent[] = [];
  for (const [n, { afterMinutes, steps }] of scripts.entries()) {
    const id = `m${n}`;
    let atMs = acceptedAtMs + afterMinutes * minuteMs + n;
    const mail = new Play(id, atMs, watched);
    const time = new Date(atMs).toISOString();
    requests.push(eventOf('mailRequested', request([a, b], { id }), { id: `r-${id}`, time }));
    for (const step of steps) {
      atMs += step.afterMinutes * minuteMs;
      mail.step(step.action, atMs);
    }
    if (mail.waitsFromMs !== Number.POSITIVE_INFINITY) mail.stopWaiting(Number.POSITIVE_INFINITY);
    events.push(...mail.told);
  }
  // What is published twice may come again at any later time.
  const again = events.filter((_, n) => n % 3 === 0);
  return { requests: itemsOf(requests), events: itemsOf([...events, ...again]), watched };
}

const itemsOf = (list: readonly PostausgangEvent[]): LogItem[] =>
  list.map((event, offset) => ({
    position: { partition: 0, offset },
    key: 'mailId' in event.data ? String(event.data.mailId) : String('id' in event.data ? event.data.id : ''),
    sizeBytes: 1,
    isOwn: false,
    result: { ok: true, event },
  }));

const everything = 100_000;

/** Folds both topics in batches; `order` says which topic comes next, and how much of it. */
function foldAll(view: MailView, { requests, events }: History, order: readonly number[]): void {
  const rest: Record<MailTopic, LogItem[]> = { mailRequests: [...requests], mailEvents: [...events] };
  for (const size of [...order, everything, -everything]) {
    const topic = size > 0 ? 'mailRequests' : 'mailEvents';
    const batch = rest[topic].splice(0, Math.abs(size));
    if (batch.length > 0) view.apply(topic, batch);
  }
}

/** Compares each step with a count of what was watched. */
function check(view: MailView, { facts, durations, waits }: Watched, fromMs: number, untilMs: number): void {
  for (const step of statisticsSteps) {
    const { stepMs } = statisticsGrains[step];
    const range = {
      step,
      fromMs: Math.floor(fromMs / stepMs) * stepMs,
      untilMs: Math.ceil(untilMs / stepMs) * stepMs,
    };
    const { steps, totals } = view.statistics(range);
    assert.equal(steps.length, (range.untilMs - range.fromMs) / stepMs);
    const compare = (
      found: Omit<Statistics['steps'][number], 'start'>,
      from: number,
      until: number,
    ): void => {
      const isIn = ({ atMs }: { readonly atMs: number }): boolean => atMs >= from && atMs < until;
      const within = facts.filter(isIn);
      const count = (measure: string): number => within.filter((one) => one.measure === measure).length;
      const { duration, failures, ...counted } = found;
      assert.deepEqual(counted, {
        accepted: count('accepted'),
        sent: count('sent'),
        partlySent: count('partly-sent'),
        failed: count('failed'),
        expired: 0,
        cancelled: count('cancelled'),
        unknown: count('unknown'),
        deferred: count('deferred'),
        waiting: waits.filter((wait) => wait.fromMs < until && wait.untilMs >= until).length,
      });
      const byCode = failures.map(({ code, count: number }) => [code, number] as const);
      for (const [code, number] of byCode) assert.equal(number, count(`failure:${code}`));
      const told = within.filter(({ measure }) => measure.startsWith('failure:')).length;
      assert.equal(
        byCode.reduce((sum, [, number]) => sum + number, 0),
        told,
      );
      const sorted = durations
        .filter(isIn)
        .map(({ durationMs }) => durationMs)
        .toSorted((x, y) => x - y);
      near(duration.p50Milliseconds, sorted[Math.ceil(0.5 * sorted.length) - 1]);
      near(duration.p99Milliseconds, sorted[Math.ceil(0.99 * sorted.length) - 1]);
    };
    for (const { start, ...found } of steps) compare(found, Date.parse(start), Date.parse(start) + stepMs);
    compare(totals, range.fromMs, range.untilMs);
  }
}

function near(found: number | null, exact: number | undefined): void {
  if (exact === undefined || found === null) {
    assert.equal(found, exact ?? null);
    return;
  }
  assert.ok(found <= Math.max(exact, 10) * 1.43 && found >= exact / 1.43, `${found} for ${exact}`);
}

const minutes = fc.integer({ min: 0, max: 90 });
const scriptsOf = fc.array(
  fc.record({
    afterMinutes: fc.integer({ min: 0, max: 1500 }),
    steps: fc.array(fc.record({ action: fc.constantFrom(...actions), afterMinutes: minutes }), {
      maxLength: 7,
    }),
  }),
  { minLength: 1, maxLength: 12 },
);
const orders = fc.array(fc.integer({ min: -12, max: 6 }), { maxLength: 14 });

test('a history is counted as a person would count it, in whatever order it is folded, and also when it is folded again', async (t) => {
  let n = 0;
  const property = fc.property(scriptsOf, orders, orders, (scripts, order, otherOrder) => {
    const history = play(scripts);
    const times = history.watched.facts.map(({ atMs }) => atMs);
    const range = [Math.min(...times), Math.max(...times) + 1] as const;
    n += 1;
    const directory = join(t.testdirName, String(n));
    const view = openMailView({ directory });
    try {
      foldAll(view, history, order);
      check(view, history.watched, ...range);
      view.reset();
      foldAll(view, history, otherOrder);
      check(view, history.watched, ...range);
    } finally {
      view.close();
    }
    const again = openMailView({ directory });
    try {
      check(again, history.watched, ...range);
    } finally {
      again.close();
    }
  });
  t.testdir();
  fc.assert(property, { numRuns: 40 });
  t.ok(n >= 40, 'many histories');
});

function rowsOf(directory: string): number {
  const database = new DatabaseSync(join(directory, 'mail-view.db'), { readOnly: true });
  try {
    return Number(database.prepare('SELECT count(*) AS count FROM statistics').get()?.['count']);
  } finally {
    database.close();
  }
}

const daily = (days: number): Script[] =>
  Array.from({ length: days }, (_, n) => ({
    afterMinutes: n * 24 * 60,
    steps: [{ action: 'sent', afterMinutes: 1 }],
  }));

test('minutes, hours and days are each kept for their own time, whether the view is old or built anew', (t) => {
  const days = 2200;
  const history = play(daily(days));
  const endMs = acceptedAtMs + days * dayMs;
  const directory = t.testdir({ old: {}, fresh: {} });
  const old = openMailView({ directory: join(directory, 'old') });
  foldAll(old, history, []);
  const steps = pruneAll(old, endMs);
  t.ok(Math.max(...steps) <= 1000, 'little at a time');
  const answer = (view: MailView) => ({
    minutes: view.statistics({ step: 'minute', fromMs: endMs - dayMs, untilMs: endMs }).totals,
    hours: view.statistics({ step: 'hour', fromMs: endMs - 90 * dayMs, untilMs: endMs }).totals,
    days: view.statistics({
      step: 'day',
      fromMs: Math.floor(endMs / dayMs) * dayMs - 1800 * dayMs,
      untilMs: Math.floor(endMs / dayMs) * dayMs,
    }).totals,
  });
  const kept = answer(old);
  t.match(kept, { minutes: { sent: 1 }, hours: { sent: 90 }, days: { sent: 1800 } });
  const hoursBefore = old.statistics({
    step: 'hour',
    fromMs: acceptedAtMs - hourMs,
    untilMs: acceptedAtMs + 100 * hourMs,
  });
  t.equal(hoursBefore.totals.sent, 0, 'what is older is gone');
  old.close();
  const fresh = openMailView({ directory: join(directory, 'fresh'), nowMs: () => endMs });
  foldAll(fresh, history, []);
  t.same(answer(fresh), kept);
  fresh.close();
  // A mail a day: accepted, waiting, sent, and a duration.
  const bound = 4 * (3 + 2 * 94 + 1831);
  t.ok(rowsOf(join(directory, 'old')) <= bound, `${rowsOf(join(directory, 'old'))} rows`);
  t.ok(rowsOf(join(directory, 'fresh')) <= bound, `${rowsOf(join(directory, 'fresh'))} rows`);
  t.end();
});

test('a view of a release that had no statistics is taken over, with what its mails tell', (t) => {
  const directory = t.testdir();
  const scripts: Script[] = [
    { afterMinutes: 0, steps: [{ action: 'sent', afterMinutes: 2 }] },
    { afterMinutes: 1, steps: [{ action: 'failed', afterMinutes: 3 }] },
    { afterMinutes: 5, steps: [] },
    { afterMinutes: 6, steps: [{ action: 'hold', afterMinutes: 0 }] },
  ];
  const history = play(scripts);
  const before = openMailView({ directory });
  foldAll(before, history, []);
  const range = { step: 'hour', fromMs: acceptedAtMs, untilMs: acceptedAtMs + hourMs } as const;
  const counted = before.statistics(range);
  before.close();
  makeEarlier(directory, 13);
  const view = openMailView({ directory });
  t.teardown(() => view.close());
  t.same(view.statistics(range), counted);
  t.match(counted.totals, { accepted: 4, sent: 1, failed: 1, waiting: 1 });
  t.match(view.positions('mailRequests'), [{ offset: 4 }], 'it is not built anew');
  t.end();
});
