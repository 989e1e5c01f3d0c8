import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ContentStore, createS3Store, type S3StoreOptions } from '@postausgang/content-store';
import { AwsClient } from 'aws4fetch';
import { type Test, test } from 'tap';
import { requirePeer } from '../peers/peer.ts';
import { startS3Server } from '../peers/s3/s3-server.ts';
import { codeOf, contentStoreSuite, sha256Of } from './suite.ts';

function open(t: Test, options: S3StoreOptions): ContentStore {
  const store = createS3Store(options);
  t.teardown(() => store.close());
  return store;
}

test('a bucket is a content store', async (t) => {
  if (!requirePeer(t, 's3')) return;
  const { address, bucket, stop, ...credentials } = await startS3Server(t);
  const options = { url: `${address}/${bucket}/content`, ...credentials };
  const bytes = randomBytes(300_000);
  const sha256 = sha256Of(bytes);

  await contentStoreSuite(t, async (t) => open(t, options));

  await t.test('knows a damaged object by its hash, and a new put mends it', async (t) => {
    const store = open(t, options);
    await store.put(bytes);
    const s3 = new AwsClient({ ...credentials, service: 's3' });
    await s3.fetch(`${options.url}/${sha256}`, { method: 'PUT', body: bytes.subarray(1) });
    t.equal(await codeOf(store.get(sha256)), 'content-corrupt');
    await store.put(bytes);
    t.ok(bytes.equals(await store.get(sha256)));
  });

  await t.test('leaves old objects to the bucket', async (t) => {
    const store = open(t, options);
    await store.put(bytes);
    t.equal(await store.prune(new Date(Date.now() + 60_000)), 0);
    t.ok(bytes.equals(await store.get(sha256)));
  });

  await t.test('does not take a wrong key or a wrong bucket for an empty store', async (t) => {
    for (const wrong of [{ secretAccessKey: 'wrong' }, { url: `${address}/elsewhere/` }]) {
      const store = open(t, { ...options, ...wrong });
      t.equal(await codeOf(store.get(sha256)), 'content-unavailable', Object.keys(wrong).join());
      t.equal(await codeOf(store.put(bytes)), 'content-unavailable', Object.keys(wrong).join());
    }
    await t.rejects(open(t, { ...options, secretAccessKey: 'wrong' }).get(sha256), {
      message: 'The content store answered 403 SignatureDoesNotMatch',
    });
  });

  await t.test('says when the server is gone', async (t) => {
    await stop();
    const store = open(t, options);
    t.equal(await codeOf(store.put(bytes)), 'content-unavailable');
    t.equal(await codeOf(store.get(sha256)), 'content-unavailable');
  });
});

test('gives up a body without end as soon as it is too large', async (t) => {
  const server = createServer((_request, response) => {
    const write = (): void => void response.write(Buffer.alloc(1000), () => response.destroyed || write());
    write();
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const cancelled = new Promise<void>((resolve) => {
    server.on('request', (_request, response) => response.once('close', resolve));
  });
  const { port } = server.address() as AddressInfo;
  const keys = { region: 'eu-central-1', accessKeyId: 'a', secretAccessKey: 'b' };
  const store = open(t, { url: `http://127.0.0.1:${port}/`, ...keys });
  t.equal(await codeOf(store.get('a'.repeat(64), 5_000)), 'content-corrupt');
  await cancelled;
});

test('waits for a server only so long, tries a busy one again, and follows none to another place', async (t) => {
  let answered = 0;
  const server = createServer((request, response) => {
    const [, scenario] = (request.url ?? '').split('/');
    if (scenario === 'busy') {
      answered += 1;
      response.writeHead(answered < 3 ? 503 : 200).end('<Error><Code>SlowDown</Code></Error>');
    } else if (scenario === 'moved') {
      response.writeHead(307, { location: '/busy/x' }).end('<Error><Code>TemporaryRedirect</Code></Error>');
    }
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const at = (scenario: string, timeoutMs?: number) =>
    open(t, {
      url: `http://127.0.0.1:${port}/${scenario}/`,
      region: 'eu-central-1',
      accessKeyId: 'a',
      secretAccessKey: 'b',
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    });
  t.equal(await codeOf(at('silent', 50).put(randomBytes(1))), 'content-unavailable');
  t.equal(await codeOf(at('moved').put(randomBytes(1))), 'content-unavailable');
  t.equal(answered, 0);
  t.equal(await codeOf(at('busy').put(randomBytes(1))), 'fulfilled');
  t.equal(answered, 3);
});
