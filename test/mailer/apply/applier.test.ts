import { type Test, test } from 'tap';
import { failure } from '@postausgang/contracts';
import { defaultContent } from '@postausgang/settings';
import type { Transport } from '../../../packages/mail/src/transport.ts';
import {
  type BuildResult,
  createApplier,
  createCurrentServing,
  type Receipt,
} from '../../../services/mailer/src/apply/applier.ts';
import type { ServerVersion } from '../../../services/mailer/src/apply/follow-settings.ts';

interface NamedTransport extends Transport {
  readonly name: string;
  readonly closed: Promise<void>;
  isClosed(): boolean;
}

/** A transport that only knows whether it was closed, and when it may be. */
function transport(name: string, drained: Promise<void> = Promise.resolve()): NamedTransport {
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  let isClosed = false;
  return {
    name,
    closed,
    isClosed: () => isClosed,
    capacity: 1,
    send: () => Promise.reject(new Error('nothing is sent here')),
    async close() {
      await drained;
      isClosed = true;
      resolve();
    },
  };
}

function version(number: number, hostname: string | null, senderName = 'ACME'): ServerVersion {
  return {
    resource: 'outgoing-servers/default',
    serverId: 'default',
    version: number,
    content: {
      ...defaultContent,
      enabled: hostname !== null,
      senderAddress: { name: senderName, address: 'erp@acme.example' },
      smtp: { ...defaultContent.smtp, hostname },
    },
  };
}

const built = (of: Transport): BuildResult => ({ ok: true, transport: of });
const broken = (retry: boolean): BuildResult => ({
  ok: false,
  failure: failure('connection-refused'),
  retry,
});

/** An applier whose builds are answered by the test, and whose receipts can be waited for. */
function setUp(
  t: Test,
  build: (wanted: ServerVersion) => Promise<BuildResult> | BuildResult,
  retryDelayMs = 1,
) {
  const initial = { state: 'disabled', serverId: 'default', content: defaultContent } as const;
  const current = createCurrentServing(initial);
  const receipts: Receipt[] = [];
  const waiting: { count: number; resolve: () => void }[] = [];
  const applier = createApplier({
    current,
    fingerprint: ({ content }) => content.smtp.hostname ?? '',
    build: async (wanted) => build(wanted),
    report(receipt) {
      receipts.push(receipt);
      waiting.filter(({ count }) => receipts.length >= count).forEach(({ resolve }) => resolve());
    },
    retryDelayMs: () => retryDelayMs,
  });
  t.teardown(() => applier.stop());
  const receipt = (count: number) =>
    new Promise<void>((resolve) => {
      waiting.push({ count, resolve });
      if (receipts.length >= count) {
        resolve();
      }
    });
  return { current, receipts, applier, receipt };
}

test('puts a version into service and says so', async (t) => {
  const first = transport('first');
  const { applier, current, receipts, receipt } = setUp(t, () => built(first));
  const wanted = version(1, 'one.example');
  applier.apply(wanted);
  await receipt(1);
  t.same(receipts, [{ version: wanted, state: 'applied', servingVersion: 1, failure: null }]);
  t.match(current.current(), {
    state: 'active',
    settingsVersion: 1,
    transport: first,
    content: wanted.content,
  });
});

test('builds the new transport beside the old one, swaps, and lets the old one drain', async (t) => {
  const drained = Promise.withResolvers<void>();
  const old = transport('old', drained.promise);
  const next = transport('next');
  const { applier, current, receipt } = setUp(t, ({ version: number }) => built(number === 1 ? old : next));
  applier.apply(version(1, 'one.example'));
  await receipt(1);
  applier.apply(version(2, 'two.example'));
  await receipt(2);
  t.match(current.current(), { settingsVersion: 2, transport: next });
  t.notOk(old.isClosed(), 'mail in flight keeps the old transport');
  drained.resolve();
  await old.closed;
  t.notOk(next.isClosed());
});

test('keeps the transport when neither connection nor secret change', async (t) => {
  let builds = 0;
  const only = transport('only');
  const { applier, current, receipts, receipt } = setUp(t, () => {
    builds += 1;
    return built(only);
  });
  applier.apply(version(1, 'one.example'));
  await receipt(1);
  applier.apply(version(2, 'one.example', 'Other name'));
  await receipt(2);
  t.equal(builds, 1);
  t.match(current.current(), {
    settingsVersion: 2,
    transport: only,
    content: { senderAddress: { name: 'Other name' } },
  });
  t.match(receipts[1], { state: 'applied', servingVersion: 2 });
  t.notOk(only.isClosed());
});

test('keeps the old version serving when the new one cannot be built', async (t) => {
  const old = transport('old');
  const { applier, current, receipts, receipt } = setUp(t, ({ version: number }) =>
    number === 1 ? built(old) : broken(false),
  );
  applier.apply(version(1, 'one.example'));
  await receipt(1);
  applier.apply(version(2, 'broken.example'));
  await receipt(2);
  t.match(receipts[1], { state: 'failed', servingVersion: 1, failure: { code: 'connection-refused' } });
  t.match(current.current(), { state: 'active', settingsVersion: 1, transport: old });
  t.notOk(old.isClosed());
  applier.apply(version(3, 'one.example'));
  await receipt(3);
  t.match(receipts[2], { state: 'applied', servingVersion: 3 }, 'going back needs no rebuild');
  t.match(current.current(), { settingsVersion: 3, transport: old });
});

test('tries again until the server is back', async (t) => {
  let tries = 0;
  const late = transport('late');
  const { applier, current, receipts, receipt } = setUp(t, () => {
    tries += 1;
    return tries < 4 ? broken(true) : built(late);
  });
  const counts: unknown[] = [];
  current.onChange((now) => counts.push(now.state === 'unavailable' ? now.tries?.count : now.state));
  applier.apply(version(1, 'one.example'));
  await receipt(1);
  t.match(current.current(), { state: 'unavailable', failure: { code: 'connection-refused' } });
  t.match(receipts[0], { state: 'failed', servingVersion: null });
  await receipt(4);
  t.same(
    receipts.map(({ state }) => state),
    ['failed', 'failed', 'failed', 'applied'],
  );
  t.match(current.current(), { state: 'active', transport: late });
  t.same(counts, [1, 2, 3, 'active'], 'each failed try is told of');
});

test('a failed try says when the next one is, and an early one that it is under way', async (t) => {
  const { applier, current, receipt } = setUp(t, () => broken(true), 3_600_000);
  applier.apply(version(1, 'one.example'));
  await receipt(1);
  t.match(current.current(), { state: 'unavailable', tries: { count: 1, nextInMs: 3_600_000 } });
  applier.retryNow();
  t.match(current.current(), { tries: { count: 1, nextInMs: null } });
  await receipt(2);
  t.match(current.current(), { tries: { count: 2, nextInMs: 3_600_000 } });
  applier.apply(version(2, 'two.example'));
  await receipt(3);
  t.match(current.current(), { tries: { count: 1 } }, 'other settings begin anew');
});

test('what was never tried counts as no try', async (t) => {
  const { applier, current, receipt } = setUp(t, () => broken(false));
  applier.apply(version(1, 'one.example'));
  await receipt(1);
  t.match(current.current(), { state: 'unavailable', tries: { count: 0, nextInMs: null } });
});

test('drops a version that was overtaken while it was being built', async (t) => {
  const slow = Promise.withResolvers<BuildResult>();
  const overtaken = transport('overtaken');
  const newest = transport('newest');
  const building = Promise.withResolvers<void>();
  const { applier, current, receipts, receipt } = setUp(t, ({ version: number }) => {
    building.resolve();
    return number === 1 ? slow.promise : built(newest);
  });
  applier.apply(version(1, 'one.example'));
  await building.promise;
  applier.apply(version(2, 'two.example'));
  applier.apply(version(3, 'three.example'));
  await receipt(1);
  t.match(receipts, [{ version: { version: 3 }, state: 'applied' }], 'nobody waits for the slow build');
  slow.resolve(built(overtaken));
  await overtaken.closed;
  t.equal(receipts.length, 1);
  t.match(current.current(), { settingsVersion: 3, transport: newest });
});

test('retires the transport when sending is switched off', async (t) => {
  const old = transport('old');
  const { applier, current, receipts, receipt } = setUp(t, () => built(old));
  applier.apply(version(1, 'one.example'));
  await receipt(1);
  applier.apply(version(2, null));
  await receipt(2);
  await old.closed;
  t.match(current.current(), { state: 'disabled' });
  t.match(receipts[1], { state: 'applied', servingVersion: 2 });
});

test('switching off and going back wait for no build', async (t) => {
  const never = new Promise<BuildResult>(() => {});
  const old = transport('old');
  const { applier, current, receipts, receipt } = setUp(t, ({ version: number }) =>
    number === 1 ? built(old) : never,
  );
  applier.apply(version(1, 'one.example'));
  await receipt(1);
  applier.apply(version(2, 'tarpit.example'));
  applier.apply(version(3, 'one.example'));
  t.match(receipts[1], { state: 'applied', servingVersion: 3 });
  applier.apply(version(4, 'tarpit.example'));
  applier.apply(version(5, null));
  t.match(receipts[2], { version: { version: 5 }, state: 'applied' });
  t.match(current.current(), { state: 'disabled' }, 'no mail goes out from here on');
  await old.closed;
  applier.apply(version(6, 'tarpit.example'));
  await applier.stop();
});

test('reports a build that throws as failed', async (t) => {
  const { applier, receipts, receipt } = setUp(t, () => Promise.reject(new Error('no such thing')));
  applier.apply(version(1, 'one.example'));
  await receipt(1);
  t.match(receipts[0], { state: 'failed', failure: { detail: 'no such thing' } });
});

test('closes what serves when it stops, and builds nothing more', async (t) => {
  const last = transport('last');
  const { applier, receipt, receipts } = setUp(t, () => built(last));
  applier.apply(version(1, 'one.example'));
  await receipt(1);
  await applier.stop();
  t.ok(last.isClosed());
  applier.apply(version(2, 'two.example'));
  await applier.stop();
  t.equal(receipts.length, 1);
});
