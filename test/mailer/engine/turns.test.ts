import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'tap';
import { type Priority, priorities } from '@postausgang/contracts';
import { newMail, type WaitingMail } from '@postausgang/mail';
import { createDueList, priorityWeights } from '../../../services/mailer/src/engine/due-list.ts';
import { afterTurn, noTurns, type Turns, whoseTurn } from '../../../services/mailer/src/engine/turns.ts';

const name: fc.Arbitrary<string> = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
const weights = fc.dictionary(name, fc.constantFrom(1, 2, 4, 16), { minKeys: 1 });

/** Everybody waits all the time. */
function turnsOf(
  weightOf: Readonly<Record<string, number>>,
  count: number,
  from = noTurns,
): readonly string[] {
  let turns: Turns = from;
  return Array.from({ length: count }, () => {
    const name = whoseTurn(turns, Object.keys(weightOf)) ?? '';
    turns = afterTurn(turns, name, weightOf[name]);
    return name;
  });
}

test('somebody has the turn whenever somebody waits, and always the same for the same past', (t) => {
  fc.assert(
    fc.property(fc.array(fc.uniqueArray(name)), (rounds) => {
      let turns = noTurns;
      for (const waiting of rounds) {
        const name = whoseTurn(turns, waiting);
        assert.equal(name === undefined, waiting.length === 0);
        assert.equal(whoseTurn(turns, waiting.toReversed()), name, 'whoever is named first');
        if (name !== undefined) {
          assert.ok(waiting.includes(name));
          turns = afterTurn(turns, name);
        }
      }
    }),
  );
  t.pass('in every history');
  t.end();
});

test('who waits gets turns by weight, and never waits longer than the weights say', (t) => {
  fc.assert(
    fc.property(weights, (weightOf) => {
      const turns = turnsOf(weightOf, 400);
      for (const [name, weight] of Object.entries(weightOf)) {
        const others = Object.entries(weightOf).filter(([other]) => other !== name);
        const longest = others.reduce((sum, [, other]) => sum + Math.ceil(other / weight) + 1, 1);
        let since = 0;
        for (const one of turns) {
          since = one === name ? 0 : since + 1;
          assert.ok(since < longest, `${name} has waited for ${since} turns`);
        }
      }
    }),
  );
  t.pass('for all weights');
  t.end();
});

test('who comes after a long time has the next turn, and has saved up no more', (t) => {
  let turns = noTurns;
  for (let count = 0; count < 5000; count += 1) {
    turns = afterTurn(turns, 'a');
  }
  t.same(turnsOf({ a: 1, b: 1 }, 6, turns), ['b', 'a', 'b', 'a', 'b', 'a']);
  t.end();
});

const timeMs = Date.parse('2026-11-23T08:00:00Z');

interface Asked {
  readonly id: string;
  readonly priority?: Priority;
  readonly source?: string;
  readonly from?: string;
}

function mailOf({ id, priority, source = '/erp', from }: Asked): WaitingMail {
  const sender = from === undefined ? {} : { from: { name: '', address: from } };
  return newMail(
    {
      id: `event-${id}`,
      source,
      type: 'io.postausgang.mail-requested.v1',
      time: new Date(timeMs).toISOString(),
      data: { id, to: [{ address: 'kunde@example.com' }], ...(priority && { priority }), ...sender },
    },
    { partition: 0, offset: 0, key: id },
  );
}

/** A list over a view that has nothing that the list was not told. */
function listOf(asked: readonly Asked[]) {
  const list = createDueList({
    view: { dueFlows: () => ({ flows: [], next: null }), dueOf: () => [] },
    nowMs: () => timeMs,
    partitions: () => [0],
    inFlight: { size: 0, has: () => false },
  });
  list.next();
  asked.forEach((one) => list.offer(mailOf(one)));
  return list;
}

const many = (count: number, more: Omit<Asked, 'id'> & { readonly name: string }): readonly Asked[] =>
  Array.from({ length: count }, (_, index) => ({ ...more, id: `${more.name}${index}` }));

function take(list: ReturnType<typeof listOf>, count: number): readonly (string | undefined)[] {
  return Array.from({ length: count }, () => {
    list.begin();
    return list.next();
  });
}

test('one mail behind 5,000 others is the next: an urgent one, one of another key, one of another sender', (t) => {
  const behind = { name: 'm', from: 'erp@acme.example' };
  for (const one of [
    { id: 'late', priority: 'urgent', from: 'erp@acme.example' },
    { id: 'late', source: '/crm', from: 'erp@acme.example' },
    { id: 'late', from: 'boss@acme.example' },
  ] as const) {
    const list = listOf(many(5000, behind));
    take(list, 3);
    list.offer(mailOf(one));
    t.same(take(list, 2), ['late', 'm3']);
  }
  t.end();
});

test('no priority stands still, and within a flow mails go in their order', (t) => {
  const asked = priorities.flatMap((priority) => many(2000, { name: priority, priority }));
  const taken = take(listOf(asked), 210);
  for (const priority of priorities) {
    const own = taken.filter((id) => id?.startsWith(priority));
    t.equal(own.length, priorityWeights[priority] * 10);
    t.same(
      own,
      own.map((_, index) => `${priority}${index}`),
    );
  }
  t.end();
});

test('the list gives each mail once, and all of them', (t) => {
  const asked = fc.array(
    fc.record({
      priority: fc.constantFrom(...priorities),
      source: fc.constantFrom('/erp', '/crm', '/shop'),
      from: fc.constantFrom('a@acme.example', 'b@acme.example'),
    }),
    { maxLength: 80 },
  );
  fc.assert(
    fc.property(asked, (some) => {
      const list = listOf(some.map((one, index) => ({ ...one, id: `m${index}` })));
      const taken = take(list, some.length);
      assert.equal(new Set(taken).size, some.length);
      assert.ok(!taken.includes(undefined));
      assert.equal(list.isAny(), false);
      assert.equal(list.next(), undefined);
    }),
  );
  t.pass('whatever was asked for');
  t.end();
});

test('a mail that is given back is the next of its flow, and one that cannot be read keeps no pass going', (t) => {
  const list = listOf(many(3, { name: 'm' }));
  t.same(take(list, 1), ['m0']);
  list.giveBack(mailOf({ id: 'm0' }));
  list.readAgain(mailOf({ id: 'x', source: '/crm' }));
  t.same(take(list, 4), ['m0', 'm1', 'm2', undefined]);
  t.end();
});
