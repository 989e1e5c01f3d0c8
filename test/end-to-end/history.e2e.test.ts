import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'tap';
import { type MailList, type MailStatus, type QueueStatus, topics } from '@postausgang/contracts';
import { type NewRecord, openSqliteLog, type StoredRecord } from '@postausgang/event-log';
import { startNodeSink } from '../peers/node-sink.ts';
import { waitFor } from '../peers/wait-for.ts';
import { type StandaloneProcess, startStandaloneProcess } from './standalone-process.ts';

const mail = { to: [{ address: 'kunde@example.com' }], subject: 'Rechnung', text: 'Anbei.' };
const keyOf = (name: string) => ({ headers: { 'idempotency-key': name } });
/** Together with their events more than a view may be behind without another one in the meantime. */
const others = 2_500;

async function recordsOf(log: Awaited<ReturnType<typeof openSqliteLog>>, topic: string) {
  const records: StoredRecord[] = [];
  const follower = log.follow(topic, 'start', (some) => void records.push(...some));
  await follower.caughtUp;
  await follower.stop();
  return records;
}

/** Another mail with the same story. */
function alike({ key, headers, value }: StoredRecord, id: string, otherId: string): NewRecord {
  const renamed = (text: string): string => text.replaceAll(id, otherId);
  const { ce_id: eventId = '', ...rest } = headers;
  return {
    key: renamed(key ?? ''),
    headers: { ...rest, ce_id: `${renamed(eventId)} ${otherId}` },
    value: Buffer.from(renamed(Buffer.from(value ?? new Uint8Array()).toString())),
  };
}

/** Many mails like the one with this id, that were sent, and one that still waits. */
async function addOthers(directory: string, id: string, waiting: string): Promise<void> {
  const log = await openSqliteLog({
    directory,
    topics: Object.values(topics),
    onError: (error) => {
      throw error;
    },
  });
  const [requests, events] = await Promise.all(
    [topics.mailRequests, topics.mailEvents].map(({ name }) => recordsOf(log, name)),
  );
  const about = (records: readonly StoredRecord[] = []) => records.filter(({ key }) => key === id);
  for (let at = 0; at < others; at += 500) {
    const ids = Array.from({ length: 500 }, (_, index) => `past-${at + index}`);
    const all = (records: readonly StoredRecord[]) =>
      ids.flatMap((otherId) => records.map((record) => alike(record, id, otherId)));
    await log.append(topics.mailRequests.name, all(about(requests)));
    await log.append(topics.mailEvents.name, all(about(events)));
  }
  const last = about(requests).map((record) => alike(record, id, waiting));
  await log.append(topics.mailRequests.name, last);
  await log.close();
}

async function withoutView(directory: string): Promise<void> {
  await Promise.all(
    ['', '-wal', '-shm'].map((end) => rm(join(directory, `mail-view.db${end}`), { force: true })),
  );
}

const queueOf = async (service: StandaloneProcess): Promise<QueueStatus> =>
  (await service.call('GET', '/v1/queue')).body as QueueStatus;
const stateOf = async (service: StandaloneProcess, id: string): Promise<string | undefined> =>
  ((await service.call('GET', `/v1/mails/${id}`)).body as Partial<MailStatus>).state;

test('a lost view keeps nobody waiting, loses nothing and doubles nothing, also when the process dies', async (t) => {
  const sink = await startNodeSink({ capture: true });
  t.teardown(() => sink.stop());
  const directory = join(t.testdir(), 'data');
  const first = await startStandaloneProcess(directory, { LOG_LEVEL: 'error' });
  t.teardown(() => first.kill());
  await first.call('PUT', '/v1/outgoing-servers/default', {
    headers: { 'if-match': '"0"', prefer: 'wait=applied' },
    body: {
      enabled: true,
      serverType: 'smtp',
      senderAddress: { address: 'erp@acme.example' },
      smtp: { hostname: '127.0.0.1', port: sink.port, encryption: 'none', authentication: 'none' },
    },
  });
  const asked = await first.call('POST', '/v1/mails', { ...keyOf('invoice-1'), body: mail });
  const { id } = asked.body as MailStatus;
  await waitFor('the mail', async () => ((await stateOf(first, id)) === 'sent' ? true : undefined));
  await first.kill();
  await addOthers(directory, id, 'waiting');
  await withoutView(directory);

  const second = await startStandaloneProcess(directory, { LOG_LEVEL: 'error' });
  t.teardown(() => second.kill());
  const fresh = await second.call('POST', '/v1/mails', { body: mail });
  t.equal(fresh.status, 202, 'new mail is taken at once');
  const again = await second.call('POST', '/v1/mails', { ...keyOf('invoice-1'), body: mail });
  t.ok([202, 503].includes(again.status), `${again.status}`);
  await second.kill();

  const third = await startStandaloneProcess(directory, { LOG_LEVEL: 'error' });
  t.teardown(() => third.kill());
  const ready = await third.call('GET', '/health/ready');
  t.equal(ready.status, 200, 'whoever reads the past takes mail');
  const cancelled = await third.call('POST', '/v1/mails/past-1/cancel', { body: {} });
  const problem = cancelled.body as { code: string };
  t.ok(['history-incomplete', 'mail-finished'].includes(problem.code), problem.code);
  if (problem.code === 'history-incomplete') t.match(cancelled.headers.get('retry-after'), /^\d+$/);
  await waitFor('what waited', async () =>
    ['sent', 'unknown'].includes((await stateOf(third, 'waiting')) ?? '') ? true : undefined,
  );
  await waitFor('the history', async () => {
    const { history } = await queueOf(third);
    return history.state === 'complete' ? true : undefined;
  });
  const { id: freshId } = fresh.body as MailStatus;
  // Killed between the intent and the reply, it is unknown, and not sent again.
  const told = ['sent', 'unknown'];
  await waitFor('what was new', async () =>
    told.includes((await stateOf(third, freshId)) ?? '') ? true : undefined,
  );
  const repeated = await third.call('POST', '/v1/mails', { ...keyOf('invoice-1'), body: mail });
  t.match(repeated, { status: 202, body: { id, state: 'sent' } });
  const other = await third.call('POST', '/v1/mails', {
    ...keyOf('invoice-1'),
    body: { ...mail, text: 'x' },
  });
  t.equal(other.status, 409);
  t.equal(await stateOf(third, 'past-17'), 'sent');
  const list = (await third.call('GET', '/v1/mails?limit=1')).body as MailList;
  t.match(list, { complete: true });
  const { states } = (await third.call('GET', '/v1/mails/counts')).body as {
    states: { sent: number; unknown: number };
  };
  t.equal(states.sent + states.unknown, others + 3);
  t.ok(states.unknown <= 2, 'only what was being sent when the process died');
  t.ok(sink.messages.length <= 3, 'each mail at most once');
  t.ok(sink.messages.length >= 3 - states.unknown);
  const metrics = await (await fetch(`${third.api}/metrics`)).text();
  const read = /^postausgang_history_read_events (\d+)$/m.exec(metrics)?.[1];
  t.equal(read, /^postausgang_history_events (\d+)$/m.exec(metrics)?.[1]);
  t.ok(Number(read) > others * 3);
});
