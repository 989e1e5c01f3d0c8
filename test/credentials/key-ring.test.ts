import { chmod, mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { calculateJwkThumbprint } from 'jose';
import { test, type Test } from 'tap';
import {
  addKey,
  createOpener,
  createSealer,
  createSecret,
  openKeyRing,
  readPublicKeyFile,
  revealSecret,
  writePublicKeyFile,
} from '@postausgang/credentials';

const binding = { resource: 'outgoing-servers/default', field: '/smtp/password', destination: 'digest' };
const firstKeyFile = 'key-1.jwk.json';

const keyDirectory = (t: Test): string => join(t.testdir(), 'keys');

async function modeOf(path: string): Promise<string> {
  return ((await stat(path)).mode & 0o777).toString(8);
}

async function storedKey(directory: string): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(join(directory, firstKeyFile), 'utf8'));
}

test('the first start creates one key that only its owner can read', async (t) => {
  const directory = keyDirectory(t);
  const ring = await openKeyRing(directory);
  t.strictSame(await readdir(directory), [firstKeyFile], 'no temporary file stays');
  t.equal(await modeOf(directory), '700');
  t.equal(await modeOf(join(directory, firstKeyFile)), '600');
  const { d, ...publicMembers } = await storedKey(directory);
  t.type(d, 'string');
  t.strictSame(ring.publicKeys, { activeKeyId: ring.activeKeyId, keys: [publicMembers] });
  t.equal(ring.activeKeyId, await calculateJwkThumbprint({ ...publicMembers, kty: 'EC' }), 'RFC 7638');
});

test('the next start opens the same key and writes nothing', async (t) => {
  const directory = keyDirectory(t);
  const first = await openKeyRing(directory);
  const before = await stat(join(directory, firstKeyFile));
  const second = await openKeyRing(directory);
  t.strictSame(second.publicKeys, first.publicKeys);
  t.equal((await stat(join(directory, firstKeyFile))).mtimeMs, before.mtimeMs);
});

test('several first starts at once end up with the same key', async (t) => {
  const directory = keyDirectory(t);
  const rings = await Promise.all(Array.from({ length: 8 }, () => openKeyRing(directory)));
  t.equal(new Set(rings.map((ring) => ring.activeKeyId)).size, 1);
  t.strictSame(await readdir(directory), [firstKeyFile]);
});

test('what is published about the ring holds nothing private', async (t) => {
  const directory = keyDirectory(t);
  const ring = await openKeyRing(directory);
  const { d } = await storedKey(directory);
  t.notOk(ring.publicKeys.keys.some((key) => 'd' in key));
  for (const printed of [JSON.stringify(ring), inspect(ring, { depth: null, showHidden: true })]) {
    t.notOk(printed.includes(String(d)));
  }
});

test('an added key becomes the active one while the older keys keep opening', async (t) => {
  const directory = keyDirectory(t);
  const old = await openKeyRing(directory);
  const sealedBefore = await createSealer(old.publicKeys).seal(createSecret('before'), binding);
  const ring = await addKey(directory);
  t.not(ring.activeKeyId, old.activeKeyId);
  t.equal(ring.publicKeys.keys.length, 2);
  t.strictSame((await openKeyRing(directory)).publicKeys, ring.publicKeys);
  const sealedAfter = await createSealer(ring.publicKeys).seal(createSecret('after'), binding);
  t.equal(sealedAfter.keyId, ring.activeKeyId);
  const opener = createOpener(ring);
  t.equal(revealSecret(await opener.open(sealedBefore, binding)), 'before');
  t.equal(revealSecret(await opener.open(sealedAfter, binding)), 'after');
  await t.rejects(createOpener(old).open(sealedAfter, binding), {
    code: 'key-unknown',
    message: new RegExp(ring.activeKeyId),
  });
});

test('keys added at once all stay, and the tenth comes after the ninth', async (t) => {
  const directory = keyDirectory(t);
  await openKeyRing(directory);
  await Promise.all(Array.from({ length: 8 }, () => addKey(directory)));
  const ring = await addKey(directory);
  t.equal(ring.publicKeys.keys.length, 10);
  t.equal(ring.publicKeys.keys.at(-1)?.kid, ring.activeKeyId);
  const tenth: unknown = JSON.parse(await readFile(join(directory, 'key-10.jwk.json'), 'utf8'));
  t.match(tenth, { kid: ring.activeKeyId });
});

test('refuses keys that group or others can reach, with the command that mends it', async (t) => {
  const directory = join(t.testdir(), "it's here");
  await openKeyRing(directory);
  const file = join(directory, firstKeyFile);
  const quote = (path: string): string => `'${path.replace("'", String.raw`'\''`)}'`;
  for (const mode of [0o640, 0o604, 0o620, 0o601]) {
    await chmod(file, mode);
    await t.rejects(openKeyRing(directory), refusal(file, mode, `chmod 600 ${quote(file)}`));
    await t.rejects(addKey(directory), { code: 'file-permissions' });
  }
  await chmod(file, 0o400);
  await t.resolves(openKeyRing(directory), 'read-only for the owner is fine');
  await chmod(directory, 0o755);
  await t.rejects(openKeyRing(directory), refusal(directory, 0o755, `chmod 700 ${quote(directory)}`));
});

function refusal(path: string, mode: number, command: string): { code: string; message: string } {
  return {
    code: 'file-permissions',
    message:
      `Others than its owner can reach ${path} (mode ${mode.toString(8)}). Run: ${command} ` +
      '(where the volume ignores chmod, as SMB does, mount it with file_mode=0600,dir_mode=0700)',
  };
}

test('refuses a file that is no sealing key, without quoting it', async (t) => {
  const directory = keyDirectory(t);
  await openKeyRing(directory);
  const file = join(directory, firstKeyFile);
  const key = await storedKey(directory);
  const other = await storedKeyElsewhere(t);
  const d = String(key['d']);
  const contents: Record<string, string> = {
    'an empty file': '',
    'half a file': JSON.stringify(key).slice(0, -3),
    'text that is no JSON': d,
    'another JSON value': JSON.stringify([d]),
    'no private value': JSON.stringify({ ...key, d: undefined }),
    'a short private value': JSON.stringify({ ...key, d: d.slice(0, 20) }),
    'a private value outside the group': JSON.stringify({ ...key, d: '_'.repeat(42) + '8' }),
    'the private value of another key': JSON.stringify({ ...key, d: other['d'] }),
    'the key id of another key': JSON.stringify({ ...key, kid: other['kid'] }),
    'another curve': JSON.stringify({ ...key, crv: 'P-384' }),
    'another kind of key': JSON.stringify({ ...key, kty: 'OKP' }),
    'half a point': JSON.stringify({ ...key, y: undefined }),
  };
  for (const [title, content] of Object.entries(contents)) {
    await writeFile(file, content);
    const error: unknown = await openKeyRing(directory).catch((caught: unknown) => caught);
    t.match(error, { code: 'key-file-malformed', message: file }, title);
    t.notOk(
      inspect(error, { depth: null }).includes(d.slice(0, 10)),
      `${title}: nothing of the key in the error`,
    );
  }
});

async function storedKeyElsewhere(t: Test): Promise<Record<string, unknown>> {
  const directory = join(t.testdirName, 'other-keys');
  await openKeyRing(directory);
  return storedKey(directory);
}

test('refuses a key file whose name has no number and ignores other files', async (t) => {
  const directory = keyDirectory(t);
  await mkdir(directory, { mode: 0o700 });
  await writeFile(join(directory, 'README'), 'keys of the mailer');
  await writeFile(join(directory, '.left-over.tmp'), '{', { mode: 0o600 });
  await t.resolves(openKeyRing(directory));
  await rename(join(directory, firstKeyFile), join(directory, 'key-01.jwk.json'));
  await t.rejects(openKeyRing(directory), { code: 'key-file-malformed', message: /key-01\.jwk\.json/ });
});

test('says so when the directory cannot be used', async (t) => {
  const directory = join(t.testdir({ occupied: 'a file' }), 'occupied');
  await t.rejects(openKeyRing(directory), { code: 'EEXIST', path: directory });
});

test('the public half reaches those who seal as a file', async (t) => {
  const directory = t.testdir();
  const path = join(directory, 'shared', 'public-keys.json');
  const { publicKeys } = await openKeyRing(join(directory, 'keys'));
  await Promise.all([1, 2, 3].map(() => writePublicKeyFile(path, publicKeys)));
  t.same(await readPublicKeyFile(path), publicKeys);
  t.same(await readdir(join(directory, 'shared')), ['public-keys.json'], 'nothing else is left');
  const before = await stat(path);
  await writePublicKeyFile(path, publicKeys);
  t.equal((await stat(path)).ino, before.ino, 'the same ring is not written again');
  const { publicKeys: longer } = await addKey(join(directory, 'keys'));
  await writePublicKeyFile(path, longer);
  t.equal((await readPublicKeyFile(path)).activeKeyId, longer.activeKeyId);
});

test('refuses a file of public keys that is none', async (t) => {
  const directory = t.testdir();
  const path = join(directory, 'public-keys.json');
  await t.rejects(readPublicKeyFile(path), {
    code: 'public-key-missing',
    message: /public-keys\.json \(ENOENT\)/,
  });
  const { publicKeys } = await openKeyRing(join(directory, 'keys'));
  const [key] = publicKeys.keys;
  const wrong = [
    '{',
    'null',
    '[]',
    JSON.stringify({ ...publicKeys, activeKeyId: 1 }),
    JSON.stringify({ ...publicKeys, keys: 'none' }),
    JSON.stringify({ ...publicKeys, keys: [null] }),
    JSON.stringify({ ...publicKeys, keys: [{ ...key, d: key?.x }] }),
    JSON.stringify({ ...publicKeys, keys: [] }),
    JSON.stringify({ ...publicKeys, more: 1 }),
  ];
  for (const text of wrong) {
    await writeFile(path, text);
    await t.rejects(readPublicKeyFile(path), { code: 'public-key-malformed' }, text);
  }
});
