/**
 * Mails per second through a mail server that takes 100 ms for each, at untouched settings, beside Postfix at its defaults
 * and a raw nodemailer pool of 20 connections. What counts is the time from the first request until the sink has the last
 * mail. Rounds of all are interleaved; the ratio of one run is what counts.
 *
 * npm run bench:slow-server [-- rounds]
 */
import type { StandaloneProcess } from '../end-to-end/standalone-process.ts';
import { startNodeSink } from '../peers/node-sink.ts';
import { hasPeer } from '../peers/peer.ts';
import { startPostfix } from '../peers/postfix.ts';
import { postMany } from './http-load.ts';
import { startRawPool } from './raw-pool.ts';
import { requestOf, type Scenario, smallMail } from './scenarios.ts';
import { useMailServer, withService } from './service.ts';
import { median } from './statistics.ts';

const rounds = Number(process.argv[2] ?? 3);
const scenario: Scenario = { ...smallMail, count: 1500 };
const patienceMs = 120_000;

interface Side {
  readonly name: string;
  /** Hands the mails of the scenario over; they may still be on their way. */
  readonly submit: () => Promise<unknown>;
  readonly perSecond: number[];
}

async function submitTo(service: StandaloneProcess): Promise<void> {
  const headers = { authorization: `Bearer ${service.key}`, 'content-type': 'application/json' };
  const { count } = scenario;
  const url = `${service.api}/v1/mails`;
  const { statuses } = await postMany({ url, headers, body: requestOf(scenario), count, clients: 32 });
  if (statuses.get(202) !== count) throw new Error(`not all were accepted: ${JSON.stringify([...statuses])}`);
}

async function main(): Promise<void> {
  const sink = await startNodeSink({ answerAfterMs: () => 100 });
  const pool = startRawPool(20);
  const relays = { 'example.com': { host: '127.0.0.1', port: sink.port } };
  const postfix = hasPeer('postfix') ? await startPostfix({ relays, lifetimeSeconds: 0 }) : undefined;
  if (postfix === undefined) console.log('skipped: Postfix is not installed');
  try {
    await withService({}, async (service) => {
      await useMailServer(service, sink.port);
      const sides: readonly Side[] = [
        { name: 'Postausgang', submit: () => submitTo(service), perSecond: [] },
        { name: 'raw pool', submit: () => pool.send(sink.port, scenario), perSecond: [] },
        ...(postfix === undefined
          ? []
          : [{ name: 'Postfix', submit: () => pool.send(postfix.plainPort, scenario), perSecond: [] }]),
      ];
      for (let round = 0; round < rounds; round += 1) {
        for (const { submit, perSecond } of sides) {
          const before = sink.counts().messages;
          const startMs = performance.now();
          await Promise.all([submit(), sink.waitForMessages(before + scenario.count, patienceMs)]);
          perSecond.push((scenario.count * 1000) / (performance.now() - startMs));
        }
      }
      report(sides);
    });
  } finally {
    await Promise.all([pool.stop(), postfix?.stop()]);
    await sink.stop();
  }
}

function report(sides: readonly Side[]): void {
  const [own] = sides;
  for (const { name, perSecond } of sides) {
    const ratios = perSecond.map((rate, round) => (own?.perSecond[round] ?? Number.NaN) / rate);
    const all = perSecond.map((rate) => rate.toFixed(0)).join(' ');
    console.log(
      `${name}: ${median(perSecond).toFixed(0)} mails/s (rounds: ${all}), Postausgang / ${name} ${median(ratios).toFixed(2)}`,
    );
  }
}

await main();
