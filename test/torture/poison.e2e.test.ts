import { setTimeout as sleep } from 'node:timers/promises';
import { type CloudEvent, topics, writeRecord } from '@postausgang/contracts';
import { type NewRecord, openSqliteLog } from '@postausgang/event-log';
import { type Test, test } from 'tap';
import { type StandaloneProcess, startStandaloneProcess } from '../end-to-end/standalone-process.ts';
import { type NodeSink, startNodeSink } from '../peers/node-sink.ts';
import { waitFor } from '../peers/wait-for.ts';
import { settledMails } from './all-mails.ts';
import { deliveriesOf } from './kills/deliveries.ts';

/** 10,000 of each with `npm run torture -- poison`. */
const count = Number(process.env['TORTURE_POISON'] ?? 600);
const requests = topics.mailRequests.name;

const mailFor = (id: string) => ({
  id,
  from: { address: 'rechnung@acme.example' },
  to: [{ address: 'kunde@example.com' }],
  subject: `Rechnung ${id}`,
  text: 'Anbei.',
});

const eventFor = (id: string, type = 'io.postausgang.mail-requested.v1', data: unknown = mailFor(id)) =>
  ({ id: `erp-${id}`, type, source: '/erp', time: new Date().toISOString(), data }) as CloudEvent;

const good = (index: number): NewRecord => writeRecord(`good-${index}`, eventFor(`good-${index}`));

const text = (value: string): Uint8Array => Buffer.from(value);
const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const cycle = '{"a":'.repeat(3_000) + '1' + '}'.repeat(3_000);

/** Ways in which a record can be one that nobody understands. */
const poisons: readonly ((key: string) => NewRecord)[] = [
  (key) => ({ ...writeRecord(key, eventFor(key)), value: text('{"id":') }),
  (key) => ({ ...writeRecord(key, eventFor(key)), value: bytes(0xff, 0xfe, 0x00) }),
  (key) => ({ ...writeRecord(key, eventFor(key)), value: text('null') }),
  (key) => ({ ...writeRecord(key, eventFor(key)), value: text('[]') }),
  (key) => ({ ...writeRecord(key, eventFor(key)), value: text('') }),
  (key) => ({ ...writeRecord(key, eventFor(key)), value: text(cycle) }),
  (key) => ({ ...writeRecord(key, eventFor(key)), value: text('"\\ud800"') }),
  (key) => ({ ...writeRecord(key, eventFor(key)), headers: {} }),
  (key) => ({ ...writeRecord(key, eventFor(key)), headers: { ce_specversion: '9' } }),
  (key) => writeRecord(key, eventFor(key, 'io.postausgang.mail-requested.v2')),
  (key) => writeRecord(key, eventFor(key, 'com.example.invoice-paid.v1')),
  (key) => writeRecord(key, eventFor(key, undefined, {})),
  (key) => writeRecord(key, eventFor(key, undefined, { ...mailFor(key), bbc: [] })),
  (key) => writeRecord(key, eventFor(key, undefined, { ...mailFor(key), to: [] })),
  (key) =>
    writeRecord(
      key,
      eventFor(key, undefined, { ...mailFor(key), to: [{ address: 'a@b>\r\nRCPT TO:<c@d' }] }),
    ),
  (key) =>
    writeRecord(key, eventFor(key, undefined, { ...mailFor(key), subject: 'a\r\nBcc: evil@example.com' })),
  (key) => writeRecord(key, eventFor(key, undefined, { ...mailFor(key), id: '../../etc/passwd' })),
  (key) => writeRecord(key, eventFor(key, undefined, JSON.parse('{"__proto__":{"to":1},"constructor":1}'))),
  (key) => writeRecord('another-key', eventFor(key)),
  (key) => writeRecord(key, { ...eventFor(key), time: 'yesterday' } as CloudEvent),
];

/** Good and bad ones in turn, written into the log as if another program had. */
async function poisonLog(directory: string): Promise<void> {
  const failures: unknown[] = [];
  const log = await openSqliteLog({
    directory,
    topics: Object.values(topics),
    onError: (error) => failures.push(error),
  });
  for (let index = 0; index < count; index += 1) {
    const poison = poisons[index % poisons.length];
    if (poison === undefined) throw new Error('there is no poison');
    const records = [good(index), poison(`bad-${index}`)];
    if (index % 500 === 499) await log.append(requests, records);
    else void log.append(requests, records);
  }
  await log.close();
  if (failures.length > 0) throw failures[0];
}

async function prepare(t: Test, sink: NodeSink, directory: string): Promise<void> {
  const service = await startStandaloneProcess(directory);
  t.teardown(() => service.kill());
  const smtp = { hostname: '127.0.0.1', port: sink.port, encryption: 'none', authentication: 'none' };
  const senderAddress = { name: 'ACME', address: 'erp@acme.example' };
  await service.call('PUT', '/v1/outgoing-servers/default', {
    headers: { 'if-match': '"0"', prefer: 'wait=applied' },
    body: { enabled: true, serverType: 'smtp', senderAddress, smtp },
  });
  await service.stop();
}

/** How many records were set aside, each with its event. */
async function refusedIn(directory: string): Promise<ReadonlySet<string>> {
  const log = await openSqliteLog({ directory, topics: Object.values(topics), onError: () => undefined });
  const refused = new Set<string>();
  const follower = log.follow(topics.mailEvents.name, 'start', (records) => {
    for (const { headers, value } of records) {
      if (headers['ce_type'] !== 'io.postausgang.mail-refused.v1' || value === null) continue;
      const { request } = JSON.parse(Buffer.from(value).toString()) as { request: { offset: number } };
      refused.add(String(request.offset));
    }
  });
  await follower.caughtUp;
  await follower.stop();
  await log.close();
  return refused;
}

const refusals = async (service: StandaloneProcess): Promise<number> => {
  const metrics = await (await fetch(`${service.api}/metrics`)).text();
  return Number(/^postausgang_mail_records_unreadable (\d+)$/m.exec(metrics)?.[1] ?? 0);
};

const timeout = 600_000 + count * 60;

test('records nobody understands stop none of the good ones', { timeout }, async (t) => {
  const sink = await startNodeSink({ capture: true });
  t.teardown(sink.stop);
  const directory = `${t.testdir()}/data`;
  await prepare(t, sink, directory);
  await poisonLog(directory);
  const service = await startStandaloneProcess(directory);
  t.teardown(() => service.kill());
  const mails = await waitFor(
    'an outcome of every good mail',
    async () => {
      t.comment(`${sink.messages.length} sent, ${await refusals(service)} unreadable`);
      await sleep(500);
      return sink.messages.length >= count ? settledMails(service) : undefined;
    },
    60_000 + count * 30,
  );
  const states = new Map([...mails.values()].map(({ id, state }) => [id, state]));
  const unsent = Array.from({ length: count }, (_, index) => `good-${index}`).filter(
    (id) => states.get(id) !== 'sent',
  );
  t.same(unsent, [], 'every good mail was sent');
  const { times } = deliveriesOf(sink.messages);
  t.equal(times.size, count, 'each of them once, and nothing else');
  t.equal(sink.messages.length, count);
  t.ok(sink.messages.every(({ recipients }) => recipients.join() === 'kunde@example.com'));
  const live = await fetch(`${service.api}/health/ready`);
  t.equal(live.status, 200);
  t.equal(await service.stop(), 0, 'and the process has lived through it');
  const refused = await refusedIn(directory);
  t.equal(refused.size, count, 'every bad record was set aside with an event');
  t.comment(
    `figures: ${count - unsent.length} of ${count} good mails sent, ${refused.size} of ${count} bad records set aside, 0 crashes`,
  );
});
