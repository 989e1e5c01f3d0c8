import { test } from 'tap';
import { createLease } from '../../../packages/event-log/src/kafka/ownership.ts';

function leaseWithClock() {
  const now = { monotonicMs: 1_000, wallMs: 1_700_000_000_000 };
  const lease = createLease({ leaseMs: 6_000, sessionTimeoutMs: 10_000, clock: () => ({ ...now }) });
  const changes: (readonly number[])[] = [];
  lease.onChange((partitions) => changes.push(partitions));
  const renew = () => lease.renew({ ...now });
  return { lease, now, changes, renew };
}

test('a lease is fresh only for the partitions held and for a while after a heartbeat was sent', (t) => {
  const { lease, now, renew } = leaseWithClock();
  renew();
  lease.hold([1, 3]);
  t.same([0, 1, 2, 3].map(lease.isFresh), [false, true, false, true]);
  now.monotonicMs += 5_999;
  t.ok(lease.isFresh(1));
  now.monotonicMs += 1;
  t.notOk(lease.isFresh(1));
  t.same(lease.partitions(), [1, 3], 'not fresh is not yet lost');
  renew();
  t.ok(lease.isFresh(1));
  lease.hold([]);
  t.notOk(lease.isFresh(1));
  t.end();
});

test('a machine that slept, or whose clock was set, cannot be sure of its lease', (t) => {
  const { lease, now, renew } = leaseWithClock();
  renew();
  lease.hold([0]);
  now.wallMs += 3_600_000;
  t.notOk(lease.isFresh(0), 'the monotonic clock may have stood still');
  now.wallMs -= 7_200_000;
  t.ok(lease.isFresh(0), 'a clock that was set back says nothing');
  now.monotonicMs += 6_000;
  t.notOk(lease.isFresh(0));
  lease.hold([]);
  t.end();
});

test('listeners hear of changes, and of nothing else', (t) => {
  const { lease, changes, renew } = leaseWithClock();
  renew();
  lease.hold([0, 1]);
  lease.hold([0, 1]);
  renew();
  lease.hold([]);
  lease.hold([]);
  t.same(changes, [[0, 1], []]);
  t.end();
});

test('what is held is lost when no heartbeat was answered for a whole session', async (t) => {
  const { lease, changes, now } = leaseWithClock();
  lease.renew({ monotonicMs: now.monotonicMs - 9_990, wallMs: now.wallMs });
  lease.hold([0]);
  const lost = Promise.withResolvers<void>();
  lease.onChange(() => lost.resolve());
  // The timer of a lease keeps no process alive.
  const alive = setInterval(() => undefined, 1_000);
  await lost.promise;
  clearInterval(alive);
  t.same(lease.partitions(), []);
  t.same(changes, [[0], []]);
});
