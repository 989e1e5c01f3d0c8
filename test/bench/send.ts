/**
 * Mails per second through the whole path (HTTP accept, durable, composed, SMTP to Postfix's smtp-sink, outcome
 * event), beside a raw nodemailer pool that composes and sends the same mails to the same sink without any queue.
 * Rounds of both are interleaved; the ratio of one run is what counts.
 *
 * npm run bench:send [-- rounds]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import { startStandaloneProcess, type StandaloneProcess } from '../end-to-end/standalone-process.ts';
import { startNodeSinkProcess } from '../peers/node-sink-process.ts';
import { hasPeer } from '../peers/peer.ts';
import { startSmtpSink } from '../peers/smtp-sink.ts';
import { postMany } from './http-load.ts';
import { median } from './statistics.ts';

const rounds = Number(process.argv[2] ?? 5);
const connections = 5;
const clients = 32;

interface Scenario {
  readonly name: string;
  readonly count: number;
  readonly text: string;
  readonly attachment: Buffer | undefined;
}

const scenarios: readonly Scenario[] = [
  { name: '10 kB', count: 2000, text: textOf(10_000), attachment: undefined },
  {
    name: '200 kB attachment',
    count: 300,
    text: textOf(1000),
    attachment: Buffer.alloc(200_000, 'postausgang'),
  },
];

function textOf(sizeBytes: number): string {
  const line = 'Sehr geehrte Damen und Herren, anbei erhalten Sie unsere Rechnung Nr. 4711.\r\n';
  return line.repeat(Math.ceil(sizeBytes / line.length)).slice(0, sizeBytes);
}

/** Mails per second of a nodemailer pool: compose and send, nothing kept, nothing told. */
async function rawPool(port: number, { count, text, attachment }: Scenario): Promise<number> {
  const pool = createTransport({
    pool: true,
    host: '127.0.0.1',
    port,
    ignoreTLS: true,
    maxConnections: connections,
    maxMessages: Number.POSITIVE_INFINITY,
  });
  const attachments =
    attachment === undefined
      ? []
      : [{ filename: 'rechnung.pdf', contentType: 'application/pdf', content: attachment }];
  const mail = {
    from: 'erp@acme.example',
    to: 'kunde@example.com',
    subject: 'Rechnung 4711',
    text,
    attachments,
  };
  const start = performance.now();
  let left = count;
  async function sender(): Promise<void> {
    while (left > 0) {
      left -= 1;
      await pool.sendMail(mail);
    }
  }
  await Promise.all(Array.from({ length: connections * 2 }, sender));
  const seconds = (performance.now() - start) / 1000;
  pool.close();
  return count / seconds;
}

async function sentMails(service: StandaloneProcess): Promise<number> {
  const metrics = await fetch(`${service.api}/metrics`).then((response) => response.text());
  return Number(/postausgang_mails\{state="sent"\} (\d+)/.exec(metrics)?.[1] ?? 0);
}

/** Mails per second of Postausgang, from the first request to the last outcome event. */
async function wholePath(service: StandaloneProcess, key: string, scenario: Scenario): Promise<number> {
  const { count, text, attachment } = scenario;
  const content = attachment?.toString('base64');
  const attachments =
    content === undefined ? [] : [{ filename: 'rechnung.pdf', contentType: 'application/pdf', content }];
  const body = Buffer.from(
    JSON.stringify({ to: [{ address: 'kunde@example.com' }], subject: 'Rechnung 4711', text, attachments }),
  );
  const before = await sentMails(service);
  const start = performance.now();
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const { statuses } = await postMany({ url: `${service.api}/v1/mails`, headers, body, count, clients });
  if (statuses.get(202) !== count) {
    throw new Error(`not all were accepted: ${JSON.stringify([...statuses])}`);
  }
  while ((await sentMails(service)) < before + count) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return count / ((performance.now() - start) / 1000);
}

async function main(): Promise<void> {
  const isRealSink = hasPeer('postfix');
  const sink = isRealSink ? await startSmtpSink() : await startNodeSinkProcess();
  console.log(`sink: ${isRealSink ? "Postfix's smtp-sink" : 'own Node sink (Postfix is not installed)'}`);
  const directory = mkdtempSync(join(tmpdir(), 'postausgang-bench-'));
  const service = await startStandaloneProcess(join(directory, 'data'), { LOG_LEVEL: 'warn' });
  try {
    const smtp = { hostname: '127.0.0.1', port: sink.port, encryption: 'none', authentication: 'none' };
    const senderAddress = { name: 'ACME GmbH', address: 'erp@acme.example' };
    await service.call('PUT', '/v1/outgoing-servers/default', {
      headers: { 'if-match': '"0"', prefer: 'wait=applied' },
      body: { enabled: true, serverType: 'smtp', senderAddress, smtp },
    });
    for (const scenario of scenarios) {
      await compare(service, sink.port, scenario);
    }
  } finally {
    await service.stop();
    await sink.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function compare(service: StandaloneProcess, port: number, scenario: Scenario): Promise<void> {
  const warmUp = { ...scenario, count: scenario.count * 2 };
  await rawPool(port, warmUp);
  await wholePath(service, service.key, warmUp);
  const raw: number[] = [];
  const whole: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    raw.push(await rawPool(port, scenario));
    whole.push(await wholePath(service, service.key, scenario));
  }
  const ratios = whole.map((rate, round) => rate / (raw[round] ?? Number.NaN));
  console.log(
    `${scenario.name}: raw nodemailer pool ${median(raw).toFixed(0)}/s, ` +
      `Postausgang ${median(whole).toFixed(0)}/s, ratio ${median(ratios).toFixed(2)} ` +
      `(rounds: ${ratios.map((ratio) => ratio.toFixed(2)).join(' ')})`,
  );
}

await main();
