import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Test } from 'tap';
import type { ServiceProcess } from '../end-to-end/service-process.ts';
import type { Cluster } from './cluster.ts';

const idleSeconds = 15;
/** USER_HZ of every Linux that Node runs on. */
const ticksPerSecond = 100;

/** Seconds of a core that a process has used, from /proc/<pid>/stat (proc(5): utime and stime). */
async function cpuSeconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

async function percentOfACore({ pid }: ServiceProcess): Promise<number> {
  const before = await cpuSeconds(pid);
  await sleep(idleSeconds * 1000);
  return ((await cpuSeconds(pid)) - before) * (100 / idleSeconds);
}

/** Whole services over Kafka that have nothing to do. */
export async function idleServicesCostNothing(t: Test, { configApi, mailers }: Cluster): Promise<void> {
  const services = [configApi, ...mailers()];
  const percents = await Promise.all(services.map(percentOfACore));
  const [own, ...others] = percents.map((percent) => `${percent.toFixed(2)} %`);
  t.comment(`idle for ${idleSeconds} s: config-api ${own}, mailers ${others.join(', ')} of a core`);
  // kafkajs' timer loop alone costs 3 %; the rest of the bound is for a machine that does something else as well.
  t.ok(
    percents.every((percent) => percent < 2.5),
    percents.join(),
  );
  const warnings = services.map((service) => service.output()).filter((text) => text.includes('Warning'));
  t.same(warnings, [], 'Node has nothing to complain about');
}
