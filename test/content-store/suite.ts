import { hash, randomBytes } from 'node:crypto';
import { type ContentStore, ContentStoreError, type ContentStoreErrorCode } from '@postausgang/content-store';
import type { Test } from 'tap';

export const sha256Of = (bytes: Uint8Array): string => hash('sha256', bytes, 'hex');

/** Waits for the refusal; says its code. */
export async function codeOf(work: Promise<unknown>): Promise<ContentStoreErrorCode | 'fulfilled'> {
  try {
    await work;
    return 'fulfilled';
  } catch (error) {
    if (error instanceof ContentStoreError) return error.code;
    throw error;
  }
}

/** What every store does, whatever it keeps its content in. */
export async function contentStoreSuite(t: Test, open: (t: Test) => Promise<ContentStore>): Promise<void> {
  await t.test('gives back what was put, by its hash', async (t) => {
    const store = await open(t);
    for (const size of [0, 1, 300_000, 5_000_000]) {
      const bytes = randomBytes(size);
      t.same(await store.put(bytes), { sha256: sha256Of(bytes), sizeBytes: size });
      t.ok(bytes.equals(await store.get(sha256Of(bytes))), `${size} bytes`);
    }
  });

  await t.test('reads no more than whoever asks expects', async (t) => {
    const store = await open(t);
    const bytes = randomBytes(300_000);
    const { sha256, sizeBytes } = await store.put(bytes);
    t.ok(bytes.equals(await store.get(sha256, sizeBytes)));
    for (const maxBytes of [0, 1, sizeBytes - 1]) {
      t.equal(await codeOf(store.get(sha256, maxBytes)), 'content-corrupt', `${maxBytes} bytes`);
    }
  });

  await t.test('takes the same content again, also at the same time', async (t) => {
    const store = await open(t);
    const bytes = randomBytes(400_000);
    const stored = { sha256: sha256Of(bytes), sizeBytes: bytes.length };
    const puts = Array.from({ length: 8 }, () => store.put(bytes));
    t.same(
      await Promise.all(puts),
      puts.map(() => stored),
    );
    t.same(await store.put(Uint8Array.from(bytes)), stored);
    t.ok(bytes.equals(await store.get(stored.sha256)));
  });

  await t.test('says that it does not hold what was never put', async (t) => {
    const store = await open(t);
    t.equal(await codeOf(store.get(sha256Of(randomBytes(8)))), 'content-missing');
    const noHashes = ['', '..', '../tmp', `${'a'.repeat(63)}/`, 'A'.repeat(64), `${'a'.repeat(64)}\n`];
    for (const name of noHashes) {
      t.equal(await codeOf(store.get(name)), 'content-missing', JSON.stringify(name));
    }
  });

  await t.test('ends what is under way before it is closed, and takes nothing afterwards', async (t) => {
    const store = await open(t);
    const bytes = randomBytes(300_000);
    let isStored = false;
    const storing = store.put(bytes).then(() => {
      isStored = true;
    });
    await store.close();
    t.ok(isStored);
    await storing;
    t.equal(await codeOf(store.put(bytes)), 'store-closed');
    t.equal(await codeOf(store.get(sha256Of(bytes))), 'store-closed');
    t.equal(await codeOf(store.prune(new Date(0))), 'store-closed');
    await store.close();
  });
}
