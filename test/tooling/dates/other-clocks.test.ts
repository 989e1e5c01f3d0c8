import { test } from 'tap';
import { changeOfOffsetAfter, farClock, leapDayAfter, otherClocks } from './other-clocks.ts';
import { dateSensitiveTests, unitTests } from './test-files.ts';
import { mayHaveTwoClocks } from './two-clocks.ts';

const nowMs = Date.parse('2026-11-29T23:30:00Z');
const text = (ms: number): string => new Date(ms).toISOString();

test('the next leap day is found, also in and before centuries', (t) => {
  t.equal(text(leapDayAfter(nowMs)), '2028-02-29T12:00:00.000Z');
  t.equal(text(leapDayAfter(Date.parse('2028-02-29T11:59:59Z'))), '2028-02-29T12:00:00.000Z');
  t.equal(text(leapDayAfter(Date.parse('2028-02-29T12:00:00Z'))), '2032-02-29T12:00:00.000Z');
  t.equal(text(leapDayAfter(Date.parse('2096-03-01T00:00:00Z'))), '2104-02-29T12:00:00.000Z');
  t.end();
});

test('the changes of daylight saving time are found', (t) => {
  const later = (change: number): boolean => change > 0;
  const earlier = (change: number): boolean => change < 0;
  t.equal(text(changeOfOffsetAfter(nowMs, 'Europe/Berlin', later)), '2027-03-28T01:00:00.000Z');
  t.equal(text(changeOfOffsetAfter(nowMs, 'Europe/Berlin', earlier)), '2027-10-31T01:00:00.000Z');
  t.equal(text(changeOfOffsetAfter(nowMs, 'Pacific/Auckland', earlier)), '2027-04-03T14:00:00.000Z');
  t.throws(() => changeOfOffsetAfter(nowMs, 'UTC', later), { message: /UTC never changes/ });
  t.end();
});

test('the clocks lie ahead, whenever they are asked for', (t) => {
  for (const atMs of [nowMs, Date.parse('2027-03-28T00:59:59.500Z'), Date.parse('2032-02-29T12:00:00Z')]) {
    const clocks = otherClocks(atMs);
    t.ok(
      clocks.every(({ beginsAtMs }) => beginsAtMs > atMs),
      text(atMs),
    );
    t.equal(new Set(clocks.map(({ name }) => name)).size, clocks.length);
    t.same(clocks[0], farClock(atMs));
  }
  t.end();
});

test('two clocks are also found in what a test imports', (t) => {
  t.ok(mayHaveTwoClocks([`const at = '2026-11-23T08:16:00Z';`, 'const now = () => new Date();']));
  t.ok(mayHaveTwoClocks(['const at = 1_700_000_000_000;', 'openQueue({ clock: systemClock });']));
  t.notOk(mayHaveTwoClocks([`const at = '2026-02-30T00:00:00Z';`, 'const now = () => new Date();']));
  t.notOk(
    mayHaveTwoClocks([`const at = '2026-11-23T08:16:00Z';`, 'const clock = { ...systemClock, nowMs };']),
  );
  const found = dateSensitiveTests();
  t.ok(found.length > 0);
  t.ok(found.length < unitTests().length / 4, 'few enough to run twice');
  t.end();
});
