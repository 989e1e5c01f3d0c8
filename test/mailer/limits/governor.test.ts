import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'tap';
import type { EffectiveLimits } from '@postausgang/settings';
import { createGovernor } from '../../../services/mailer/src/limits/governor.ts';
import { createDayUse, createRecentUse, unitsOf } from '../../../services/mailer/src/limits/usage.ts';
import { createMailers, type Seen, type Step } from './mailers-model.ts';

const startMs = Date.parse('2026-11-23T08:00:00Z');
const dayMs = 24 * 60 * 60 * 1000;
const sharing = { partitionCount: 12, turnMs: 600_000 };
const none: EffectiveLimits = { maxConnections: null, mailsPerMinute: null, recipientsPerDay: null };

test('the units of a limit are divided among the partitions, none twice, and each partition has its turn', (t) => {
  for (const limit of [1, 2, 3, 5, 7, 11, 12, 13, 30, 100, 10_000]) {
    const every = Array.from({ length: 12 }, (_, partition) => partition);
    const turns = every.map((turn) =>
      every.map((one) => unitsOf(limit, one, turn * sharing.turnMs, sharing)),
    );
    const sums = turns.map((units) => units.reduce((sum, one) => sum + one, 0));
    t.same(new Set(sums), new Set([limit]), `${limit} in sum`);
    t.ok(
      every.every((partition) => turns.some((units) => (units[partition] ?? 0) > 0)),
      `${limit} for all`,
    );
  }
  t.end();
});

/** The most that any window of this length has held. */
function mostWithin(windowMs: number, seen: readonly Seen[], weight: (one: Seen) => number): number {
  let most = 0;
  let sum = 0;
  let first = 0;
  for (const one of seen) {
    sum += weight(one);
    for (let oldest = seen[first]; oldest !== undefined && oldest.atMs + windowMs <= one.atMs;) {
      sum -= weight(oldest);
      first += 1;
      oldest = seen[first];
    }
    most = Math.max(most, sum);
  }
  return most;
}

const mailer = fc.nat(3);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 40,
    arbitrary: fc.record({ kind: fc.constant('send'), mailer, recipients: fc.integer({ min: 1, max: 60 }) }),
  },
  { weight: 30, arbitrary: fc.record({ kind: fc.constant('intent'), mailer }) },
  { weight: 20, arbitrary: fc.record({ kind: fc.constant('end'), mailer }) },
  {
    weight: 10,
    arbitrary: fc.record({ kind: fc.constant('fold'), mailer, records: fc.integer({ min: 1, max: 20 }) }),
  },
  {
    weight: 10,
    arbitrary: fc.record({ kind: fc.constant('pass'), ms: fc.oneof(fc.nat(3000), fc.nat(60_000)) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('pass'), ms: fc.nat(8 * 60 * 60 * 1000) }) },
  {
    weight: 8,
    arbitrary: fc.record({ kind: fc.constant('rebalance'), partition: fc.nat(11), owner: mailer }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart'), mailer }) },
) as fc.Arbitrary<Step>;

const burst = Array.from({ length: 30 }, () => ({ kind: 'send', mailer: 0, recipients: 1 }) as const);
/** Found by seed 648084496: what had gone out before a restart was forgotten but for one mail of each partition. */
const restartInTheMinute: Step[] = [
  ...burst,
  ...burst.map(() => ({ kind: 'intent', mailer: 0 }) as const),
  { kind: 'restart', mailer: 0 },
  ...burst,
  ...burst.map(() => ({ kind: 'intent', mailer: 0 }) as const),
];

test('no window ever holds more than a limit, whatever the mailers, their lags and the rebalances', async (t) => {
  let sent = 0;
  let reached = 0;
  const property = fc.property(
    fc.integer({ min: 1, max: 4 }),
    fc.record({
      maxConnections: fc.option(fc.constantFrom(1, 3, 12, 20)),
      mailsPerMinute: fc.option(fc.constantFrom(2, 5, 12, 30)),
      recipientsPerDay: fc.option(fc.constantFrom(100, 500)),
    }),
    fc.array(step, { minLength: 300, maxLength: 600, size: 'max' }),
    (count, limits, steps) => {
      const mailers = createMailers(count, limits, startMs - 60_000);
      steps.forEach((one) => mailers.run(one));
      const mails = mostWithin(60_000, mailers.seen, () => 1);
      const recipients = mostWithin(dayMs, mailers.seen, (one) => one.recipients);
      assert.ok(mails <= (limits.mailsPerMinute ?? Infinity), `${mails} mails in a minute`);
      assert.ok(recipients <= (limits.recipientsPerDay ?? Infinity), `${recipients} recipients in a day`);
      const underWay = mailers.mostUnderWay();
      assert.ok(underWay <= (limits.maxConnections ?? Infinity), `${underWay} connections`);
      sent += mailers.seen.length;
      reached += mails === limits.mailsPerMinute || recipients === limits.recipientsPerDay ? 1 : 0;
    },
  );
  const examples: [number, EffectiveLimits, Step[]][] = [
    [1, { ...none, mailsPerMinute: 30 }, restartInTheMinute],
  ];
  t.doesNotThrow(() => fc.assert(property, { numRuns: 400, examples }));
  // Both have failed: a restart within the minute, and a unit that changed its partition during an attempt.
  for (const [seed, path] of [
    [648084496, '285'],
    [118, '48'],
  ] as const) {
    t.doesNotThrow(() => fc.assert(property, { seed, path, numRuns: 1 }));
  }
  t.ok(reached > 0, 'limits are reached, not only kept');
  t.comment(`${sent} mails, a limit reached exactly in ${reached} of 402 runs`);
});

/** A mailer that owns everything, with nothing before. */
const alone = (limits: EffectiveLimits, usageSince = () => [] as never[], partitionCount = 1) => {
  const governor = createGovernor({
    partitionCount,
    usageSince,
    partitions: () => Array.from({ length: partitionCount }, (_, partition) => partition),
    epochOf: () => 1,
  });
  governor.setLimits(limits, startMs);
  return governor;
};

test('one mailer uses all of a limit at once, then says when it goes on', (t) => {
  const governor = alone({ ...none, mailsPerMinute: 3, maxConnections: 2 });
  t.equal(governor.places(startMs), 2);
  for (const id of ['a', 'b', 'c']) {
    t.not(governor.take(id, 0, 1, startMs + 10), null);
    governor.ended(id, startMs + 10);
    governor.outcomeFolded(id, id, startMs + 10);
  }
  t.equal(governor.take('d', 0, 1, startMs + 20), null);
  t.same(governor.reached(startMs + 20), { limit: 'mailsPerMinute', untilMs: startMs + 10 + 61_000 });
  t.same(governor.used(startMs + 20).mails, 3);
  t.equal(governor.reached(startMs + 61_010), null);
  t.not(governor.take('d', 0, 1, startMs + 61_010), null);
  t.end();
});

test('the recipients of the day are those of the log; a mail to more is sent in parts', (t) => {
  const minute = Math.floor(startMs / 60_000) - 600;
  const before = () => [{ partition: 0, minute, mails: 1, recipients: 90 }];
  const governor = alone({ ...none, recipientsPerDay: 100 }, before as never);
  const grant = governor.take('a', 0, 60, startMs);
  t.equal(grant?.recipients, 10);
  governor.intentFolded({ mailId: 'a', attempt: 'a', chargedTo: 0, recipients: 10, atMs: startMs });
  governor.ended('a', startMs);
  governor.outcomeFolded('a', 'a', startMs);
  t.equal(governor.take('b', 0, 1, startMs), null);
  t.same(governor.reached(startMs), {
    limit: 'recipientsPerDay',
    untilMs: (minute + 1) * 60_000 + dayMs,
  });
  t.equal(governor.used(startMs).recipients, 100);
  t.equal(governor.take('b', 0, 200, (minute + 1) * 60_000 + dayMs)?.recipients, 90);
  t.end();
});

test('uses of one minute add up after a start, in however many buckets they come', (t) => {
  const minute = Math.floor(startMs / 60_000);
  const buckets = [2, 3].map((mails) => ({ partition: 0, minute, mails, recipients: mails }));
  const governor = alone({ ...none, mailsPerMinute: 6 }, (() => buckets) as never);
  t.same(governor.used(startMs), { mails: 5, recipients: 5 });
  t.not(governor.take('a', 0, 1, startMs), null);
  t.equal(governor.take('b', 0, 1, startMs), null);
  t.end();
});

test('says how much was used without limits as with them', (t) => {
  const now = Math.floor(startMs / 60_000);
  const buckets = [
    { partition: 0, minute: now - 2000, mails: 7, recipients: 7 },
    { partition: 0, minute: now - 600, mails: 2, recipients: 30 },
    { partition: 1, minute: now, mails: 3, recipients: 4 },
    { partition: 0, minute: now, mails: 5, recipients: 6 },
  ];
  const used = [none, { ...none, mailsPerMinute: 100 }].map((limits) =>
    alone(limits, (() => buckets) as never, 2).used(startMs),
  );
  t.same(used, Array(2).fill({ mails: 8, recipients: 40 }));
  t.end();
});

test('what came to nothing is not counted, and without limits nothing is', (t) => {
  const governor = alone({ ...none, mailsPerMinute: 1 });
  t.not(governor.take('a', 0, 1, startMs), null);
  t.equal(governor.take('b', 0, 1, startMs), null);
  governor.giveBack('a');
  t.not(governor.take('b', 0, 1, startMs), null);
  const free = alone(none);
  t.equal(free.places(startMs), Infinity);
  for (let index = 0; index < 100; index += 1)
    t.equal(free.take(`m${index}`, 0, 1, startMs)?.recipients, 100);
  t.equal(free.reached(startMs), null);
  t.end();
});

test('a connection that was gained is used when the owner before has let go of it', (t) => {
  let owned: number[] = [];
  const governor = createGovernor({
    partitionCount: 12,
    usageSince: () => [],
    partitions: () => owned,
    epochOf: () => 1,
  });
  governor.setLimits({ ...none, maxConnections: 24 }, startMs);
  owned = [0, 1, 2];
  t.equal(governor.places(startMs), 0);
  t.same(governor.reached(startMs), { limit: 'maxConnections', untilMs: startMs + 20_000 });
  t.equal(governor.places(startMs + 20_000), 6);
  owned = [0, 1, 2, 3];
  t.equal(governor.places(startMs + 30_000), 6);
  t.equal(governor.places(startMs + 50_000), 8);
  t.end();
});

/** A mailer that has had one of two partitions for an hour when it begins; `look` says how many connections it may use. */
const ownerOfOne = () => {
  let owned = [0];
  let epoch: number | undefined = 1;
  const governor = createGovernor({
    partitionCount: 2,
    usageSince: () => [],
    partitions: () => owned,
    epochOf: () => epoch,
  });
  governor.setLimits({ ...none, maxConnections: 8 }, startMs - 60 * 60 * 1000);
  const look = (afterMs: number) => governor.places(startMs + afterMs);
  look(0);
  return {
    look,
    lose() {
      owned = [];
      epoch = undefined;
    },
    gain(next: number) {
      owned = [0];
      epoch = next;
    },
  };
};

test('a connection that another mailer may have used meanwhile rests again, also where nobody has looked', (t) => {
  const { look, gain } = ownerOfOne();
  gain(2);
  t.equal(look(25_000), 0, 'stood still, and had no chance to see it go');
  t.equal(look(45_000), 4);
  t.end();
});

test('a connection that was away for less than it rests goes on at once, also where that was seen', (t) => {
  const { look, lose, gain } = ownerOfOne();
  lose();
  t.equal(look(1000), 0);
  gain(2);
  t.equal(look(19_000), 4, 'the owner in between could not use it yet');
  t.end();
});

test('a connection that rests when it goes away rests anew when it comes back', (t) => {
  const { look, lose, gain } = ownerOfOne();
  gain(2);
  t.equal(look(25_000), 0);
  t.equal(look(40_000), 0);
  lose();
  gain(3);
  t.equal(look(50_000), 0, 'the owner in between may be the one that has used it all the time');
  t.equal(look(69_000), 0);
  t.equal(look(70_000), 4);
  t.end();
});

test('a mailer without a partition has reached no limit', (t) => {
  for (const limit of ['maxConnections', 'mailsPerMinute', 'recipientsPerDay'] as const) {
    const governor = createGovernor({
      partitionCount: 2,
      usageSince: () => [],
      partitions: () => [],
      epochOf: () => undefined,
    });
    governor.setLimits({ ...none, [limit]: 100 }, startMs);
    t.equal(governor.reached(startMs), null, limit);
  }
  t.end();
});

test('an attempt lets go when the partition it is charged to was lost', (t) => {
  const epochs = new Map([
    [0, 1],
    [1, 1],
  ]);
  const governor = createGovernor({
    partitionCount: 2,
    usageSince: () => [],
    partitions: () => [...epochs.keys()],
    epochOf: (partition) => epochs.get(partition),
  });
  governor.setLimits({ ...none, mailsPerMinute: 2 }, startMs);
  const own = governor.take('a', 0, 1, startMs);
  const borrowed = governor.take('b', 0, 1, startMs);
  t.same([own?.chargedTo, borrowed?.chargedTo], [0, 1], 'the share of any own partition can be used');
  epochs.delete(1);
  t.same([own?.isHeld(startMs), borrowed?.isHeld(startMs)], [true, false]);
  epochs.set(1, 2);
  t.equal(borrowed?.isHeld(startMs), false, 'another owner may have used it in between');
  t.end();
});

test('an attempt lets go when the unit it uses has gone to another partition', (t) => {
  const held = (mailsPerMinute: number, laterMs: number) => {
    const grant = alone({ ...none, mailsPerMinute }, undefined, 12).take('a', 0, 1, startMs);
    return grant?.isHeld(startMs + laterMs);
  };
  t.equal(startMs % sharing.turnMs, 0, 'a turn begins');
  t.same([held(5, sharing.turnMs - 1), held(5, sharing.turnMs)], [true, false]);
  t.same([held(12, sharing.turnMs), held(30, sharing.turnMs)], [true, true], 'these never change');
  t.end();
});

test('a clock that is set back or forth blocks no limit for long', (t) => {
  const years = 10 * 365 * dayMs;
  const recent = createRecentUse(61_000);
  recent.use('a', 0, startMs + years);
  t.equal(recent.count(0, startMs), 1, 'as of now');
  t.equal(recent.count(0, startMs + 61_000), 0);
  const minute = Math.floor((startMs + years) / 60_000);
  const day = createDayUse(dayMs, [{ partition: 0, minute, mails: 1, recipients: 50 }]);
  t.equal(day.count(0, startMs), 0);
  const governor = alone({ ...none, mailsPerMinute: 1 });
  governor.take('a', 0, 1, startMs + years);
  governor.ended('a', startMs + years);
  governor.outcomeFolded('a', 'a', startMs + years);
  t.same(governor.reached(startMs), { limit: 'mailsPerMinute', untilMs: startMs + 61_000 });
  t.equal(governor.reached(startMs + 61_000), null);
  t.end();
});
