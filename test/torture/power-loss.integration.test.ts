import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { topics, type MailStatus } from '@postausgang/contracts';
import { openDirectoryStore } from '@postausgang/content-store';
import { eachEvent, openSqliteLog, startFold } from '@postausgang/event-log';
import { type Test, test } from 'tap';
import { type StandaloneProcess, startStandaloneProcess } from '../end-to-end/standalone-process.ts';
import { type NodeSink, startNodeSink } from '../peers/node-sink.ts';
import { requirePeer } from '../peers/peer.ts';
import { createDiskModel } from './power-loss/disk-model.ts';
import { acceptancesIn, createOrder, dotsIn } from './power-loss/order.ts';
import { namesIn, pathIn } from './power-loss/system-calls.ts';
import { traceProcess, traceStart } from './power-loss/trace.ts';

/** 200 with `npm run torture -- power-loss`. */
const mails = Number(process.env['TORTURE_POWER_MAILS'] ?? 32);
const clients = 4;
const largeBytes = 300_000;

async function startSending(t: Test): Promise<{ service: StandaloneProcess; sink: NodeSink }> {
  const sink = await startNodeSink();
  t.teardown(sink.stop);
  const service = await startStandaloneProcess(join(t.testdir(), 'data'));
  t.teardown(() => service.kill());
  const smtp = { hostname: '127.0.0.1', port: sink.port, encryption: 'none', authentication: 'none' };
  const senderAddress = { name: 'ACME', address: 'erp@acme.example' };
  const saved = await service.call('PUT', '/v1/outgoing-servers/default', {
    headers: { 'if-match': '"0"', prefer: 'wait=applied' },
    body: { enabled: true, serverType: 'smtp', senderAddress, smtp },
  });
  t.match(saved.body, { applied: { state: 'applied' } });
  return { service, sink };
}

/** Every eighth mail has an attachment that goes to the content store. */
async function submitAll(service: StandaloneProcess): Promise<Set<string>> {
  const accepted = new Set<string>();
  let next = 0;
  const client = async (): Promise<void> => {
    while (next < mails) {
      next += 1;
      const content = next % 8 === 0 ? randomBytes(largeBytes).toString('base64') : 'QW5iZWk=';
      const attachments = [{ filename: 'anlage.bin', contentType: 'application/octet-stream', content }];
      const answer = await service.call('POST', '/v1/mails', {
        body: { to: [{ address: 'kunde@example.com' }], subject: 'Rechnung', text: 'Anbei.', attachments },
      });
      if (answer.status !== 202) throw new Error(answer.text);
      accepted.add((answer.body as MailStatus).id);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return accepted;
}

interface Found {
  readonly mails: ReadonlySet<string>;
  /** Hashes of content that is claimed and not there, or not whole. */
  readonly missing: readonly string[];
}

/** What the product finds in a folder after the loss. */
async function openAgain(directory: string): Promise<Found> {
  const failures: unknown[] = [];
  const log = await openSqliteLog({
    directory,
    topics: Object.values(topics),
    onError: (error) => failures.push(error),
  });
  const store = await openDirectoryStore(join(directory, 'content'));
  const found = new Set<string>();
  const claims: string[] = [];
  const fold = startFold({
    log,
    topic: 'mailRequests',
    state: found,
    apply: eachEvent((state, { type, data }) => {
      if (type !== 'io.postausgang.mail-requested.v1') return;
      state.add(data.id);
      const { attachments = [] } = 'attachments' in data ? data : {};
      for (const each of attachments) if ('sha256' in each) claims.push(each.sha256);
    }),
  });
  await fold.caughtUp;
  const missing: string[] = [];
  for (const sha256 of claims) await store.get(sha256).catch(() => missing.push(sha256));
  await fold.stop();
  await store.close();
  await log.close();
  if (failures.length > 0) throw failures[0];
  return { mails: found, missing };
}

const whims = ['all', 'none', 'half'] as const;
const atRandom = () => whims[Math.floor(Math.random() * whims.length)] ?? 'none';

const timeout = 600_000 + mails * 2_000;

test('what was answered with 202 survives a loss of power', { timeout }, async (t) => {
  if (!requirePeer(t, 'strace')) return;
  const { service, sink } = await startSending(t);
  const disk = createDiskModel(service.dataDirectory);
  const trace = await traceProcess(service.pid, join(t.testdirName, 'trace'));
  const accepted = await submitAll(service);
  await sink.waitForMessages(mails, timeout);
  const calls = await trace.end();

  const order = createOrder(calls);
  const answers = acceptancesIn(calls).filter(({ mailId }) => accepted.has(mailId));
  t.equal(answers.length, mails, 'every 202 was seen on its way');
  const early = answers.filter(({ mailId, call }) => !order.syncedBefore(mailId, call));
  t.equal(early.length, 0, 'each after a finished sync of its record');
  const dots = dotsIn(calls);
  t.equal(dots.length, mails, 'every final dot was seen on its way');
  // The id of an intent is the first that begins with the id of the mail and a slash.
  const earlyDots = dots.filter(({ mailId, call }) => !order.syncedBefore(`${mailId}/`, call));
  t.equal(earlyDots.length, 0, 'each after a finished sync of its intent');

  // Power may go at the moment a 202 leaves; its client has it by then.
  const byBeginning = answers.toSorted((one, other) => one.call.beganAt - other.call.beganAt);
  const acknowledged = new Set<string>();
  const target = join(t.testdirName, 'after');
  let rebuilt = 0;
  let applied = 0;
  for (const answer of byBeginning) {
    for (; applied < calls.length; applied += 1) {
      const call = calls[applied];
      if (call === undefined || call.endedAt >= answer.call.beganAt) break;
      disk.apply(call);
    }
    acknowledged.add(answer.mailId);
    for (const keep of [() => 'none' as const, atRandom]) {
      rmSync(target, { recursive: true, force: true });
      disk.rebuild(target, keep);
      const { mails: found, missing } = await openAgain(target);
      const lost = [...acknowledged].filter((id) => !found.has(id));
      if (lost.length > 0 || missing.length > 0) t.fail('lost', { lost, missing, after: acknowledged.size });
      rebuilt += 1;
    }
  }
  t.equal(
    rebuilt,
    2 * mails,
    'every rebuilt log opens and holds every acknowledged mail with its attachments',
  );
  t.comment(
    `figures: ${answers.length} answers 202, ${early.length} before the sync of their record; ${dots.length} final dots, ` +
      `${earlyDots.length} before the sync of their intent; ${order.syncs} syncs of the log; ` +
      `${rebuilt} disks rebuilt from what was synced, half of them torn: all open, 0 acknowledged mails lost`,
  );
});

test('the folders a first start makes are durable before it listens', async (t) => {
  if (!requirePeer(t, 'strace')) return;
  const folder = t.testdir();
  const main = new URL('../../services/standalone/src/main.ts', import.meta.url).pathname;
  const calls = await traceStart(
    [process.execPath, main],
    { PORT: '0', DATA_DIR: join(folder, 'one', 'two', 'data') },
    'listens on',
    join(folder, 'trace'),
  );
  const made = calls.filter(
    ({ name, result, text }) => name === 'mkdir' && result === 0 && namesIn(text)[0]?.startsWith(folder),
  );
  const undurable = made.filter((making) => {
    const parent = dirname(namesIn(making.text)[0] ?? '');
    return !calls.some(
      ({ name, text, result, beganAt }) =>
        name === 'fsync' && result === 0 && pathIn(text) === parent && beganAt > making.endedAt,
    );
  });
  t.ok(made.length >= 6, 'data folder, the ones above it, content and keys');
  t.same(
    undurable.flatMap(({ text }) => namesIn(text)),
    [],
    'each has its name synced',
  );
});
