import { setTimeout as sleep } from 'node:timers/promises';
import type { MailList, MailStatus } from '@postausgang/contracts';
import type { Test } from 'tap';
import type { ServiceProcess } from '../end-to-end/service-process.ts';
import type { Kafka } from '../peers/kafka/kafka.ts';
import { waitFor } from '../peers/wait-for.ts';
import type { Cluster } from './cluster.ts';

const mailsPerSecond = 40;
const clients = 6;

type Summary = MailList['items'][number];

const isSettled = ({ state }: Summary) => !['queued', 'sending', 'deferred'].includes(state);

function pick<Item>(items: readonly Item[]): Item {
  const item = items[Math.floor(Math.random() * items.length)];
  if (item === undefined) throw new Error('there is nothing to pick from');
  return item;
}

/** A mailer that stands still does not answer. */
const patienceMs = 10_000;

/** Asks one mailer after the other until one accepts; the key sees to it that this is one mail. */
async function submit({ mailers, call }: Cluster, idempotencyKey: string): Promise<string> {
  const options = {
    headers: { 'idempotency-key': idempotencyKey },
    timeoutMs: patienceMs,
    body: { to: [{ address: 'kunde@example.com' }], subject: 'Rechnung', text: 'Anbei.' },
  };
  return waitFor(
    `the acceptance of ${idempotencyKey}`,
    async () => {
      const answer = await call(pick(mailers()), 'POST', '/v1/mails', options).catch(() => undefined);
      return answer?.status === 202 || answer?.status === 200 ? (answer.body as MailStatus).id : undefined;
    },
    60_000,
  );
}

async function submitAll(cluster: Cluster, count: number): Promise<readonly string[]> {
  const ids: string[] = [];
  const startedAt = performance.now();
  let next = 0;
  const client = async (): Promise<void> => {
    while (next < count) {
      const number = next;
      next += 1;
      await sleep(Math.max(0, startedAt + (number / mailsPerSecond) * 1000 - performance.now()));
      ids.push(await submit(cluster, `invoice-${startedAt}-${number}`));
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return ids;
}

async function mailsOf({ call }: Cluster, mailer: ServiceProcess): Promise<Map<string, Summary>> {
  const mails = new Map<string, Summary>();
  for (let cursor: string | null = ''; cursor !== null;) {
    const query = `limit=200${cursor === '' ? '' : `&cursor=${cursor}`}`;
    const { items, nextCursor } = (await call(mailer, 'GET', `/v1/mails?${query}`)).body as MailList;
    items.forEach((item) => mails.set(item.id, item));
    cursor = nextCursor;
  }
  return mails;
}

/** What all mailers say, once they agree that nothing waits any more. */
async function settledMails(cluster: Cluster): Promise<Map<string, Summary>> {
  return waitFor(
    'one outcome of every mail on every mailer',
    async () => {
      const views = await Promise.all(cluster.mailers().map((mailer) => mailsOf(cluster, mailer)));
      const texts = views.map((mails) =>
        [...mails.values()]
          .map(({ id, state }) => `${id} ${state}`)
          .toSorted()
          .join(),
      );
      const agree = new Set(texts).size === 1;
      return agree && views.every((mails) => mails.values().every(isSettled)) ? views[0] : undefined;
    },
    120_000,
  );
}

function deliveries({ sink }: Cluster): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { content } of sink.messages) {
    const messageId = /^Message-ID: (<.*>)/im.exec(content.toString('latin1'))?.[1] ?? '';
    counts.set(messageId, (counts.get(messageId) ?? 0) + 1);
  }
  return counts;
}

/** What goes wrong while mail is under way. */
export interface Disturbance {
  readonly name: string;
  /** Does its worst until `isOver`; resolves with how often it did. */
  readonly disturb: (isOver: () => boolean) => Promise<number>;
}

/** Mail is accepted and sent by three mailers while something goes wrong: none is lost, none is sent twice. */
export async function mailPassesThrough(
  t: Test,
  cluster: Cluster,
  count: number,
  { name, disturb }: Disturbance,
): Promise<void> {
  let isOver = false;
  const disturbing = disturb(() => isOver);
  const ids = await submitAll(cluster, count).finally(() => {
    isOver = true;
  });
  const times = await disturbing;
  const mails = await settledMails(cluster);
  const delivered = deliveries(cluster);
  const timesOf = ({ messageId }: Summary) => delivered.get(messageId ?? '') ?? 0;

  const lost = ids.filter((id) => !mails.has(id));
  const all = ids.map((id) => mails.get(id)).filter((mail) => mail !== undefined);
  const sent = all.filter(({ state }) => state === 'sent');
  const unknown = all.filter(({ state }) => state === 'unknown');
  const doubled = all.filter((mail) => timesOf(mail) > 1);
  t.comment(
    `figures: ${count} mails, ${times} times ${name}: ${lost.length} lost, ${sent.length} sent, ${doubled.length} doubled, ` +
      `${unknown.length} unknown, of which ${unknown.filter((mail) => timesOf(mail) === 1).length} were delivered`,
  );
  const others = all.filter((mail) => !sent.includes(mail) && !unknown.includes(mail));
  t.same(others, [], 'every mail is sent or unknown');
  t.same(lost, [], 'every accepted mail is known to every mailer');
  t.equal(new Set(ids).size, count, 'a repeated request is the same mail');
  t.equal(sent.length + unknown.length, count, 'every mail is sent or unknown');
  t.same(
    sent.filter((mail) => timesOf(mail) !== 1),
    [],
    'sent means delivered once',
  );
  t.same(doubled, [], 'nothing is delivered twice');
  t.ok(times > 1, `${name}, and more than once`);
}

const killEveryMs = 3_000;

/** One mailer after the other is killed (SIGKILL) every few seconds and started again. */
export function killedMailers(t: Test, cluster: Cluster): Disturbance {
  return {
    name: 'a mailer killed',
    async disturb(isOver) {
      let kills = 0;
      for (await pause(isOver, killEveryMs); !isOver(); await pause(isOver, killEveryMs)) {
        await cluster.replace(kills % 3);
        kills += 1;
        if (kills % 10 === 0) t.comment(`${kills} mailers killed`);
      }
      return kills;
    },
  };
}

/** Longer than a session: the others take over what a mailer that stands still owns, and it comes back. */
const standstillMs = 3_000;

/** One mailer after the other stands still (SIGSTOP) for longer than its lease, and goes on where it was. */
export function pausedMailers({ mailers }: Cluster): Disturbance {
  return {
    name: 'a mailer stopped and continued',
    async disturb(isOver) {
      let pauses = 0;
      for (await pause(isOver, 1_000); pauses < 2 || !isOver(); await pause(isOver, 1_000)) {
        const pid = mailers()[pauses % 3]?.pid ?? 0;
        process.kill(pid, 'SIGSTOP');
        await sleep(standstillMs);
        process.kill(pid, 'SIGCONT');
        pauses += 1;
      }
      return pauses;
    },
  };
}

/** A fourth mailer comes and goes in good order: every time the partitions are divided anew while mail is sent. */
export function joiningMailers({ join, leave }: Cluster): Disturbance {
  return {
    name: 'a mailer joined and left',
    async disturb(isOver) {
      let times = 0;
      for (; times < 2 || !isOver(); times += 1) {
        await join();
        await pause(isOver, 2_000);
        await leave();
        await pause(isOver, 1_000);
      }
      return times;
    },
  };
}

/** One broker after the other is killed, which moves the leaders of its partitions, and started again. */
export function killedBrokers(t: Test, kafka: Kafka, times: number): Disturbance {
  return {
    name: 'a broker killed',
    async disturb(isOver) {
      let kills = 0;
      for (; kills < times && !isOver(); kills += 1) {
        const index = kills % kafka.brokers.length;
        await kafka.kill(index);
        await pause(isOver, 2_000);
        await kafka.restart(index);
        await pause(isOver, 3_000);
        t.comment(`${kills + 1} brokers killed and started again`);
      }
      return kills;
    },
  };
}

/** Waits some time, less when it is over before. */
async function pause(isOver: () => boolean, durationMs: number): Promise<void> {
  const until = performance.now() + durationMs;
  while (!isOver() && performance.now() < until) {
    await sleep(50);
  }
}
