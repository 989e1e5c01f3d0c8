import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'tap';
import { startStandaloneProcess } from '../end-to-end/standalone-process.ts';
import { startNodeSink } from '../peers/node-sink.ts';
import { settledMails } from './all-mails.ts';
import { createSubmissions } from './kills/clients.ts';
import { deliveriesOf } from './kills/deliveries.ts';

/** 30 with `npm run torture -- stops`. */
const stops = Number(process.env['TORTURE_STOPS'] ?? 6);
const server = '/v1/outgoing-servers/default';

test(
  `${stops} stops under load lose nothing, double nothing and leave nothing unknown`,
  { timeout: 600_000 + stops * 20_000 },
  async (t) => {
    // Every other time the server takes up to two seconds for its reply to the message.
    let slowestMs = 0;
    const sink = await startNodeSink({ capture: true, answerAfterMs: () => Math.random() * slowestMs });
    t.teardown(sink.stop);
    const directory = t.testdir();
    const environment = { NODE_COMPILE_CACHE: `${directory}/compiled` };
    const start = () => startStandaloneProcess(`${directory}/data`, environment);
    const first = await start();
    const smtp = { hostname: '127.0.0.1', port: sink.port, encryption: 'none', authentication: 'none' };
    const senderAddress = { name: 'ACME', address: 'erp@acme.example' };
    await first.call('PUT', server, {
      headers: { 'if-match': '"0"', prefer: 'wait=applied' },
      body: { enabled: true, serverType: 'smtp', senderAddress, smtp },
    });
    t.equal(await first.stop(), 0);

    const submissions = createSubmissions('hold');
    let longestMs = 0;
    for (let stop = 0; stop < stops; stop += 1) {
      slowestMs = stop % 2 === 0 ? 0 : 2000;
      const service = await start();
      const submitted = submissions.submitUntilKilled(service);
      await sleep(200 + Math.random() * 500);
      const from = performance.now();
      t.equal(await service.stop(), 0, `stop ${stop + 1} ends in good order`);
      longestMs = Math.max(longestMs, performance.now() - from);
      await submitted;
    }
    slowestMs = 0;
    const last = await start();
    const mails = await settledMails(last, 200_000);
    await last.stop();

    const { times } = deliveriesOf(sink.messages);
    const all = [...mails.values()];
    const lost = [...submissions.accepted].filter((id) => mails.get(id)?.state !== 'sent');
    const doubled = [...times.values()].filter((count) => count > 1).length;
    const unknown = all.filter(({ state }) => state === 'unknown').length;
    t.comment(
      `figures: ${stops} stops, ${submissions.accepted.size} mails accepted, ${lost.length} lost, ${doubled} doubled, ` +
        `${unknown} unknown; the longest stop took ${(longestMs / 1000).toFixed(1)} s`,
    );
    t.same(lost, []);
    t.equal(doubled, 0);
    t.equal(unknown, 0);
    t.equal(times.size, all.length, 'every mail was taken once');
    t.ok(submissions.accepted.size > stops, 'mail was under way');
  },
);
