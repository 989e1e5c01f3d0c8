/**
 * How much memory mail takes that waits: the mail server is down, and 2,000 mails with an attachment of 200 kB come in.
 *
 * npm run bench:backlog [-- mails]
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { StandaloneProcess } from '../end-to-end/standalone-process.ts';
import { startNodeSinkProcess } from '../peers/node-sink-process.ts';
import { postMany } from './http-load.ts';
import { usageOf } from './process-usage.ts';
import { largeMail, requestOf } from './scenarios.ts';
import { useMailServer, withService } from './service.ts';

const count = Number(process.argv[2] ?? 2000);
const clients = 8;
/** Until an idle service has given back what a burst has left behind. */
const settleMs = 35_000;

async function residentMb({ pid }: StandaloneProcess): Promise<number> {
  return (await usageOf(pid))?.residentMb ?? Number.NaN;
}

async function submit(service: StandaloneProcess, mails: number): Promise<void> {
  const headers = { authorization: `Bearer ${service.key}`, 'content-type': 'application/json' };
  const body = requestOf(largeMail);
  const url = `${service.api}/v1/mails`;
  const { statuses } = await postMany({ url, headers, body, count: mails, clients });
  if (statuses.get(202) !== mails) {
    throw new Error(`not all were accepted: ${JSON.stringify([...statuses])}`);
  }
}

/** The largest memory seen while the work goes on. */
async function peakDuring(service: StandaloneProcess, work: Promise<void>): Promise<number> {
  let peak = 0;
  let isOver = false;
  const over = work.finally(() => {
    isOver = true;
  });
  while (!isOver) {
    peak = Math.max(peak, await residentMb(service));
    await pause(20);
  }
  await over;
  return peak;
}

async function main(): Promise<void> {
  const sink = await startNodeSinkProcess();
  await withService({}, async (service) => {
    await useMailServer(service, sink.port);
    await sink.stop();
    // What every kind of request needs once is not what waiting mail costs.
    await submit(service, 50);
    await pause(settleMs);
    const before = await residentMb(service);
    const peak = await peakDuring(service, submit(service, count));
    await pause(settleMs);
    const after = await residentMb(service);
    console.log(`${count} mails of 200 kB wait for a server that is down`);
    console.log(
      `resident: ${before.toFixed(0)} MB before, ${peak.toFixed(0)} MB at most, ${after.toFixed(0)} MB after, ` +
        `growth ${(after - before).toFixed(0)} MB`,
    );
  });
}

await main();
