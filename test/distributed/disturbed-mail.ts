import { setTimeout as sleep } from 'node:timers/promises';
import type { Test } from 'tap';
import type { Kafka } from '../peers/kafka/kafka.ts';
import type { Cluster } from './cluster.ts';
import { allSentOnce, submitAll } from './many-mails.ts';

const mailsPerSecond = 40;

/** What goes wrong while mail is under way. */
export interface Disturbance {
  readonly name: string;
  /** Does its worst until `isOver`, and twice at least: a slow machine takes all mail while one broker restarts. */
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
  const ids = await submitAll(cluster, count, mailsPerSecond).finally(() => {
    isOver = true;
  });
  const times = await disturbing;
  const figures = await allSentOnce(t, cluster, ids);
  t.comment(`figures: ${count} mails, ${times} times ${name}: ${figures}`);
  t.ok(times > 1, `${name}, and more than once`);
}

const killEveryMs = 3_000;

/** One mailer after the other is killed (SIGKILL) every few seconds and started again. */
export function killedMailers(t: Test, cluster: Cluster): Disturbance {
  return {
    name: 'a mailer killed',
    async disturb(isOver) {
      let kills = 0;
      for (await pause(isOver, killEveryMs); kills < 2 || !isOver(); await pause(isOver, killEveryMs)) {
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
      for (; kills < 2 || (kills < times && !isOver()); kills += 1) {
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
