import { hash } from 'node:crypto';
import { truncate, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'tap';
import { ContentStoreError, openDirectoryStore } from '@postausgang/content-store';
import type { MailRequested } from '@postausgang/contracts';
import { composeMail } from '../../../packages/message/src/compose.ts';
import { claimLargeContent } from '../../../packages/message/src/claim-check.ts';
import { checkMailRequested } from '../../../services/mailer/src/request/check-mail-requested.ts';
import {
  active,
  createTransport,
  finished,
  mailEvents,
  minuteMs,
  openLog,
  openQueue,
  startMs,
  storyOf,
} from './harness.ts';

const large = Buffer.alloc(300_000, 'Anlage Anlage\r\n');
const sha256 = hash('sha256', large, 'hex');
const raw = Buffer.concat([
  Buffer.from('From: a@x.example\r\nMessage-ID: <own@x>\r\nDate: x\r\n\r\n'),
  large,
]);
const attachments = [
  { filename: 'a.pdf', contentType: 'application/pdf', content: large.toString('base64') },
];
const real = { compose: composeMail, checkRequest: checkMailRequested };
const withLarge = { attachments: [{ filename: 'a', contentType: 'a/b', sha256, sizeBytes: large.length }] };

test('a mail goes out with what it claims, and looks as if it had never been taken out', async (t) => {
  const { log, directory } = await openLog(t);
  const contentStore = await openDirectoryStore(join(directory, 'content'));
  const transport = createTransport();
  const bench = await openQueue(t, { log, directory, serving: active(transport), contentStore, ...real });
  const to = [{ address: 'kunde@x.example' }];
  const asClaimed = (request: object) =>
    claimLargeContent(contentStore, request as Parameters<typeof claimLargeContent>[1]);
  const inline = { id: 'm1', to, attachments };
  await bench.submit('m1', (await asClaimed(inline)) as { to: typeof to });
  await bench.until('m1', 'sent');
  const composed = composeMail(
    inline,
    { from: { name: 'ACME', address: 'erp@acme.example' } },
    { acceptedAtMs: startMs },
  );
  t.equal(transport.sends[0]?.message, new TextDecoder().decode(composed?.message.bytes));

  const envelope = { from: 'a@x.example', to: ['kunde@x.example'] };
  const claimed = await asClaimed({ id: 'm2', envelope, raw: raw.toString('base64') });
  await bench.request(claimed);
  await bench.until('m2', 'sent');
  t.match(transport.sends[1], { from: 'a@x.example', to: ['kunde@x.example'] });
  t.equal(transport.sends[1]?.message, raw.toString());
});

test('a claimed message that is none is refused like any other', async (t) => {
  const { log, directory } = await openLog(t);
  const contentStore = await openDirectoryStore(join(directory, 'content'));
  const bench = await openQueue(t, {
    log,
    directory,
    serving: active(createTransport()),
    contentStore,
    ...real,
  });
  const stored = await contentStore.put(Buffer.alloc(300_000));
  const envelope = { from: 'a@x.example', to: ['b@x.example'] };
  const claim: MailRequested = {
    id: 'm1',
    envelope,
    rawSha256: stored.sha256,
    rawSizeBytes: stored.sizeBytes,
  };
  await bench.request(claim);
  await bench.until('m1', 'failed');
  t.same(await storyOf(log, 'm1'), ['refused']);
});

test('a mail whose content is gone or damaged fails, and the next one goes out', async (t) => {
  const { log, directory } = await openLog(t);
  const contentStore = await openDirectoryStore(join(directory, 'content'));
  const transport = createTransport();
  const bench = await openQueue(t, { log, directory, serving: active(transport), contentStore, ...real });
  await contentStore.put(large);
  const path = join(directory, 'content', 'sha256', sha256.slice(0, 2), sha256);
  await truncate(path, 1000);
  await bench.submit('damaged', withLarge);
  await bench.until('damaged', 'failed');
  await unlink(path);
  await bench.submit('gone', withLarge);
  await bench.until('gone', 'failed');
  const tooMuch = withLarge.attachments.map((one) => ({ ...one, sizeBytes: 104_857_601 }));
  await bench.submit('too-much', { attachments: tooMuch });
  await bench.until('too-much', 'failed');
  await bench.submit('small');
  await bench.until('small', 'sent');
  t.equal(transport.sends.length, 1);
  t.match((await mailEvents(log)).map(({ data }) => data).slice(0, 3), [
    {
      mailId: 'damaged',
      recipients: [{ outcome: 'rejected', failure: { code: 'message-uncomposable' } }],
      failure: { detail: `The content of ${sha256} is not what was stored` },
    },
    { mailId: 'gone', failure: { detail: `The content store does not hold ${sha256}` } },
    { mailId: 'too-much', failure: { detail: /104857601 bytes, and 104857600 are allowed/ } },
  ]);
});

test('a mail waits on the schedule while the store is down, and other mail does not', async (t) => {
  const { log, directory } = await openLog(t);
  const store = { get: (_sha256: string): Promise<Uint8Array> => Promise.reject(down) };
  const down = new ContentStoreError('content-unavailable', 'The content store does not work: EIO');
  const transport = createTransport();
  const bench = await openQueue(t, {
    log,
    directory,
    serving: active(transport),
    contentStore: store,
    ...real,
  });
  await bench.submit('m1', withLarge);
  await bench.until('m1', 'deferred');
  t.match(bench.queue.status('m1'), {
    nextAttemptAt: new Date(startMs + 5 * minuteMs).toISOString(),
    recipients: [{ outcome: 'deferred', failure: { code: 'content-unavailable', detail: down.message } }],
    attempts: [],
  });
  await bench.submit('small');
  await bench.until('small', 'sent');
  await bench.clock.advance(5 * minuteMs);
  const notAfter = new Date(startMs + 19 * minuteMs).toISOString();
  await bench.submit('short', { ...withLarge, notAfter });
  await bench.until('short', 'deferred');
  await bench.clock.advance(6 * minuteMs);
  await bench.until('short', 'deferred');
  await bench.clock.advance(8 * minuteMs);
  await bench.until('short', 'expired');
  t.match(bench.queue.status('short')?.recipients, [
    { failure: { code: 'expired', detail: /^content-unavailable: / } },
  ]);

  store.get = async () => large;
  await bench.clock.advance(30 * minuteMs);
  await bench.until('m1', 'sent');
  t.equal(transport.sends.length, 2);
  const story = await storyOf(log, 'm1');
  t.same(new Set(story), new Set(['deferred', 'attempt-started', 'sent']));
  t.ok(story.filter((one) => one === 'deferred').length >= 2);
  const ids = (await mailEvents(log)).map(({ id }) => id).filter((id) => /^m1\/.*put-off/.test(id));
  t.ok(ids.length >= 2 && new Set(ids).size === ids.length, 'each decision is an event of its own');
});

test('an attempt that was made keeps its outcome when the content is put off later', async (t) => {
  const { log, directory } = await openLog(t);
  const store = { get: async (_sha256: string): Promise<Uint8Array> => large };
  const transport = createTransport(({ envelope: { to } }) => finished(to, 'deferred'));
  const bench = await openQueue(t, {
    log,
    directory,
    serving: active(transport),
    contentStore: store,
    ...real,
  });
  await bench.submit('m1', withLarge);
  await bench.until('m1', 'deferred');
  store.get = () => Promise.reject(new ContentStoreError('content-missing', 'gone'));
  await bench.clock.advance(6 * minuteMs);
  await bench.until('m1', 'failed');
  t.match(bench.queue.status('m1'), {
    attempts: [{ number: 1, outcome: 'deferred' }],
    recipients: [{ outcome: 'rejected', failure: { code: 'message-uncomposable' } }],
  });
});
