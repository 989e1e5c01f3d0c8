import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'tap';
import {
  type Bounds,
  type ConnectionFact,
  type Connections,
  mostConnections,
  nextConnections,
  noConnections,
} from '../../../services/mailer/src/limits/connections.ts';

const minuteMs = 60_000;
const byItself: Bounds = { start: 5, most: 20 };
const started = (bounds: Bounds): Connections => ({ ...noConnections, allowed: bounds.start });

const bounds = fc
  .tuple(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 100 }))
  .map(([one, other]): Bounds => ({ start: Math.min(one, other), most: Math.max(one, other) }));
const underWay = fc.integer({ min: 0, max: 100 });
const fact: fc.Arbitrary<ConnectionFact> = fc.oneof(
  fc.record({ kind: fc.constant('delivered' as const), mailWaits: fc.boolean() }),
  fc.record({ kind: fc.constant('objected' as const), underWay }),
  fc.record({ kind: fc.constant('failed' as const) }),
  fc.record({ kind: fc.constant('looked' as const), underWay }),
);
const history = fc.array(fc.record({ fact, bounds, afterMs: fc.integer({ min: 0, max: 30 * minuteMs }) }), {
  maxLength: 60,
});

test('the number is at least 1, never above what is allowed, and grows only while mail waits', (t) => {
  fc.assert(
    fc.property(bounds, history, (first, steps) => {
      let state = started(first);
      let nowMs = 0;
      for (const step of steps) {
        nowMs += step.afterMs;
        const before = state;
        state = nextConnections(state, step.bounds, step.fact, nowMs);
        assert.ok(Number.isSafeInteger(state.allowed) && state.allowed >= 1);
        assert.ok(state.allowed <= step.bounds.most);
        assert.ok(state.allowed <= before.allowed + 1, 'one at a time');
        if (state.allowed > before.allowed) {
          assert.ok(step.fact.kind === 'delivered' && step.fact.mailWaits, step.fact.kind);
        }
      }
    }),
  );
  t.pass('in every history');
  t.end();
});

test('as many as the server has objected to are not tried again while that is believed', (t) => {
  fc.assert(
    fc.property(bounds, fc.integer({ min: 2, max: 100 }), fc.nat(500), (some, refused, deliveries) => {
      let state = nextConnections(started(some), some, { kind: 'objected', underWay: refused }, 0);
      assert.ok(state.allowed <= Math.max(1, refused / 2));
      for (let count = 0; count < deliveries; count += 1) {
        state = nextConnections(state, some, { kind: 'delivered', mailWaits: true }, 9 * minuteMs);
        assert.ok(state.allowed < refused);
      }
    }),
  );
  t.pass('never again at once');
  t.end();
});

/** A server that takes so many at one time and objects to one more, with mail that waits all day. */
function objectionsOfADay(takes: number): { readonly objections: number; readonly allowed: number } {
  let state = started(byItself);
  let objections = 0;
  for (let nowMs = 0; nowMs < 24 * 60 * minuteMs; nowMs += 1000) {
    const isTooMuch = state.allowed > takes;
    objections += isTooMuch ? 1 : 0;
    const next: ConnectionFact = isTooMuch
      ? { kind: 'objected', underWay: state.allowed }
      : { kind: 'delivered', mailWaits: true };
    state = nextConnections(state, byItself, next, nowMs);
  }
  return { objections, allowed: state.allowed };
}

test('it settles at what the server takes, and asks for more less and less often', (t) => {
  for (const takes of [2, 3, 7, 12, 19]) {
    const { objections, allowed } = objectionsOfADay(takes);
    t.ok(objections <= 16, `${objections} objections in a day of 86,400 mails at ${takes}`);
    t.ok(allowed >= takes / 2 && allowed <= takes, `${allowed} of ${takes}`);
  }
  t.equal(objectionsOfADay(20).allowed, 20);
  t.end();
});

test('it comes down after a minute in which nothing was under way, and after a failure', (t) => {
  const grown: Connections = { ...started(byItself), allowed: 18, busyAtMs: 0 };
  const looked = (atMs: number, running: number) =>
    nextConnections(grown, byItself, { kind: 'looked', underWay: running }, atMs).allowed;
  t.equal(looked(minuteMs, 0), 18);
  t.equal(looked(minuteMs + 1, 0), 5);
  t.equal(looked(10 * minuteMs, 1), 18, 'a slow server is no idle one');
  t.equal(nextConnections(grown, byItself, { kind: 'failed' }, 0).allowed, 5);
  t.end();
});

test('a single connection that is refused says nothing about their number', (t) => {
  const state = nextConnections(started(byItself), byItself, { kind: 'objected', underWay: 1 }, 0);
  t.equal(state.allowed, 5);
  t.equal(state.refused, null);
  t.end();
});

test('a number in the settings is a bound, and the variable of the operator is above it', (t) => {
  const limits = {
    preset: 'none',
    maxConnections: null,
    mailsPerMinute: null,
    recipientsPerDay: null,
  } as const;
  t.equal(mostConnections({ limits }, 100), 20);
  t.equal(mostConnections({ limits }, 4), 4);
  t.equal(mostConnections({ limits: { ...limits, maxConnections: 50 } }, 100), 50);
  t.equal(mostConnections({ limits: { ...limits, maxConnections: 50 } }, 8), 8);
  t.equal(mostConnections({ limits: { ...limits, preset: 'exchange-online' } }, 100), 3);
  t.end();
});
