import { randomBytes } from 'node:crypto';
import { readdir, rename, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ContentStore, openDirectoryStore } from '@postausgang/content-store';
import { type Test, test } from 'tap';
import { codeOf, contentStoreSuite, sha256Of } from './suite.ts';

const longAgo = new Date('2026-01-01T00:00:00Z');
const lately = new Date('2026-02-01T00:00:00Z');
const hasModeBits = process.platform !== 'win32';

interface Opened {
  readonly store: ContentStore;
  readonly directory: string;
  readonly pathOf: (bytes: Uint8Array) => string;
}

async function open(t: Test, now = () => lately): Promise<Opened> {
  const directory = join(t.testdir({}), 'data', 'content');
  const store = await openDirectoryStore(directory, now);
  t.teardown(() => store.close());
  const pathOf = (bytes: Uint8Array) => {
    const sha256 = sha256Of(bytes);
    return join(directory, 'sha256', sha256.slice(0, 2), sha256);
  };
  return { store, directory, pathOf };
}

test('a folder is a content store', async (t) => {
  await contentStoreSuite(t, async (t) => (await open(t)).store);
});

test('keeps each content in one file for its owner only, and leaves nothing half written', async (t) => {
  const { store, directory, pathOf } = await open(t);
  const bytes = randomBytes(1000);
  await Promise.all([store.put(bytes), store.put(bytes), store.put(bytes)]);
  t.same(await readdir(join(directory, 'tmp')), []);
  t.same(await readdir(join(pathOf(bytes), '..')), [sha256Of(bytes)]);
  if (hasModeBits) {
    const modes = [pathOf(bytes), join(pathOf(bytes), '..'), directory].map(async (path) =>
      ((await stat(path)).mode & 0o777).toString(8),
    );
    t.same(await Promise.all(modes), ['600', '700', '700']);
  }
});

test('finds what another process has put', async (t) => {
  const { store, directory } = await open(t);
  const bytes = randomBytes(1000);
  const { sha256 } = await store.put(bytes);
  const other = await openDirectoryStore(directory);
  t.ok(bytes.equals(await other.get(sha256)));
  await other.close();
});

test('knows a damaged file by its hash, and a new put mends it', async (t) => {
  const { store, pathOf } = await open(t);
  const bytes = randomBytes(1000);
  const { sha256 } = await store.put(bytes);
  await truncate(pathOf(bytes), 999);
  t.equal(await codeOf(store.get(sha256)), 'content-corrupt');
  await writeFile(pathOf(bytes), randomBytes(1000));
  t.equal(await codeOf(store.get(sha256)), 'content-corrupt');
  await store.put(bytes);
  t.ok(bytes.equals(await store.get(sha256)));
});

test('does not take an unmounted share for an empty store', async (t) => {
  const { store, directory, pathOf } = await open(t);
  const [known, other] = [randomBytes(1000), randomBytes(1001)];
  const { sha256 } = await store.put(known);
  const away = `${directory}-away`;
  await rename(join(directory, 'sha256'), away);
  t.equal(await codeOf(store.get(sha256)), 'content-unavailable');
  t.equal(await codeOf(store.put(known)), 'content-unavailable');
  t.equal(await codeOf(store.put(other)), 'content-unavailable');
  t.equal(await codeOf(store.prune(lately)), 'content-unavailable');
  t.same(await readdir(join(directory, 'tmp')), [], 'nothing is left in the empty place');
  await rename(away, join(directory, 'sha256'));
  t.ok(known.equals(await store.get(sha256)), 'and goes on when it is back');
  await store.put(other);
  t.ok((await stat(pathOf(other))).isFile());
});

test('tells what the file system said, but not where', async (t) => {
  const directory = t.testdir({ content: 'a file' });
  const opening = openDirectoryStore(join(directory, 'content'));
  t.equal(await codeOf(opening), 'content-unavailable');
  await t.rejects(opening, {
    message: 'The content store does not work: EEXIST',
    retriable: true,
    cause: { code: 'EEXIST' },
  });
});

test('removes what was put last before a time', async (t) => {
  let now = longAgo;
  const { store, directory } = await open(t, () => now);
  const [old, renewed, young] = [randomBytes(1000), randomBytes(1001), randomBytes(1002)];
  await Promise.all([old, renewed].map((bytes) => store.put(bytes)));
  const [leftover, current] = [join(directory, 'tmp', 'left-by-a-crash'), join(directory, 'tmp', 'current')];
  await writeFile(leftover, 'x');
  await utimes(leftover, longAgo, longAgo);
  await writeFile(current, 'x');
  await utimes(current, lately, lately);
  t.equal(await store.prune(longAgo), 0, 'nothing is older');
  now = lately;
  await Promise.all([renewed, young].map((bytes) => store.put(bytes)));
  t.equal(await store.prune(lately), 1);
  t.equal(await codeOf(store.get(sha256Of(old))), 'content-missing');
  t.ok(renewed.equals(await store.get(sha256Of(renewed))), 'putting it again has renewed it');
  t.ok(young.equals(await store.get(sha256Of(young))));
  t.same(await readdir(join(directory, 'tmp')), ['current']);
});

test('never loses what is put while it is pruned', async (t) => {
  const { store, directory, pathOf } = await open(t);
  const other = await openDirectoryStore(directory, () => lately);
  const bytes = randomBytes(1000);
  await store.put(bytes);
  for (let round = 0; round < 100; round += 1) {
    await utimes(pathOf(bytes), longAgo, longAgo);
    await Promise.all([other.prune(lately), store.put(bytes), store.prune(lately)]);
    if (!bytes.equals(await store.get(sha256Of(bytes)))) t.fail(`round ${round}`);
  }
  t.same(await readdir(join(directory, 'tmp')), []);
  await other.close();
});
