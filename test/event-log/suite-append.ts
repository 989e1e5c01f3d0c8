import { randomBytes } from 'node:crypto';
import type { Position } from '@postausgang/event-log';
import { addressOf, createCollector, numbers, readAll, record, textOf, withoutRepeats } from './records.ts';
import { waitFor } from '../peers/wait-for.ts';
import type { Scenario } from './suite-scenario.ts';

/** What `append` and `read` promise. */
export function appendScenarios(scenario: Scenario): void {
  scenario('answers an append with a position for each record, and each is read there', async (t, opened) => {
    const { log, topic } = opened;
    const before = Date.now();
    const positions = await log.append(topic, [record('a', 'one', { n: '1' }), record('a', 'two')]);
    t.equal(positions.length, 2);
    t.same(
      positions.map(({ offset }) => offset),
      [0, 1],
    );
    const [first, second] = await Promise.all(positions.map((position) => log.read(topic, position)));
    t.match(first, { position: positions[0], key: 'a', headers: { n: '1' } });
    t.equal(first && textOf(first), 'one');
    t.ok(first && first.timestampMs >= before && first.timestampMs <= Date.now());
    t.equal(second && textOf(second), 'two');
    t.same(await log.append(topic, []), []);
  });

  scenario('reads nothing where nothing lies', async (t, { log, topic }) => {
    const [position] = await log.append(topic, [record('a', 'one')]);
    const { partition = 0, offset = 0 } = position ?? {};
    t.equal(await log.read(topic, { partition, offset: offset + 1 }), undefined);
    t.equal(await log.read(topic, { partition: 4_711, offset: 0 }), undefined);
  });

  scenario(
    'keeps the order of calls within a key under 200 concurrent appends',
    async (t, { log, topic }) => {
      const live = createCollector();
      log.follow(topic, 'start', live.handler);
      const keys = ['a', 'b', 'c', 'd', 'e'];
      const appended = await Promise.all(
        numbers(200).map((n) => log.append(topic, [record(keys[n % 5] ?? '', String(n))])),
      );
      await waitFor('all 200', () => (withoutRepeats(live.records).length === 200 ? true : undefined));
      const past = await readAll(log, topic);
      // An append that is repeated, which a new topic's leaders may make necessary, stands in the log twice.
      for (const records of [live.records, past].map(withoutRepeats)) {
        t.equal(records.length, 200);
        for (const [index, key] of keys.entries()) {
          const texts = records.filter((stored) => stored.key === key).map(textOf);
          t.same(
            texts,
            numbers(40).map((n) => String(n * 5 + index)),
          );
        }
      }
      const texts = new Map(past.map((stored) => [addressOf(stored), textOf(stored)]));
      t.same(
        appended.flat().map((position) => texts.get(addressOf({ position }))),
        numbers(200).map(String),
        'each lies where its append was told',
      );
      t.ok(hasNoGaps(past.map(({ position }) => position)), 'offsets count from 0 without gaps');
    },
  );

  scenario('keeps the records of one append together', async (t, { log, topic }) => {
    const appended = await Promise.all(
      numbers(20).map((n) =>
        log.append(
          topic,
          numbers(25).map((part) => record('a', `${n}.${part}`)),
        ),
      ),
    );
    for (const positions of appended) {
      const first = positions[0]?.offset ?? 0;
      t.same(
        positions.map(({ offset }) => offset - first),
        numbers(25),
      );
    }
  });

  scenario('keeps large values as they are', async (t, { log, topic }) => {
    const values = numbers(6).map(() => randomBytes(900_000));
    const live = createCollector();
    log.follow(topic, 'start', live.handler);
    const positions = await Promise.all(
      values.map((value) => log.append(topic, [{ key: 'a', headers: {}, value }])),
    );
    await live.until(6);
    const past = await readAll(log, topic);
    for (const [index, value] of values.entries()) {
      t.ok(value.equals(live.records[index]?.value ?? Buffer.alloc(0)));
      t.ok(value.equals(past[index]?.value ?? Buffer.alloc(0)));
      const [position = { partition: 0, offset: 0 }] = positions[index] ?? [];
      t.ok(value.equals((await log.read(topic, position))?.value ?? Buffer.alloc(0)));
    }
  });

  scenario(
    'keeps empty values, bytes that are no text, and unusual keys and headers',
    async (t, { log, topic }) => {
      const bytes = Buffer.from([0, 255, 0, 128, 10]);
      await log.append(topic, [{ key: 'a', headers: {}, value: new Uint8Array(0) }]);
      await log.append(topic, [{ key: 'a', headers: { empty: '' }, value: bytes }]);
      await log.append(topic, [
        { key: 'Schlüssel 🔑', headers: { ce_subject: "';--" }, value: bytes.subarray(1, 3) },
      ]);
      const past = await readAll(log, topic);
      const [empty, binary] = past.filter(({ key }) => key === 'a');
      t.equal(empty?.value?.byteLength, 0);
      t.ok(bytes.equals(binary?.value ?? Buffer.alloc(0)));
      t.same(binary?.headers, { empty: '' });
      const unusual = past.find(({ key }) => key === 'Schlüssel 🔑');
      t.same(unusual?.headers, { ce_subject: "';--" });
      t.same([...(unusual?.value ?? [])], [255, 0]);
    },
  );
}

function hasNoGaps(positions: readonly Position[]): boolean {
  const ends = new Map<number, number>();
  return positions.every(({ partition, offset }) => {
    const expected = ends.get(partition) ?? 0;
    ends.set(partition, offset + 1);
    return offset === expected;
  });
}
