import { hash } from 'node:crypto';
import { test } from 'tap';
import { type ContentStore, ContentStoreError } from '@postausgang/content-store';
import { type Attachment, type MailRequested, readRecord, writeRecord } from '@postausgang/contracts';
import type { Mail } from '../../../packages/mail/src/mail.ts';
import { type InlineMailRequested, isInline } from '../../../packages/message/src/attachments.ts';
import {
  claimLargeContent,
  contentLimitBytes,
  hasLargeContent,
  inlineLimitBytes,
  loadContent,
} from '../../../packages/message/src/claim-check.ts';
import { createContentPruning } from '../../../services/mailer/src/engine/content-pruning.ts';
import { payloadDigestOf } from '../../../services/mailer/src/view/read-request.ts';
import { waitFor } from '../../peers/wait-for.ts';
import { createTestClock, startMs } from '../engine/harness.ts';

const dayMs = 24 * 60 * 60 * 1000;

function memoryStore(): Pick<ContentStore, 'put' | 'get'> & { readonly stored: Map<string, Uint8Array> } {
  const stored = new Map<string, Uint8Array>();
  return {
    stored,
    async put(bytes) {
      const sha256 = hash('sha256', bytes, 'hex');
      stored.set(sha256, bytes);
      return { sha256, sizeBytes: bytes.length };
    },
    async get(sha256) {
      const bytes = stored.get(sha256);
      if (bytes === undefined) throw new ContentStoreError('content-missing', 'none');
      return bytes;
    },
  };
}

const attachment = (sizeBytes: number, more: Partial<Attachment> = {}): Attachment => ({
  filename: 'a.pdf',
  contentType: 'application/pdf',
  content: Buffer.alloc(sizeBytes, 'Anlage').toString('base64'),
  ...more,
});
const composed = (...attachments: Attachment[]): InlineMailRequested => ({
  id: 'm1',
  to: [{ address: 'kunde@example.com' }],
  subject: 'Hallo',
  attachments,
});
const finished = (sizeBytes: number): InlineMailRequested => ({
  id: 'm1',
  envelope: { from: 'a@example.com', to: ['b@example.com'] },
  raw: Buffer.alloc(sizeBytes, 'From: a@example.com\r\n').toString('base64'),
});

test('takes out what is larger than 256 KiB, and nothing else', async (t) => {
  t.equal(inlineLimitBytes, 262_144);
  for (const [sizeBytes, large] of [
    [0, false],
    [200_000, false],
    [262_143, false],
    [262_144, false],
    [262_145, true],
    [262_146, true],
  ] as const) {
    t.equal(hasLargeContent(composed(attachment(1), attachment(sizeBytes))), large, `${sizeBytes}`);
    t.equal(hasLargeContent(finished(sizeBytes)), large, `${sizeBytes}`);
    const store = memoryStore();
    await claimLargeContent(store, composed(attachment(1), attachment(sizeBytes)));
    await claimLargeContent(store, finished(sizeBytes));
    t.equal(store.stored.size, large ? 2 : 0);
  }
  t.notOk(hasLargeContent({ id: 'm1', to: [] }));
});

test('puts back what it took out, and the digest of the request stays the same', async (t) => {
  const requests = [
    composed(
      attachment(1),
      attachment(300_000),
      attachment(300_000, { contentId: 'logo' }),
      attachment(400_000),
    ),
    finished(300_000),
  ];
  for (const request of requests) {
    const store = memoryStore();
    const claimed = await claimLargeContent(store, request);
    t.ok(isInline(request));
    t.notOk(isInline(claimed));
    t.ok(JSON.stringify(claimed).length < 1000);
    t.equal(payloadDigestOf(claimed), payloadDigestOf(request));
    t.same(await loadContent(store, claimed), request);
    t.equal(await loadContent(store, request), request, 'what is complete stays as it is');
    const record = writeRecord('k', {
      id: 'e1',
      type: 'io.postausgang.mail-requested.v1',
      source: '/test',
      time: '2026-11-23T08:16:00Z',
      data: claimed,
    });
    t.match(readRecord(record), { ok: true, event: { data: claimed } });
    store.stored.clear();
    await t.rejects(loadContent(store, claimed), { code: 'content-missing' });
  }
});

test('loads the same content once, one after the other, and only as much as was claimed', async (t) => {
  const store = memoryStore();
  const [small, other] = [Buffer.alloc(300_000, 'a'), Buffer.alloc(300_001, 'b')];
  const [first, second] = [await store.put(small), await store.put(other)];
  const asked: [string, number | undefined][] = [];
  let running = 0;
  const counting: Pick<ContentStore, 'get'> = {
    async get(sha256, maxBytes) {
      asked.push([sha256, maxBytes]);
      running += 1;
      t.equal(running, 1);
      const bytes = await store.get(sha256);
      running -= 1;
      return bytes;
    },
  };
  const label = { filename: 'a.pdf', contentType: 'application/pdf' };
  const of = (...claims: { sha256: string; sizeBytes: number }[]): MailRequested => ({
    id: 'm1',
    to: [{ address: 'kunde@example.com' }],
    attachments: claims.map((claim) => ({ ...label, ...claim })),
  });
  const loaded = await loadContent(counting, of(first, second, first, first));
  t.equal('attachments' in loaded ? loaded.attachments?.length : 0, 4);
  t.same(asked, [
    [first.sha256, 300_000],
    [second.sha256, 300_001],
  ]);

  const lies = { ...first, sizeBytes: 299_999 };
  for (const claims of [[lies], [first, lies]]) {
    await t.rejects(loadContent(counting, of(...claims)), {
      code: 'content-corrupt',
      message: /has 300000 bytes, and the mail claims 299999/,
    });
  }
});

test('loads nothing of a mail that claims more than a mail may have', async (t) => {
  const sha256 = 'a'.repeat(64);
  const asked: string[] = [];
  const store = {
    get(name: string): Promise<Uint8Array> {
      asked.push(name);
      return Promise.reject(new ContentStoreError('content-missing', 'none'));
    },
  };
  const claim = (sizeBytes: number) => ({ filename: 'a', contentType: 'a/b', sha256, sizeBytes });
  const composedOf = (...attachments: (ReturnType<typeof claim> | Attachment)[]): MailRequested => ({
    id: 'm1',
    to: [],
    attachments,
  });
  const rawOf = (rawSizeBytes: number): MailRequested => ({
    id: 'm1',
    envelope: { from: 'a@example.com', to: ['b@example.com'] },
    rawSha256: sha256,
    rawSizeBytes,
  });
  const large = 1024 * 1024;
  const refused = [
    composedOf(...Array.from({ length: 101 }, () => claim(large))),
    composedOf(claim(contentLimitBytes), attachment(1)),
    rawOf(contentLimitBytes + 1),
  ];
  for (const request of refused) {
    await t.rejects(loadContent(store, request), {
      code: 'content-corrupt',
      message: /^The content of the mail has \d+ bytes, and 104857600 are allowed$/,
    });
  }
  t.same(asked, []);
  await t.rejects(loadContent(store, composedOf(claim(contentLimitBytes))), { code: 'content-missing' });
  await t.rejects(loadContent(store, rawOf(contentLimitBytes)), { code: 'content-missing' });
});

test('tells other content from the same, wherever it lies', async (t) => {
  const store = memoryStore();
  const digests = new Set<string>();
  const requests = [
    composed(attachment(300_000)),
    composed(attachment(300_001)),
    composed(attachment(300_000, { filename: 'b.pdf' })),
    finished(300_000),
    finished(300_001),
  ];
  for (const request of requests) {
    digests.add(payloadDigestOf(await claimLargeContent(store, request)));
  }
  t.equal(digests.size, requests.length);
});

test('refuses claims that are none', async (t) => {
  const sha256 = 'a'.repeat(64);
  const label = { filename: 'a.pdf', contentType: 'application/pdf' };
  const reasonFor = (one: object) => {
    const data = { id: 'm1', to: [], attachments: [{ ...label, ...one }] } as unknown as MailRequested;
    const attributes = { id: 'e1', source: '/test', time: '2026-11-23T08:16:00Z' };
    const record = writeRecord('k', { ...attributes, type: 'io.postausgang.mail-requested.v1', data });
    const result = readRecord(record);
    return result.ok ? 'ok' : result.reason;
  };
  t.equal(reasonFor({ sha256, sizeBytes: 1 }), 'ok');
  const wrong = [
    { sha256 },
    { sha256: '../../keys/active', sizeBytes: 1 },
    { sha256: sha256.toUpperCase(), sizeBytes: 1 },
    { sha256, sizeBytes: -1 },
    { sha256, sizeBytes: 1, path: '/etc/passwd' },
    { sha256, sizeBytes: 1, content: 'AAAA' },
  ];
  for (const one of wrong) {
    t.equal(reasonFor(one), 'data-invalid', JSON.stringify(one));
  }
});

test('prunes every day what no mail can need any more', async (t) => {
  const clock = createTestClock();
  const pruned: Date[] = [];
  const warnings: unknown[] = [];
  const waiting = new Map<string, Pick<Mail, 'acceptedAtMs'>>();
  let isDown = false;
  const pruning = createContentPruning({
    store: {
      async prune(olderThan) {
        pruned.push(olderThan);
        if (isDown) throw new ContentStoreError('content-unavailable', 'down');
        return 1;
      },
    },
    view: {
      inState: (state) => (state === 'held' ? [...waiting.keys()] : []),
      get: (id) => waiting.get(id) as Mail | undefined,
    },
    clock,
    logger: { info: () => undefined, warn: (...warning: unknown[]) => void warnings.push(warning) },
  });
  const nth = (count: number) =>
    waitFor(`prune ${count}`, () => (pruned.length === count ? pruned.at(-1) : undefined));
  pruning.start();
  t.same(await nth(1), new Date(startMs - 14 * dayMs));

  waiting.set('m1', { acceptedAtMs: startMs - 30 * dayMs });
  isDown = true;
  await clock.next();
  t.same(await nth(2), new Date(startMs - 31 * dayMs), 'what a mail waits for stays');
  await waitFor('a warning', () => (warnings.length === 1 ? true : undefined));

  waiting.clear();
  isDown = false;
  await clock.next();
  t.same(await nth(3), new Date(startMs + 2 * dayMs - 14 * dayMs), 'goes on after a failure');
  await pruning.stop();
  await clock.advance(3 * dayMs);
  t.equal(pruned.length, 3);
});
