import { setTimeout as sleep } from 'node:timers/promises';
import type { MailStatus } from '@postausgang/contracts';
import { type Test, test } from 'tap';
import { type StandaloneProcess, startStandaloneProcess } from '../end-to-end/standalone-process.ts';
import { waitFor } from '../peers/wait-for.ts';
import { mailCounts, settledMails } from './all-mails.ts';
import { clockAhead } from './clock.ts';
import { startFaultyServer } from './soak/faulty-server.ts';
import { sampleProcess } from './soak/samples.ts';

/** 100,000 with `npm run torture -- soak`. */
const mails = Number(process.env['TORTURE_SOAK_MAILS'] ?? 2_000);
const mailsPerSecond = Number(process.env['TORTURE_SOAK_RATE'] ?? 250);
const isLong = mails >= 50_000;
const clients = 8;
/** V8 takes what a machine has before it collects: with a bound, growth is the program's own, and a leak ends it. */
const boundedHeap = { NODE_OPTIONS: '--max-old-space-size=80 --max-semi-space-size=4' };
const hourMs = 3_600_000;

async function configure(service: StandaloneProcess, port: number): Promise<void> {
  const smtp = { hostname: '127.0.0.1', port, encryption: 'none', authentication: 'none' };
  const senderAddress = { name: 'ACME', address: 'erp@acme.example' };
  for (let answer = 0; answer !== 200;) {
    const { headers } = await service.call('GET', '/v1/outgoing-servers/default');
    const saved = await service.call('PUT', '/v1/outgoing-servers/default', {
      headers: { 'if-match': headers.get('etag') ?? '"0"' },
      body: { enabled: true, serverType: 'smtp', timeoutSeconds: 5, senderAddress, smtp },
    });
    answer = saved.status;
  }
}

/** At an even pace, whatever the server does. */
async function submitAll(t: Test, service: StandaloneProcess): Promise<ReadonlySet<string>> {
  const accepted = new Set<string>();
  const startedAt = performance.now();
  let next = 0;
  const client = async (): Promise<void> => {
    while (next < mails) {
      const number = next;
      next += 1;
      await sleep(Math.max(0, startedAt + (number / mailsPerSecond) * 1000 - performance.now()));
      const answer = await service.call('POST', '/v1/mails', {
        body: {
          to: [{ address: 'kunde@example.com' }],
          subject: `Rechnung ${number}`,
          text: 'Anbei. '.repeat(200),
        },
      });
      if (answer.status !== 202) throw new Error(answer.text);
      accepted.add((answer.body as MailStatus).id);
      if (accepted.size % 5_000 === 0)
        t.comment(`${accepted.size} accepted, ${JSON.stringify(await mailCounts(service))}`);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return accepted;
}

const atRest = (service: StandaloneProcess): Promise<boolean> =>
  waitFor(
    'an attempt for every mail',
    async () => {
      const { queued = 0, sending = 0 } = await mailCounts(service);
      return queued + sending === 0 ? true : undefined;
    },
    120_000 + mails * 5,
  );

const descriptorsOf = async (service: StandaloneProcess): Promise<number> => {
  const sampling = sampleProcess(service.pid);
  await sleep(1_200);
  return sampling.end().mostDescriptors;
};

const timeout = 600_000 + mails * 20;

test('memory and file descriptors stay flat with a server that has faults', { timeout }, async (t) => {
  if (process.platform !== 'linux') {
    t.pass('needs /proc', {
      skip: 'memory and file descriptors of a process are read from /proc, on Linux only',
    });
    return;
  }
  const faulty = await startFaultyServer();
  t.teardown(faulty.stop);
  const directory = `${t.testdir()}/data`;
  let service = await startStandaloneProcess(directory, boundedHeap);
  t.teardown(() => service.kill());
  await configure(service, faulty.server.port);
  const descriptorsBefore = await descriptorsOf(service);

  const sampling = sampleProcess(service.pid);
  const accepted = await submitAll(t, service);
  const flat = sampling.end();
  await atRest(service);
  const descriptorsAfter = await descriptorsOf(service);
  t.equal(await service.stop(), 0);

  // Two hours later, at a server that is well again, what was put off goes out.
  faulty.server.use({});
  service = await startStandaloneProcess(directory, clockAhead(2 * hourMs));
  const all = await settledMails(service, 120_000 + mails * 10);
  t.equal(await service.stop(), 0);
  await faulty.stop();

  const states = new Map<string, number>();
  for (const { state } of all.values()) states.set(state, (states.get(state) ?? 0) + 1);
  const lost = [...accepted].filter((id) => !all.has(id));
  const wrong = [...all.values()].filter(
    ({ state, messageId }) => state === 'sent' && faulty.accepted.get(messageId ?? '') !== 1,
  );
  const doubled = [...faulty.accepted.values()].filter((times) => times > 1).length;
  t.comment(
    `figures: ${accepted.size} mails, ${lost.length} lost, ${doubled} doubled, ${JSON.stringify(Object.fromEntries(states))}; ` +
      `memory ${flat.mebibytesPerMinute.toFixed(2)} MiB/min at ${flat.residentMiB.toFixed(0)} MiB, file descriptors ` +
      `${flat.descriptorsPerMinute.toFixed(2)}/min, ${descriptorsBefore} before and ${descriptorsAfter} after (${flat.samples} samples)`,
  );
  t.same(lost, [], 'every accepted mail has an outcome');
  t.equal(accepted.size, mails);
  t.same(wrong, [], 'sent means accepted once');
  t.equal(doubled, 0, 'nothing is accepted twice');
  t.ok(descriptorsAfter <= descriptorsBefore + clients + 5, 'file descriptors come back');
  if (isLong) {
    t.ok(flat.mebibytesPerMinute < 1, 'memory is flat');
    t.ok(Math.abs(flat.descriptorsPerMinute) < 1, 'file descriptors are flat');
  }
});
