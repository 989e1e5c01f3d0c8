/**
 * Mails per second through the whole path (HTTP accept, durable, composed, SMTP, outcome event), beside a raw
 * nodemailer pool that composes and sends the same mails to the same sink without any queue, both over 20
 * connections. Rounds of both are interleaved; the ratio of one run is what counts. Two sinks: Postfix's smtp-sink,
 * which is independent, and a Node sink of our own, which takes more than either sends.
 *
 * npm run bench:send [-- rounds]
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { StandaloneProcess } from '../end-to-end/standalone-process.ts';
import { startNodeSinkProcess } from '../peers/node-sink-process.ts';
import { hasPeer } from '../peers/peer.ts';
import { startSmtpSink } from '../peers/smtp-sink.ts';
import { postMany } from './http-load.ts';
import { usageOf } from './process-usage.ts';
import { type RawPool, startRawPool } from './raw-pool.ts';
import { largeMail, requestOf, type Scenario, smallMail } from './scenarios.ts';
import { type Metrics, readMetrics, useMailServer, withService } from './service.ts';
import { median } from './statistics.ts';

const rounds = Number(process.argv[2] ?? 5);
const connections = 20;
const clients = 32;

/** One round of one side. */
interface Round {
  readonly perSecond: number;
  readonly cpuMsPerThousand: number;
  readonly syncsPerMail: number;
}

async function measure(
  pid: number,
  count: number,
  run: () => Promise<{ seconds: number; syncs: number }>,
): Promise<Round> {
  const before = await usageOf(pid);
  const { seconds, syncs } = await run();
  const after = await usageOf(pid);
  const cpuMs = (after?.cpuMs ?? Number.NaN) - (before?.cpuMs ?? Number.NaN);
  return {
    perSecond: count / seconds,
    cpuMsPerThousand: (cpuMs * 1000) / count,
    syncsPerMail: syncs / count,
  };
}

function rawPool(pool: RawPool, port: number, scenario: Scenario): Promise<Round> {
  return measure(pool.pid, scenario.count, async () => ({
    seconds: await pool.send(port, scenario),
    syncs: 0,
  }));
}

/** From the first request to the last outcome event. */
function wholePath(service: StandaloneProcess, scenario: Scenario): Promise<Round> {
  return measure(service.pid, scenario.count, async () => {
    const body = requestOf(scenario);
    const before = await readMetrics(service);
    const headers = { authorization: `Bearer ${service.key}`, 'content-type': 'application/json' };
    const { count } = scenario;
    const start = performance.now();
    const { statuses } = await postMany({ url: `${service.api}/v1/mails`, headers, body, count, clients });
    if (statuses.get(202) !== count) {
      throw new Error(`not all were accepted: ${JSON.stringify([...statuses])}`);
    }
    const now = await whenSent(service, before(sent), count, start);
    return { seconds: (performance.now() - start) / 1000, syncs: now(commits) - before(commits) };
  });
}

/**
 * Looks at the metrics until all are sent. Each look takes time from the service that is measured, so there are few; but
 * each at a third of the time that is left at most, for mail goes out faster once no more comes in, and who sleeps past
 * the end measures sleep.
 */
async function whenSent(
  service: StandaloneProcess,
  before: number,
  count: number,
  startMs: number,
): Promise<Metrics> {
  for (;;) {
    const now = await readMetrics(service);
    const done = now(sent) - before;
    if (done >= count) {
      return now;
    }
    const restMs = ((performance.now() - startMs) / Math.max(done, 1)) * (count - done);
    await pause(Math.min(Math.max(restMs * 0.3, 3), 1000));
  }
}

const sent = 'postausgang_mails{state="sent"}';
const commits = 'postausgang_log_commits';

async function compare(
  service: StandaloneProcess,
  pool: RawPool,
  sink: Sink,
  scenario: Scenario,
): Promise<void> {
  for (let round = 0; round < scenario.warmUps; round += 1) {
    await rawPool(pool, sink.port, scenario);
    await wholePath(service, scenario);
  }
  const raw: Round[] = [];
  const whole: Round[] = [];
  for (let round = 0; round < rounds; round += 1) {
    raw.push(await rawPool(pool, sink.port, scenario));
    whole.push(await wholePath(service, scenario));
  }
  report(`${scenario.name}, ${sink.name}`, raw, whole);
}

function report(title: string, raw: readonly Round[], whole: readonly Round[]): void {
  const ratios = whole.map(({ perSecond }, round) => perSecond / (raw[round]?.perSecond ?? Number.NaN));
  const middle = (values: readonly Round[], of: (round: Round) => number) => median(values.map(of));
  const rate = (values: readonly Round[]) => middle(values, ({ perSecond }) => perSecond).toFixed(0);
  const cpu = (values: readonly Round[]) => middle(values, ({ cpuMsPerThousand }) => cpuMsPerThousand);
  const rest = ratios.map((ratio) => ratio.toFixed(2)).join(' ');
  console.log(`${title}`);
  console.log(
    `  mails/s: raw nodemailer pool ${rate(raw)}, Postausgang ${rate(whole)}, ` +
      `ratio ${median(ratios).toFixed(2)} (rounds: ${rest})`,
  );
  console.log(
    `  CPU ms per 1,000 mails: raw ${cpu(raw).toFixed(0)}, Postausgang ${cpu(whole).toFixed(0)}, ` +
      `ratio ${(cpu(whole) / cpu(raw)).toFixed(2)}; ` +
      `commits of the log per mail: ${middle(whole, ({ syncsPerMail }) => syncsPerMail).toFixed(3)}`,
  );
}

interface Sink {
  readonly name: string;
  readonly port: number;
  stop(): Promise<unknown>;
}

async function startSinks(): Promise<readonly Sink[]> {
  const own = { ...(await startNodeSinkProcess()), name: 'own Node sink' };
  if (!hasPeer('postfix')) {
    console.log("skipped: Postfix's smtp-sink is not installed");
    return [own];
  }
  return [{ ...(await startSmtpSink()), name: "Postfix's smtp-sink" }, own];
}

async function main(): Promise<void> {
  const sinks = await startSinks();
  const pool = startRawPool(connections);
  try {
    for (const sink of sinks) {
      // Gigabytes that the last one has written would keep the disk busy.
      await withService({ SMTP_CONNECTIONS: `${connections}` }, async (service) => {
        await useMailServer(service, sink.port);
        await compare(service, pool, sink, smallMail);
        await compare(service, pool, sink, largeMail);
        console.log(`memory after that: ${(await usageOf(service.pid))?.residentMb.toFixed(0)} MB`);
      });
    }
  } finally {
    await pool.stop();
    await Promise.all(sinks.map((sink) => sink.stop()));
  }
}

await main();
