import { type Test, test } from 'tap';
import {
  completeSettings,
  password,
  type Service,
  serverPath,
  type ServiceOptions,
  startService,
} from './fixture.ts';

interface Block {
  readonly id: string;
  readonly event: string | undefined;
  readonly data: { readonly data?: Record<string, unknown> } | undefined;
}

/** Reads `GET /v1/events` as a browser does. */
async function watch(t: Test, { app }: Service, key: string, lastEventId?: string) {
  const abort = new AbortController();
  t.teardown(() => abort.abort());
  const address = app.server.listening ? addressOf(app) : await app.listen({ host: '127.0.0.1', port: 0 });
  const response = await fetch(`${address}/v1/events`, {
    headers: {
      authorization: `Bearer ${key}`,
      ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
    },
    signal: abort.signal,
  });
  const blocks = readBlocks(response);
  return {
    status: response.status,
    headers: response.headers,
    next: async () => (await blocks.next()).value,
    /** The next block with this event. */
    async until(event: string): Promise<Block> {
      for await (const block of { [Symbol.asyncIterator]: () => blocks })
        if (block.event === event) return block;
      throw new Error(`the stream ended before ${event}`);
    },
    leave: () => abort.abort(),
  };
}

function addressOf(app: Service['app']): string {
  const address = app.server.address();
  return typeof address === 'object' ? `http://127.0.0.1:${address?.port}` : '';
}

/** `for await` would end the stream with the loop, so it is asked by hand. */
function readBlocks({ body }: Response) {
  const reader = body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  const next = async (): Promise<IteratorResult<Block, undefined>> => {
    const end = text.indexOf('\n\n');
    if (end >= 0) {
      const block = text.slice(0, end);
      text = text.slice(end + 2);
      return { done: false, value: parse(block) };
    }
    const chunk = await reader?.read();
    if (chunk === undefined || chunk.done) return { done: true, value: undefined };
    text += chunk.value;
    return next();
  };
  return { next };
}

function parse(block: string): Block {
  const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1];
  const data = field('data');
  return {
    id: field('id') ?? '',
    event: field('event'),
    data: data === undefined ? undefined : JSON.parse(data),
  };
}

const start = (t: Test, options: ServiceOptions = {}) => startService(t, options);
const save = ({ call }: Service, version: number, timeoutSeconds: number) =>
  call('PUT', serverPath, {
    body: { ...completeSettings, timeoutSeconds },
    headers: { 'if-match': `"${version}"` },
  });

test('tells what changes, without any secret, when it can be read', async (t) => {
  const service = await start(t);
  const stream = await watch(t, service, service.adminKey);
  t.equal(stream.status, 200);
  t.match(stream.headers.get('content-type'), 'text/event-stream');
  t.equal(stream.headers.get('x-accel-buffering'), 'no');
  t.match(await stream.next(), { event: 'ready' });
  await save(service, 0, 60);
  const changed = await stream.until('settings-changed');
  t.match(changed.data?.data, {
    resource: 'outgoing-servers/default',
    operation: 'put',
    changedBy: 'first admin key',
  });
  t.notMatch(JSON.stringify(changed), /jwe|ciphertext/);
  t.notMatch(JSON.stringify(changed), password);
  t.match((await service.call('GET', serverPath)).body, { version: 1 });
});

test('tells that sending is no longer held, and nothing of the place or the key', async (t) => {
  const service = await start(t);
  const stream = await watch(t, service, await service.keyWith('settings:read'));
  await service.publisher.publish('environmentConfirmed', 'environment', {
    environmentId: 'e1',
    as: 'copy',
    place: { device: '2049', folder: '131073', log: '131075' },
    actor: { kind: 'system', id: 'x', name: 'x' },
    reason: null,
    keptKeyId: 'k1',
  });
  const confirmed = await stream.until('environment-confirmed');
  t.strictSame(confirmed.data?.data, { as: 'copy' });
});

test('tells the steps of a connection test as they happen', async (t) => {
  const service = await start(t);
  const { publisher, call } = service;
  await save(service, 0, 60);
  await publisher.publish('mailerStarted', 'm1', { mailerId: 'm1' });
  const stream = await watch(t, service, service.adminKey);
  const { body } = await call('POST', `${serverPath}/connection-tests`, { body: {} });
  const testId = String(body['id']);
  const of = { testId, resource: 'outgoing-servers/default', mailerId: 'm1' };
  for (const name of ['resolve', 'connect'] as const) {
    await publisher.publish('connectionTestProgressed', testId, { ...of, step: { name, state: 'ok' } });
  }
  const path = `${serverPath}/connection-tests/${testId}`;
  t.match((await stream.until('connection-test-progressed')).data?.data, { step: { name: 'resolve' } });
  t.match((await stream.until('connection-test-progressed')).data?.data, { step: { name: 'connect' } });
  t.match((await call('GET', path)).body, {
    state: 'running',
    mailerId: 'm1',
    steps: [{ name: 'resolve' }, { name: 'connect' }],
  });
  const at = new Date().toISOString();
  const steps = [{ name: 'resolve', state: 'ok' } as const, { name: 'connect', state: 'failed' } as const];
  await publisher.publish('connectionTestResult', testId, {
    ...of,
    state: 'failed',
    startedAt: at,
    finishedAt: at,
    steps,
  });
  await stream.until('connection-test-result');
  await publisher.publish('connectionTestProgressed', testId, { ...of, step: { name: 'data', state: 'ok' } });
  await stream.until('connection-test-progressed');
  t.match((await call('GET', path)).body, { state: 'failed', steps: [{}, { state: 'failed' }] });
});

test('goes on behind the last event that was read, and says when it cannot', async (t) => {
  const service = await start(t);
  const first = await watch(t, service, service.adminKey);
  await save(service, 0, 60);
  const { id } = await first.until('settings-changed');
  first.leave();
  await save(service, 1, 61);
  await save(service, 2, 62);
  const second = await watch(t, service, service.adminKey, id);
  t.match(await second.next(), { event: 'ready', id });
  const missed = await second.until('settings-changed');
  const last = await second.until('settings-changed');
  t.not(missed.id, last.id);
  const other = await watch(t, service, service.adminKey, 's999.t0.r0.m0');
  t.match(await other.next(), { event: 'reset', id: last.id }, 'the log has no such position');
  const garbage = await watch(t, service, service.adminKey, 'what is this');
  t.match(await garbage.next(), { event: 'ready', id: last.id });
});

test('shows what one may see, and nothing to others', async (t) => {
  const service = await start(t);
  const mail = await watch(t, service, await service.keyWith('mail:read'));
  t.match((await mail.next())?.id, /^m\d+$/);
  const nobody = await watch(t, service, await service.keyWith('mail:send'));
  t.equal(nobody.status, 403);
  t.equal((await service.call('GET', '/v1/events', { key: null })).status, 401);
});

test('tells a key of its own mail only, and with :all of every mail', async (t) => {
  const service = await start(t);
  const { body } = await service.call('POST', '/v1/api-keys', {
    body: { name: 'billing', scopes: ['mail:read'] },
  });
  const own = await watch(t, service, String(body['key']));
  const all = await watch(t, service, await service.keyWith('mail:read:all'));
  await own.next();
  await all.next();
  const requesters = {
    foreign: { kind: 'api-key', id: 'other', name: 'payroll' },
    token: { kind: 'token', id: String(body['id']), name: 'billing' },
    old: undefined,
    unknown: null,
    own: { kind: 'api-key', id: String(body['id']), name: 'billing' },
  } as const;
  for (const [mailId, requestedBy] of Object.entries(requesters)) {
    await service.publisher.publish('mailHeld', mailId, {
      mailId,
      messageId: null,
      businessReference: null,
      metadata: {},
      reason: 'requested',
      ...(requestedBy === undefined ? {} : { requestedBy }),
    });
  }
  t.match(await own.until('mail-held'), { data: { data: { mailId: 'own' } } });
  for (const mailId of Object.keys(requesters)) {
    t.match(await all.until('mail-held'), { data: { data: { mailId } } });
  }
});

test('a quiet stream shows that it lives, ends with its key, and lets the server stop', async (t) => {
  const service = await start(t, { limits: { heartbeatMs: 20 } });
  const { body } = await service.call('POST', '/v1/api-keys', {
    body: { name: 'x', scopes: ['settings:read'] },
  });
  const stream = await watch(t, service, String(body['key']));
  await stream.next();
  const beat = await stream.next();
  t.equal(beat?.event, undefined);
  t.match(beat?.id, /^s\d+\.r\d+$/, 'and says how far it is');
  await service.call('DELETE', `/v1/api-keys/${body['id']}`);
  while ((await stream.next()) !== undefined);
  t.pass('the key was revoked');
  const open = await watch(t, service, service.adminKey);
  await open.next();
  await service.close();
  while ((await open.next()) !== undefined);
  t.pass('the server has stopped');
});

test('nobody can read with too many streams', async (t) => {
  const service = await start(t);
  const key = await service.keyWith('mail:read');
  const streams = [await watch(t, service, key)];
  while (streams.at(-1)?.status === 200) streams.push(await watch(t, service, key));
  t.equal(streams.length, 31);
  t.equal(streams.at(-1)?.status, 429);
  streams.forEach(({ leave }) => leave());
  let status = 429;
  while (status === 429) ({ status } = await watch(t, service, key));
  t.equal(status, 200, 'who leaves makes room');
});
