import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import pino from 'pino';
import { test } from 'tap';
import { readRecord } from '@postausgang/contracts';
import { createPublisher, type EventLog } from '@postausgang/event-log';
import { defaultContent } from '@postausgang/settings';
import { createMailerReports } from '../../../services/mailer/src/apply/applier.ts';

/** A log that takes everything, and says so line by line. */
function recordingLog(answer: () => Promise<void> = async () => undefined) {
  const written: { key: string; type: string; data: unknown }[] = [];
  const lines = new PassThrough();
  const append: EventLog['append'] = async (_topic, records) => {
    for (const record of records) {
      const result = readRecord(record);
      if (!result.ok) throw new Error(result.reason);
      written.push({ key: record.key, type: result.event.type, data: result.event.data });
      lines.write('.');
    }
    await answer();
    return records.map(() => ({ partition: 0, offset: 0 }));
  };
  return { log: { append } as EventLog, written, lines };
}

function reportsOver(log: EventLog, heartbeatMs: number | undefined) {
  const publisher = createPublisher(log, { source: '/m1', now: () => new Date(), newId: () => 'id' });
  const logger = pino({ level: 'silent' });
  return createMailerReports({ publisher, mailerId: 'm1', runId: 'run-1', heartbeatMs, logger });
}

const types = (written: readonly { type: string }[]) =>
  written.map(({ type }) => type.replace('io.postausgang.', ''));

test('says again and again that it is alive, under the key of its start, until it stops', async (t) => {
  const { log, written, lines } = recordingLog();
  const reports = reportsOver(log, 5);
  await reports.started();
  while (written.length < 4) await once(lines, 'data');
  await reports.stopped();
  const [first, second] = written;
  const lease = { mailerId: 'm1', runId: 'run-1', leaseMs: 15 };
  t.same(first, { key: 'm1', type: 'io.postausgang.mailer-started.v1', data: lease });
  t.same(second, { key: 'm1', type: 'io.postausgang.mailer-alive.v1', data: lease });
  t.match(written.at(-1), { type: 'io.postausgang.mailer-stopped.v1', data: { runId: 'run-1' } });
  const count = written.length;
  await new Promise((resolve) => setTimeout(resolve, 20));
  t.equal(written.length, count, 'then it is silent');
});

test('without a heartbeat it tells its start, its receipts and its end only', async (t) => {
  const { log, written } = recordingLog();
  const reports = reportsOver(log, undefined);
  await reports.started();
  const version = {
    resource: 'outgoing-servers/default',
    serverId: 'default',
    version: 1,
    content: defaultContent,
  };
  reports.applied({ version, state: 'applied', servingVersion: 1, failure: null });
  await reports.stopped();
  t.same(types(written), ['mailer-started.v1', 'settings-applied.v1', 'mailer-stopped.v1']);
  t.same(written[0]?.data, { mailerId: 'm1', runId: 'run-1' });
  t.match(written[1], { key: 'm1/outgoing-servers/default', data: { runId: 'run-1' } });
});

test('one sign of life waits while the log does not answer, not many', async (t) => {
  const silence = Promise.withResolvers<void>();
  let isSilent = false;
  const { log, written, lines } = recordingLog(() => (isSilent ? silence.promise : Promise.resolve()));
  const reports = reportsOver(log, 2);
  await reports.started();
  isSilent = true;
  while (!types(written).includes('mailer-alive.v1')) await once(lines, 'data');
  const count = written.length;
  await new Promise((resolve) => setTimeout(resolve, 20));
  t.equal(written.length, count);
  isSilent = false;
  silence.reject(new Error('the log is away'));
  await once(lines, 'data');
  await reports.stopped();
  t.ok(written.length > count + 1, 'a failed one is followed by others');
});
