import {
  ApplyStatusSchema,
  ConnectionTestListSchema,
  ConnectionTestSchema,
  failure,
} from '@postausgang/contracts';
import type { ConnectionTestStep, EventData } from '@postausgang/contracts';
import {
  applyStatus,
  connectionTestList,
  connectionTestView,
  createConnectionTestsState,
  createMailerStatusState,
  defaultContent,
  defaultServer,
  evolveConnectionTests,
  evolveMailerStatus,
  isAnyMailerLive,
  maxTestsPerResource,
  testAbandonedAfterMs,
} from '@postausgang/settings';
import type { ConnectionTestsState, MailerStatusState } from '@postausgang/settings';
import { Value } from '@sinclair/typebox/value';
import { test } from 'tap';
import { anna, eventOf, now, nowMs } from './fixture.ts';

const steps: ConnectionTestStep[] = [{ name: 'resolve', state: 'ok', milliseconds: 2, detail: '192.0.2.7' }];

function request(state: ConnectionTestsState, testId: string, resource = defaultServer) {
  const data = {
    testId,
    resource,
    settingsVersion: 3,
    draft: true,
    content: defaultContent,
    probeTo: 'me@acme.example',
    actor: anna,
  };
  return evolveConnectionTests(state, eventOf('connectionTestRequested', data));
}

function result(state: ConnectionTestsState, testId: string, outcome: 'ok' | 'failed' = 'ok') {
  const data = {
    testId,
    resource: defaultServer,
    mailerId: 'm1',
    state: outcome,
    startedAt: now,
    finishedAt: now,
    steps,
  };
  return evolveConnectionTests(state, eventOf('connectionTestResult', data));
}

test('a connection test runs until its result', (t) => {
  const state = createConnectionTestsState();
  t.equal(request(state, 't1'), 'accepted');
  const running = connectionTestView(state, defaultServer, 't1', nowMs);
  t.strictSame(running, {
    id: 't1',
    resource: defaultServer,
    serverId: 'default',
    state: 'running',
    requestedAt: now,
    requestedBy: anna.name,
    startedAt: null,
    finishedAt: null,
    settingsVersion: 3,
    draft: true,
    probeTo: 'me@acme.example',
    mailerId: null,
    steps: [],
  });
  t.equal(result(state, 't1', 'failed'), 'accepted');
  const finished = connectionTestView(state, defaultServer, 't1', nowMs);
  t.strictSame(finished, {
    ...running,
    state: 'failed',
    startedAt: now,
    finishedAt: now,
    mailerId: 'm1',
    steps,
  });
  t.ok(Value.Check(ConnectionTestSchema, running) && Value.Check(ConnectionTestSchema, finished));
  t.equal(connectionTestView(state, defaultServer, 't2', nowMs), undefined);
  t.equal(
    connectionTestView(state, 'outgoing-servers/other', 't1', nowMs),
    undefined,
    'only under its own server',
  );
  t.end();
});

test('the first result of a test stands, and results out of nowhere are stepped over', (t) => {
  const state = createConnectionTestsState();
  t.equal(result(state, 't1'), 'ignored');
  request(state, 't1');
  t.equal(request(state, 't1'), 'duplicate');
  t.equal(result(state, 't1', 'ok'), 'accepted');
  t.equal(result(state, 't1', 'failed'), 'duplicate');
  t.equal(request(state, 't1'), 'duplicate', 'a finished test does not run again');
  t.equal(result(state, 't2'), 'ignored');
  t.equal(evolveConnectionTests(state, eventOf('mailerStarted', { mailerId: 'm' })), 'ignored');
  t.equal(connectionTestView(state, defaultServer, 't1', nowMs)?.state, 'ok');
  t.end();
});

test('a test without a result for ten minutes shows as failed; a late result counts', (t) => {
  const state = createConnectionTestsState();
  request(state, 't1');
  const stateAfter = (ms: number) => connectionTestView(state, defaultServer, 't1', nowMs + ms)?.state;
  t.equal(stateAfter(testAbandonedAfterMs), 'running');
  t.equal(stateAfter(testAbandonedAfterMs + 1), 'failed');
  const page = { cursor: null, limit: 1 };
  const [listed] = connectionTestList(state, defaultServer, page, nowMs + testAbandonedAfterMs + 1).items;
  t.match(listed, { state: 'failed', finishedAt: null, mailerId: null });
  t.strictSame(listed?.steps, []);
  result(state, 't1', 'ok');
  t.equal(stateAfter(testAbandonedAfterMs + 1), 'ok');
  t.end();
});

test('tests are listed newest first, in pages, and the oldest are dropped', (t) => {
  const state = createConnectionTestsState();
  request(state, 'elsewhere', 'outgoing-servers/other');
  for (let number = 1; number <= maxTestsPerResource + 3; number += 1) request(state, `t${number}`);
  result(state, 't501');
  const list = (cursor: string | null, limit: number) =>
    connectionTestList(state, defaultServer, { cursor, limit }, nowMs);
  const first = list(null, 2);
  t.ok(Value.Check(ConnectionTestListSchema, first));
  t.strictSame([first.items.map(({ id }) => id), first.nextCursor], [['t503', 't502'], 't502']);
  t.strictSame(
    list('t502', 2).items.map(({ id, state: outcome }) => [id, outcome]),
    [
      ['t501', 'ok'],
      ['t500', 'running'],
    ],
  );
  const all = list(null, 1000);
  t.strictSame([all.items.length, all.items.at(-1)?.id, all.nextCursor], [maxTestsPerResource, 't4', null]);
  t.strictSame(list('t5', 1), { items: all.items.slice(-1), nextCursor: null });
  t.strictSame(list('t1', 2), { items: [], nextCursor: null }, 'a cursor that was dropped');
  t.strictSame(
    connectionTestList(state, 'outgoing-servers/none', { cursor: null, limit: 1 }, nowMs).items,
    [],
  );
  t.ok(connectionTestView(state, 'outgoing-servers/other', 'elsewhere', nowMs));
  t.end();
});

type Report = Partial<EventData<'settingsApplied'>>;

function report(state: MailerStatusState, mailerId: string, version: number, more: Report = {}) {
  const data = {
    mailerId,
    resource: defaultServer,
    version,
    state: 'applied',
    servingVersion: version,
    failure: null,
  } as const;
  return evolveMailerStatus(state, eventOf('settingsApplied', { ...data, ...more }));
}

function mailers(...ids: readonly string[]): MailerStatusState {
  const state = createMailerStatusState();
  const leaseMs = 60_000;
  for (const mailerId of ids) evolveMailerStatus(state, eventOf('mailerStarted', { mailerId, leaseMs }));
  return state;
}

const stop = (state: MailerStatusState, mailerId: string) =>
  evolveMailerStatus(state, eventOf('mailerStopped', { mailerId }));

test('a version is applied when every live mailer uses it', (t) => {
  const state = mailers('m2', 'm1');
  const overall = () => applyStatus(state, defaultServer, 2, nowMs).state;
  t.equal(applyStatus(mailers(), defaultServer, 2, nowMs).state, 'no-mailer');
  t.equal(overall(), 'pending');
  report(state, 'm1', 2);
  t.equal(overall(), 'pending', 'm2 has said nothing');
  report(state, 'm2', 1);
  t.equal(overall(), 'pending', 'm2 is behind');
  report(state, 'm2', 2);
  const status = applyStatus(state, defaultServer, 2, nowMs);
  t.ok(Value.Check(ApplyStatusSchema, status));
  const mailer = { version: 2, state: 'applied', servingVersion: 2, failure: null, reportedAt: now };
  t.strictSame(status, {
    state: 'applied',
    version: 2,
    mailers: [
      { id: 'm1', ...mailer },
      { id: 'm2', ...mailer },
    ],
  });
  t.equal(
    applyStatus(state, 'outgoing-servers/other', 0, nowMs).state,
    'pending',
    'receipts count for their resource',
  );
  t.end();
});

test('a mailer begins with the sending mode that nobody has saved, and has to report every other one', (t) => {
  const state = mailers('m1');
  const mode = (version: number) => applyStatus(state, 'environment/sending-mode', version, nowMs);
  t.ok(Value.Check(ApplyStatusSchema, mode(0)));
  t.match(mode(0), { state: 'applied', mailers: [{ version: 0, servingVersion: 0 }] });
  t.equal(mode(1).state, 'pending');
  t.equal(applyStatus(mailers(), 'environment/sending-mode', 0, nowMs).state, 'no-mailer');
  t.end();
});

test('a mailer that could not use the version makes it failed and says why', (t) => {
  const state = mailers('m1', 'm2', 'm3');
  const why = failure('secret-required');
  report(state, 'm1', 2, { state: 'failed', servingVersion: 1, failure: why });
  report(state, 'm2', 2);
  const status = applyStatus(state, defaultServer, 2, nowMs);
  t.ok(Value.Check(ApplyStatusSchema, status));
  t.equal(status.state, 'failed', 'although m3 is still pending');
  t.strictSame(
    status.mailers.map(({ state: one, servingVersion, failure: cause }) => [one, servingVersion, cause]),
    [
      ['failed', 1, why],
      ['applied', 2, null],
      ['pending', null, null],
    ],
  );
  report(state, 'm1', 2);
  report(state, 'm3', 3);
  t.equal(
    applyStatus(state, defaultServer, 2, nowMs).state,
    'applied',
    'm1 made it later, m3 is already further',
  );
  t.end();
});

test('of mailers without a lease only the newest start counts', (t) => {
  const state = mailers('leased');
  for (const mailerId of ['before', 'after']) {
    evolveMailerStatus(state, eventOf('mailerStarted', { mailerId }));
  }
  const { mailers: live } = applyStatus(state, defaultServer, 1, nowMs);
  t.strictSame(
    live.map(({ id }) => id),
    ['after', 'leased'],
    'the one before had the log to itself and was killed',
  );
  t.end();
});

test('an older version counts by what is served when a newer one failed', (t) => {
  const state = mailers('m1');
  report(state, 'm1', 3, { state: 'failed', servingVersion: 2, failure: failure('settings-invalid') });
  t.equal(applyStatus(state, defaultServer, 2, nowMs).state, 'applied');
  t.equal(applyStatus(state, defaultServer, 3, nowMs).state, 'failed');
  t.equal(applyStatus(state, defaultServer, 4, nowMs).state, 'pending');
  report(state, 'm1', 3, { state: 'failed', servingVersion: 3, failure: failure('settings-invalid') });
  t.equal(applyStatus(state, defaultServer, 3, nowMs).state, 'failed', 'whatever it says to serve');
  report(state, 'm1', 3, { state: 'failed', servingVersion: null, failure: failure('settings-invalid') });
  t.equal(applyStatus(state, defaultServer, 2, nowMs).state, 'failed');
  t.end();
});

test('only live mailers count, and a start forgets what was reported before', (t) => {
  const state = mailers('m1', 'm2');
  report(state, 'm1', 2);
  t.equal(report(state, 'never started', 2), 'ignored');
  t.equal(report(state, 'm1', 1), 'ignored', 'a receipt that arrives again');
  t.equal(stop(state, 'm2'), 'accepted');
  t.equal(stop(state, 'm2'), 'ignored');
  t.equal(report(state, 'm2', 2), 'ignored');
  t.equal(applyStatus(state, defaultServer, 2, nowMs).state, 'applied');
  evolveMailerStatus(state, eventOf('mailerStarted', { mailerId: 'm1' }));
  t.strictSame(applyStatus(state, defaultServer, 2, nowMs), {
    state: 'pending',
    version: 2,
    mailers: [
      { id: 'm1', version: 0, state: 'pending', servingVersion: null, failure: null, reportedAt: null },
    ],
  });
  t.equal(evolveMailerStatus(state, eventOf('apiKeyRevoked', { keyId: 'k', actor: anna })), 'ignored');
  t.end();
});

const leaseMs = 30_000;
const started = (mailerId: string, runId: string) => eventOf('mailerStarted', { mailerId, runId, leaseMs });
const alive = (mailerId: string, runId: string, atMs = nowMs) =>
  eventOf('mailerAlive', { mailerId, runId, leaseMs }, { time: new Date(atMs).toISOString() });

test('a mailer that says how long it counts as live is gone after that silence, and back when it is heard', (t) => {
  const state = createMailerStatusState();
  evolveMailerStatus(state, started('m1', 'run-1'));
  report(state, 'm1', 2, { runId: 'run-1' });
  const at = (laterMs: number) => applyStatus(state, defaultServer, 2, nowMs + laterMs).state;
  t.equal(at(leaseMs - 1), 'applied');
  t.equal(at(leaseMs), 'no-mailer', 'killed, for all that is known');
  t.notOk(isAnyMailerLive(state, nowMs + leaseMs));
  evolveMailerStatus(state, alive('m1', 'run-1', nowMs + 60_000));
  t.equal(at(60_000), 'applied', 'its receipts still count');
  t.ok(isAnyMailerLive(state, nowMs + 60_000));
  evolveMailerStatus(state, alive('m1', 'run-2', nowMs + 61_000));
  t.equal(at(61_000), 'pending', 'another run has reported nothing');
  t.equal(report(state, 'm1', 2, { runId: 'run-1' }), 'ignored', 'a late receipt of the run before');
  t.equal(evolveMailerStatus(state, eventOf('mailerStopped', { mailerId: 'm1', runId: 'run-1' })), 'ignored');
  t.equal(
    evolveMailerStatus(state, eventOf('mailerStopped', { mailerId: 'm1', runId: 'run-2' })),
    'accepted',
  );
  t.notOk(isAnyMailerLive(state, nowMs));
  t.end();
});

test('compaction, which keeps the newest record of each key, does not change the status', (t) => {
  const state = createMailerStatusState();
  report(state, 'm1', 2, { runId: 'run-1' });
  report(state, 'm2', 3, { runId: 'run-old' });
  report(state, 'm3', 3, { runId: 'run-1' });
  t.equal(applyStatus(state, defaultServer, 2, nowMs).state, 'no-mailer', 'nobody has been heard of yet');
  evolveMailerStatus(state, alive('m1', 'run-1'));
  evolveMailerStatus(state, alive('m2', 'run-2'));
  evolveMailerStatus(state, eventOf('mailerStopped', { mailerId: 'm3', runId: 'run-1' }));
  t.strictSame(
    applyStatus(state, defaultServer, 2, nowMs).mailers.map(({ id, state: one, version }) => [
      id,
      one,
      version,
    ]),
    [
      ['m1', 'applied', 2],
      ['m2', 'pending', 0],
    ],
  );
  t.end();
});
