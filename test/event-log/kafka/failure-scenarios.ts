import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { openKafkaLog } from '@postausgang/event-log';
import type { KafkaLog, Ownership } from '@postausgang/event-log';
import { test } from 'tap';
import type { Test } from 'tap';
import type { Kafka } from '../../peers/kafka/kafka.ts';
import { freePort } from '../../peers/free-port.ts';
import { waitFor } from '../../peers/wait-for.ts';
import { addressOf, createCollector, numbers, readAll, record, textOf } from '../records.ts';
import { leaseLimits, newTopic, open } from './open-for-test.ts';

/** What the log does when brokers or other members go away. */
export function failureScenarios(brokers: readonly string[], kafka: Kafka | undefined): void {
  test('nothing acknowledged is lost when the broker is killed and comes back', async (t) => {
    if (kafka === undefined) {
      t.pass('the broker is not ours', { skip: 'KAFKA_BROKERS names a broker that tests must not kill' });
      return;
    }
    const topic = newTopic();
    // However long the broker takes to come back.
    const log = await open(t, { brokers, topics: [topic], limits: { appendTimeoutMs: 600_000 } });
    const live = createCollector();
    log.follow(topic.name, 'start', live.handler);
    const ownership = log.own(topic.name, topic.name);
    const acknowledged = new Map<string, string>();
    const appendFrom = async (caller: number) => {
      for (const n of numbers(100)) {
        const text = `${caller}.${n}`;
        const [position = { partition: -1, offset: -1 }] = await log.append(topic.name, [
          record(String(caller), text),
        ]);
        acknowledged.set(addressOf({ position }), text);
      }
    };
    const appends = Promise.all(numbers(20).map(appendFrom));
    await waitFor('the first 500', () => (acknowledged.size >= 500 ? true : undefined));
    const limits = { appendTimeoutMs: 500, queueBytes: 400, closeTimeoutMs: 100 };
    const hurried = await open(t, { brokers, topics: [topic], limits });
    await kafka.kill();
    await waitFor('the log to notice', () => (log.readiness().ready ? undefined : true));
    t.match(log.readiness().detail, /^No connection to Kafka: the /);
    await refusesAppendsInTime(t, hurried, topic.name);
    await kafka.restart();
    await waitFor('readiness without another append', () => (hurried.readiness().ready ? true : undefined));
    await appends;
    const stored = new Map(
      (await readAll(log, topic.name)).map((found) => [addressOf(found), textOf(found)] as const),
    );
    const lost = [...acknowledged].filter(([address, text]) => stored.get(address) !== text);
    t.same(lost, [], `all of ${acknowledged.size} acknowledged records are there`);
    t.equal(acknowledged.size, 2_000);
    await live.until(stored.size);
    t.same(
      live.records.map(addressOf).toSorted(),
      [...stored.keys()].toSorted(),
      'and each was read live, once',
    );
    for (const caller of numbers(20)) {
      const texts = live.records.filter(({ key }) => key === String(caller)).map(textOf);
      t.same(
        [...new Set(texts)],
        numbers(100).map((n) => `${caller}.${n}`),
        'in the order of the calls',
      );
    }
    await untilOwned(ownership, 3);
    await waitFor('readiness', () => (log.readiness().ready ? true : undefined));
  });

  test('a log whose brokers do not answer waits for them, as long as it is told to', async (t) => {
    const options = { brokers: [`127.0.0.1:${await freePort()}`], clientId: 'test', topics: [newTopic()] };
    const onError = () => undefined;
    const limited = openKafkaLog({ ...options, onError, limits: { startTimeoutMs: 200 } });
    await t.rejects(limited, { code: 'log-unavailable', message: /could not be opened: .*ECONNREFUSED/ });
    const warned: string[] = [];
    const giveUp = new AbortController();
    const ignore = () => undefined;
    const warn = (_fields: object, message: string) => {
      warned.push(message);
      giveUp.abort();
    };
    const logger = { debug: ignore, info: ignore, warn };
    const waiting = openKafkaLog({ ...options, onError, logger, signal: giveUp.signal });
    await t.rejects(waiting, { code: 'log-unavailable' });
    t.match(warned, [/Kafka: the check of the topics does not work: .*ECONNREFUSED/]);
    const mixed = await open(t, { brokers: [...options.brokers, ...brokers], topics: options.topics });
    t.equal((await mixed.append(options.topics[0]?.name ?? '', [record('a', 'one')])).length, 1);
  });

  test('partitions are divided, and those of a member that is killed go to the others', async (t) => {
    const topic = newTopic({ partitions: 6 });
    const log = await open(t, { brokers, topics: [topic], limits: leaseLimits });
    const ownership = log.own(topic.name, topic.name);
    const changes: (readonly number[])[] = [];
    ownership.onChange((partitions) => changes.push(partitions));
    await untilOwned(ownership, 6);
    t.same(ownership.partitions(), numbers(6));

    const other = startOwning(brokers, topic.name);
    t.teardown(() => other.process.kill('SIGKILL'));
    await Promise.all([untilOwned(ownership, 3), waitFor('the other half', () => other.owned(3))]);
    const theirs = other.owned(3) ?? [];
    t.same(
      new Set([...ownership.partitions(), ...theirs]),
      new Set(numbers(6)),
      'each partition has one owner',
    );
    t.ok(ownership.partitions().every((partition) => ownership.isFresh(partition)));
    t.notOk(theirs.some((partition) => ownership.isFresh(partition)));
    t.same(changes.slice(0, 2), [numbers(6), []], 'what was held is dropped before it is divided anew');

    other.process.kill('SIGKILL');
    await once(other.process, 'exit');
    await untilOwned(ownership, 6);
    t.same(ownership.partitions(), numbers(6));

    const second = log.own(topic.name, topic.name);
    await Promise.all([untilOwned(ownership, 3), untilOwned(second, 3)]);
    await ownership.release();
    await untilOwned(second, 6);
    t.same(ownership.partitions(), []);
  });
}

/** With a budget of 400 bytes and half a second for each append. */
async function refusesAppendsInTime(t: Test, log: KafkaLog, topic: string): Promise<void> {
  const tooLarge = log.append(topic, [record('late', 'x'.repeat(500))]);
  await t.rejects(tooLarge, { code: 'append-too-large', retriable: false });
  const overdue = log.append(topic, [record('late', 'x'.repeat(200))]);
  const oneMore = log.append(topic, [record('late', 'x'.repeat(200))]);
  await t.rejects(oneMore, { code: 'log-overloaded', retriable: true });
  await t.rejects(overdue, {
    code: 'log-unavailable',
    retriable: true,
    message: /not acknowledged within 0\.5 s, and it .* The last problem was: /,
  });
}

function untilOwned(ownership: Ownership, count: number): Promise<true> {
  const look = () => (ownership.partitions().length === count ? true : undefined);
  return waitFor(`${count} partitions`, look);
}

function startOwning(brokers: readonly string[], topic: string) {
  const script = fileURLToPath(new URL('./owning-process.ts', import.meta.url));
  const child = spawn(process.execPath, [script, brokers.join(), topic, topic], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let owned: number[] = [];
  createInterface(child.stdout).on('line', (line) => {
    owned = line === '' ? [] : line.split(',').map(Number);
  });
  const owner: ChildProcess = child;
  return { process: owner, owned: (count: number) => (owned.length === count ? owned : undefined) };
}
