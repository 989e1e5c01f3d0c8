import { test } from 'tap';
import { type EventLog, EventLogError, type EventLogErrorCode } from '@postausgang/event-log';
import { serverPath, startService } from './fixture.ts';

/** The log with another append, which can be switched back. */
function withAppend(log: EventLog, append: EventLog['append']) {
  let isReplaced = false;
  const wrapped: EventLog = {
    ...log,
    append: (topic, records) => (isReplaced ? append(topic, records) : log.append(topic, records)),
  };
  return {
    wrapped,
    replace: () => (isReplaced = true),
    restore: () => (isReplaced = false),
  };
}

const change = { body: { timeoutSeconds: 61 }, headers: { 'if-match': '"0"', 'idempotency-key': 'k' } };

test('an append that fails is answered with what it was, and nothing has changed', async (t) => {
  const table: readonly [EventLogErrorCode, number, string][] = [
    ['log-full', 507, 'log-full'],
    ['log-overloaded', 503, 'overloaded'],
    ['log-unavailable', 503, 'log-unavailable'],
    ['log-corrupt', 503, 'log-unavailable'],
    ['log-outcome-unknown', 503, 'outcome-unknown'],
    ['log-writer-lost', 503, 'outcome-unknown'],
    ['log-closed', 503, 'stopping'],
  ];
  let code: EventLogErrorCode = 'log-full';
  let control: ReturnType<typeof withAppend> | undefined;
  const service = await startService(t, {
    wrapLog(log) {
      control = withAppend(log, async () => {
        throw new EventLogError(code, 'not today');
      });
      return control.wrapped;
    },
  });
  await service.publisher.publish('mailerStarted', 'm', { mailerId: 'm' });
  control?.replace();
  for (const [failure, status, expected] of table) {
    code = failure;
    const draft = { draft: { smtp: { hostname: 'a.example', username: 'erp' } } };
    const answers = [
      await service.call('PATCH', serverPath, change),
      await service.call('POST', '/v1/api-keys', { body: { name: 'a', scopes: ['admin'] } }),
      await service.call('POST', `${serverPath}/connection-tests`, { body: draft }),
    ];
    for (const answer of answers) t.match(answer, { status, body: { code: expected, retriable: true } });
  }
  control?.restore();
  t.match((await service.call('PATCH', serverPath, change)).body, { version: 1 });
});

test('a write without an answer in time is outcome-unknown, and its repetition is the same change', async (t) => {
  const held = Promise.withResolvers<undefined>();
  let control: ReturnType<typeof withAppend> | undefined;
  // The first start of a log writes the admin key, and nobody knows how long that takes.
  const { log: opened, directory } = await startService(t);
  const service = await startService(t, {
    log: opened,
    directory,
    limits: { outcomeTimeoutMs: 1_000 },
    wrapLog(log) {
      control = withAppend(log, async (topic, records) => {
        await held.promise;
        return log.append(topic, records);
      });
      return control.wrapped;
    },
  });
  control?.replace();
  const unknown = await service.call('PATCH', serverPath, change);
  t.equal(unknown.status, 503);
  t.match(unknown.body, { code: 'outcome-unknown', retriable: true, detail: /safe to repeat/ });
  t.equal(unknown.headers['retry-after'], '1');
  control?.restore();
  const repeated = await service.call('PATCH', serverPath, change);
  t.match(repeated, { status: 200, body: { version: 1 } });
  held.resolve(undefined);
  const other = { body: { timeoutSeconds: 62 }, headers: { 'if-match': '"1"' } };
  await service.call('PATCH', serverPath, other);
  const history = await service.call('GET', `${serverPath}/history`);
  t.match(history.body, { items: { length: 2 } }, 'the late event is a duplicate');
  t.match((await service.call('PATCH', serverPath, change)).body, { version: 1 });
});
