/**
 * How long a mail takes at low load, on loopback: from the first byte of the request to the final dot at the mail
 * server, which is after the intent is durable. One mail at a time, with a pause after each. Prints the memory of the
 * idle service as well.
 *
 * npm run bench:latency [-- mails]
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { StandaloneProcess } from '../end-to-end/standalone-process.ts';
import { type NodeSink, startNodeSink } from '../peers/node-sink.ts';
import { type Client, openClient } from './http-load.ts';
import { usageOf } from './process-usage.ts';
import { requestOf, smallMail } from './scenarios.ts';
import { useMailServer, withService } from './service.ts';
import { percentile } from './statistics.ts';

const mails = Number(process.argv[2] ?? 500);
const warmUp = 300;
const pauseMs = 10;
/** From the start until memory is looked at: what only the start needed has been given back by then. */
const idleMs = 6000;

interface Times {
  readonly acceptedMs: number;
  readonly deliveredMs: number;
}

async function sendOne(client: Client, arrival: () => Promise<void>): Promise<Times> {
  const arrived = arrival();
  const start = performance.now();
  const delivered = arrived.then(() => performance.now() - start);
  const status = await client.post();
  if (status !== 202) {
    throw new Error(`a mail was answered with ${status}`);
  }
  return { acceptedMs: performance.now() - start, deliveredMs: await delivered };
}

async function measure(service: StandaloneProcess, arrival: () => Promise<void>): Promise<void> {
  const headers = { authorization: `Bearer ${service.key}`, 'content-type': 'application/json' };
  const client = openClient({ url: `${service.api}/v1/mails`, headers, body: requestOf(smallMail) });
  const times: Times[] = [];
  for (let count = 0; count < warmUp + mails; count += 1) {
    times.push(await sendOne(client, arrival));
    await pause(pauseMs);
  }
  client.close();
  const measured = times.slice(warmUp);
  print(
    'submitted -> accepted (202)',
    measured.map(({ acceptedMs }) => acceptedMs),
  );
  print(
    'submitted -> delivered     ',
    measured.map(({ deliveredMs }) => deliveredMs),
  );
}

function print(name: string, values: readonly number[]): void {
  const [p50, p99] = [50, 99].map((p) => percentile(values, p).toFixed(1));
  console.log(`${name}: p50 ${p50} ms, p99 ${p99} ms`);
}

async function residentMb({ pid }: StandaloneProcess): Promise<string | undefined> {
  return (await usageOf(pid))?.residentMb.toFixed(0);
}

async function main(): Promise<void> {
  let onMessage = (): void => undefined;
  const sink: NodeSink = await startNodeSink({ onMessage: () => onMessage() });
  const arrival = () => new Promise<void>((resolve) => (onMessage = resolve));
  try {
    await withService({}, async (service) => {
      await pause(idleMs);
      console.log(`idle after the start: ${await residentMb(service)} MB resident`);
      await useMailServer(service, sink.port);
      await pause(idleMs);
      console.log(`idle with a mail server: ${await residentMb(service)} MB resident`);
      await measure(service, arrival);
    });
  } finally {
    await sink.stop();
  }
}

await main();
