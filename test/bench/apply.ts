/**
 * How long a settings change takes until the first mail goes out on the new server, without a restart: from the
 * request that saves to the arrival of the next mail at the new server, under load, beside a restart of the whole
 * service in the same run.
 *
 * npm run bench:apply [-- changes]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startStandaloneProcess, type StandaloneProcess } from '../end-to-end/standalone-process.ts';
import { type NodeSink, startNodeSink } from '../peers/node-sink.ts';
import { waitFor } from '../peers/wait-for.ts';
import { percentile } from './statistics.ts';

const changes = Number(process.argv[2] ?? 40);
const restarts = 5;
const server = '/v1/outgoing-servers/default';

/** Mail after mail, until told to stop; says how many were not accepted. */
function load(service: StandaloneProcess): { stop(): Promise<number> } {
  let stopped = false;
  let refused = 0;
  async function client(): Promise<void> {
    while (!stopped) {
      const body = { to: [{ address: 'kunde@example.com' }], subject: 'Rechnung', text: 'Anbei.' };
      const { status } = await service.call('POST', '/v1/mails', { body });
      refused += status === 202 ? 0 : 1;
    }
  }
  const clients = Promise.all([client(), client()]);
  return {
    async stop() {
      stopped = true;
      await clients;
      return refused;
    },
  };
}

interface Change {
  /** Until the answer with `Prefer: wait=applied`. */
  readonly appliedMs: number;
  /** Until the first mail arrived at the new server. */
  readonly firstMailMs: number;
}

async function change(service: StandaloneProcess, version: number, to: NodeSink): Promise<Change> {
  const before = to.counts().messages;
  const start = performance.now();
  const answered = service
    .call('PATCH', server, {
      headers: { 'if-match': `"${version}"`, prefer: 'wait=applied' },
      body: { smtp: { port: to.port } },
    })
    .then(({ status }) => {
      if (status !== 200) {
        throw new Error(`the change was answered with ${status}`);
      }
      return performance.now() - start;
    });
  await waitFor('a mail at the new server', () => (to.counts().messages > before ? true : undefined));
  const firstMailMs = performance.now() - start;
  return { appliedMs: await answered, firstMailMs };
}

async function main(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'postausgang-bench-'));
  const data = join(directory, 'data');
  const sinks = [await startNodeSink(), await startNodeSink()] as const;
  let service = await startStandaloneProcess(data, { LOG_LEVEL: 'warn' });
  try {
    const smtp = { hostname: '127.0.0.1', port: sinks[0].port, encryption: 'none', authentication: 'none' };
    const senderAddress = { name: 'ACME GmbH', address: 'erp@acme.example' };
    await service.call('PUT', server, {
      headers: { 'if-match': '"0"', prefer: 'wait=applied' },
      body: { enabled: true, serverType: 'smtp', senderAddress, smtp },
    });
    const running = load(service);
    const measured: Change[] = [];
    for (let version = 1; version <= changes; version += 1) {
      measured.push(await change(service, version, version % 2 === 1 ? sinks[1] : sinks[0]));
    }
    const refused = await running.stop();
    const restartMs: number[] = [];
    for (let round = 0; round < restarts; round += 1) {
      const start = performance.now();
      await service.stop();
      service = await startStandaloneProcess(data, { LOG_LEVEL: 'warn' });
      restartMs.push(performance.now() - start);
    }
    report(measured, restartMs, refused);
  } finally {
    await service.stop();
    await Promise.all(sinks.map(({ stop }) => stop()));
    rmSync(directory, { recursive: true, force: true });
  }
}

function report(measured: readonly Change[], restartMs: readonly number[], refused: number): void {
  const line = (name: string, values: readonly number[]) =>
    console.log(
      `${name}: p50 ${percentile(values, 50).toFixed(1)} ms, p99 ${percentile(values, 99).toFixed(1)} ms`,
    );
  const firstMail = measured.map(({ firstMailMs }) => firstMailMs);
  console.log(`${measured.length} changes of the server under load, ${refused} mails refused`);
  line(
    'saved -> applied',
    measured.map(({ appliedMs }) => appliedMs),
  );
  line('saved -> first mail on the new server', firstMail);
  line('restart of the service (the peer)', restartMs);
  const ratio = percentile(restartMs, 50) / percentile(firstMail, 50);
  console.log(`a change without restart is ${ratio.toFixed(1)} times as quick as a restart`);
}

await main();
