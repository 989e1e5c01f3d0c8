import { execFile } from 'node:child_process';
import { hash } from 'node:crypto';
import { cp, mkdir, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { openDirectoryStore } from '@postausgang/content-store';
import { topics } from '@postausgang/contracts';
import { openKeyRing } from '@postausgang/credentials';
import { openInstallation, openSqliteLog, type SqliteLog } from '@postausgang/event-log';
import { type Test, test } from 'tap';
import { makeBackup, restoreBackup, verifyBackup } from '../../services/standalone/src/backup/backup.ts';
import { runBackupCommand } from '../../services/standalone/src/backup/command.ts';
import { BackupError, type Manifest } from '../../services/standalone/src/backup/manifest.ts';
import { readRestoredNote } from '../../services/standalone/src/restored-note.ts';

const command = new URL('../../services/standalone/src/postausgang.ts', import.meta.url).pathname;

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command as `npx postausgang` does, in this process. */
async function postausgang(args: readonly string[], dataFolder = ''): Promise<Ended> {
  const printed = { out: '', err: '' };
  const streamOf = (name: 'out' | 'err') => ({
    write: (text: string | Uint8Array) => {
      printed[name] += String(text);
      return true;
    },
  });
  const code = await runBackupCommand({
    args,
    dataFolder: async () => dataFolder,
    out: streamOf('out'),
    err: streamOf('err'),
  });
  return { code, ...printed };
}

/** The same as a process of its own. */
const startPostausgang = (args: readonly string[], variables: Readonly<Record<string, string>>) =>
  new Promise<Ended>((resolve) => {
    const env = { PATH: process.env['PATH'] ?? '', ...variables };
    const child = execFile(process.execPath, [command, ...args], { env }, (_error, out, err) =>
      resolve({ code: child.exitCode ?? -1, out, err }),
    );
  });

const record = (text: string) => ({ key: 'k', headers: {}, value: Buffer.from(text) });

interface DataFolder {
  readonly directory: string;
  readonly log: SqliteLog;
  readonly installationId: string;
}

/** A data folder whose log is in use, with two attachments and a key. */
async function makeDataFolder(t: Test): Promise<DataFolder> {
  const directory = join(t.testdir(), 'data');
  const onError = (error: Error): void => void t.fail(error.message);
  const log = await openSqliteLog({ directory, topics: Object.values(topics), onError });
  t.teardown(() => log.close());
  const { installation } = await openInstallation({
    log,
    logName: 'The log',
    statePath: join(directory, 'installation.json'),
    name: 'Werk Süd',
    source: '/config-api',
    acceptOther: false,
    now: () => new Date(),
    newId: () => '0199c8a0-0000-7000-8000-000000000001',
    logger: { warn: () => undefined },
  });
  const store = await openDirectoryStore(join(directory, 'content'));
  await store.put(Buffer.alloc(300_000, 'a'));
  await store.put(Buffer.alloc(300_001, 'b'));
  await store.close();
  await openKeyRing(join(directory, 'keys'));
  await writeFile(join(directory, 'admin.key'), 'the admin key\n', { mode: 0o600 });
  await writeFile(join(directory, 'session.key'), 'not in a backup', { mode: 0o600 });
  return { directory, log, installationId: installation.id };
}

const quietly = (): void => undefined;

/** What is damaged; a backup without a sound manifest says so in one sentence. */
async function damageOf(backup: string): Promise<readonly string[]> {
  try {
    return (await verifyBackup(backup, quietly)).damage;
  } catch (error) {
    if (error instanceof BackupError && error.kind === 'damaged') return [error.message];
    throw error;
  }
}

const backUp = ({ directory }: DataFolder, backup: string, withKeys = true): Promise<Manifest> =>
  makeBackup({
    directory,
    backup,
    withKeys,
    now: () => new Date(),
    onProgress: quietly,
    warn: quietly,
  });

test('a backup is made while the log is in use, and says what it is', async (t) => {
  const data = await makeDataFolder(t);
  const backup = join(t.testdirName, 'backups', 'first');
  await data.log.append(topics.mailRequests.name, [record('before')]);
  const made = await startPostausgang(['backup', '--with-keys', backup], { DATA_DIR: data.directory });
  t.match(made, { code: 0, err: '', out: /taken at .*Z, by version .*Werk Süd.*2 attachments/s });
  await data.log.append(topics.mailRequests.name, [record('after')]);

  const manifest = JSON.parse(await readFile(join(backup, 'manifest.json'), 'utf8')) as Manifest;
  t.match(manifest, {
    format: 1,
    installation: { id: data.installationId, name: 'Werk Süd' },
    records: { [topics.mailRequests.name]: 1, [topics.settings.name]: 1 },
    hasKeys: true,
  });
  t.same(
    manifest.files.map(({ path }) => path.replace(/[0-9a-f]{2}\/[0-9a-f]{64}/, '…')),
    ['events.db', 'content/sha256/…', 'content/sha256/…', 'keys/key-1.jwk.json', 'admin.key'],
  );
  t.same((await readdir(backup)).toSorted(), [
    'admin.key',
    'content',
    'events.db',
    'keys',
    'manifest.json',
    'manifest.json.sha256',
  ]);
  t.match(await postausgang(['verify', backup]), { code: 0, out: /complete and undamaged.*2 attachments/s });
  t.match(await postausgang(['backup', backup], data.directory), {
    code: 1,
    err: /is not empty \(admin\.key, content, events\.db\)/,
  });
});

test('a backup without keys holds no secret, and says so', async (t) => {
  const data = await makeDataFolder(t);
  const backup = join(t.testdirName, 'backup');
  const made = await postausgang(['backup', backup], data.directory);
  t.match(made, { code: 0, out: /holds no private keys/ });
  t.same((await readdir(backup)).toSorted(), [
    'content',
    'events.db',
    'manifest.json',
    'manifest.json.sha256',
  ]);
  const restored = await postausgang(['restore', backup, join(t.testdirName, 'restored')]);
  t.match(restored, { code: 0, out: /Put the folder keys there before the first start/ });
});

test('the copy is the log at one moment, however much is written meanwhile', async (t) => {
  const data = await makeDataFolder(t);
  const { log } = data;
  const append = (count: number) =>
    log.append(
      topics.mailRequests.name,
      Array.from({ length: count }, () => record('x'.repeat(50_000))),
    );
  for (let batch = 0; batch < 10; batch += 1) await append(60);
  let isWriting = true;
  const writing = (async () => {
    for (; isWriting; await turn()) await append(5);
  })();
  const { records } = await backUp(data, join(t.testdirName, 'backup'));
  isWriting = false;
  await writing;
  const found = records[topics.mailRequests.name] ?? 0;
  const [bounds] = await log.bounds(topics.mailRequests.name);
  t.ok(found >= 600 && found < (bounds?.end ?? 0), `${found} of ${bounds?.end} records`);
  t.match(await postausgang(['verify', join(t.testdirName, 'backup')]), { code: 0 });
});

/** Every way in which a file is not what it was. */
const damages = {
  'one bit': async (path: string) => {
    const bytes = await readFile(path);
    const at = Math.floor(bytes.length / 2);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    await writeFile(path, bytes);
  },
  'one byte less': async (path: string) => truncate(path, (await stat(path)).size - 1),
  'no bytes': (path: string) => truncate(path, 0),
  'one byte more': (path: string) => writeFile(path, '\n', { flag: 'a' }),
  missing: (path: string) => rm(path),
};

test('every damage to every file is found, and nothing is restored of it', async (t) => {
  const data = await makeDataFolder(t);
  const backup = join(t.testdirName, 'backup');
  const { files } = await backUp(data, backup);
  const paths = [...files.map(({ path }) => path), 'manifest.json', 'manifest.json.sha256'];
  for (const [index, path] of paths.entries()) {
    for (const [what, damage] of Object.entries(damages)) {
      // A checksum with a line more is the same checksum.
      if (path === 'manifest.json.sha256' && what.startsWith('one byte')) continue;
      const damaged = join(t.testdirName, `${index}-${what}`);
      await cp(backup, damaged, { recursive: true });
      await damage(join(damaged, path));
      const name = `${path}: ${what}`;
      const found = await damageOf(damaged);
      t.equal(found.length, 1, name);
      t.match(found[0], path, name);
      const target = join(t.testdirName, 'restored');
      const restoring = restoreBackup({ backup: damaged, directory: target, onProgress: quietly });
      await t.rejects(restoring, /^The backup is damaged|^manifest\.json|manifest\.json\.$/, name);
      t.notOk(await readdir(target).catch(() => undefined), `${name}: nothing is left`);
      await rm(damaged, { recursive: true });
    }
  }
});

test('what is damaged is named by the commands, with an exit code of its own', async (t) => {
  const data = await makeDataFolder(t);
  const backup = join(t.testdirName, 'backup');
  await backUp(data, backup);
  await rm(join(backup, 'admin.key'));
  await damages['one bit'](join(backup, 'events.db'));
  t.match(await postausgang(['verify', backup]), {
    code: 3,
    out: '',
    err: /events\.db has another checksum.*admin\.key is missing.*is damaged: 2 of 5 files/s,
  });
  t.match(await postausgang(['restore', backup, join(t.testdirName, 'restored')]), { code: 3, out: '' });
  await rm(join(backup, 'manifest.json'));
  t.match(await postausgang(['verify', backup]), { code: 3, err: /is no backup, or one that did not end/ });
});

/** A manifest that somebody has changed, with the checksum that belongs to it. */
async function forge(backup: string, change: (manifest: Manifest) => object): Promise<void> {
  const path = join(backup, 'manifest.json');
  const manifest = JSON.parse(await readFile(path, 'utf8')) as Manifest;
  const text = JSON.stringify(change(manifest));
  await writeFile(path, text);
  await writeFile(`${path}.sha256`, `${hash('sha256', text)}  manifest.json\n`);
}

test('nothing is restored that no backup holds, or that a newer version has made', async (t) => {
  const data = await makeDataFolder(t);
  const backup = join(t.testdirName, 'backup');
  const target = join(t.testdirName, 'restored');
  await backUp(data, backup);
  const foreign = ['../evil', '/etc/passwd', 'keys/../../evil', 'content/sha256/../../evil', 'restored.json'];
  for (const path of foreign) {
    await forge(backup, (manifest) => ({
      ...manifest,
      files: [{ path, sizeBytes: 0, sha256: '0'.repeat(64) }],
    }));
    t.match(await postausgang(['restore', backup, target]), { code: 3, err: /is no manifest/ }, path);
  }
  await forge(backup, (manifest) => ({ ...manifest, format: 3 }));
  t.match(await postausgang(['restore', backup, target]), { code: 1, err: /a newer version/ });
  t.notOk(await readdir(target).catch(() => undefined));
});

test('a backup is restored into a new or an empty folder, which then says where it comes from', async (t) => {
  const data = await makeDataFolder(t);
  const backup = join(t.testdirName, 'backup');
  const { takenAt } = await backUp(data, backup);
  const full = join(t.testdirName, 'full');
  await mkdir(full);
  await writeFile(join(full, 'anything'), 'precious');
  t.match(await postausgang(['restore', backup, full]), { code: 1, err: /is not empty \(anything\)/ });
  t.same(await readdir(full), ['anything']);

  const target = join(t.testdirName, 'target');
  await mkdir(target);
  const restored = await postausgang(['restore', backup, target]);
  t.match(restored, { code: 0, err: '', out: new RegExp(`"as":"restored".*"backupTakenAt":"${takenAt}"`) });
  t.same((await readdir(target)).toSorted(), ['admin.key', 'content', 'events.db', 'keys', 'restored.json']);
  for (const name of ['events.db', 'keys/key-1.jwk.json', 'admin.key']) {
    t.equal((await stat(join(target, name))).mode & 0o777, 0o600, name);
  }
  const note = await readRestoredNote(target);
  t.equal(note?.takenAt, takenAt);
  await note?.forget();
  t.equal(await readRestoredNote(target), undefined);
  await writeFile(join(target, 'restored.json'), '{');
  t.match(await readRestoredNote(target), { takenAt: null }, 'a note that cannot be read still counts');
});

test('a command that cannot be done changes nothing, and says why', async (t) => {
  const data = await makeDataFolder(t);
  const backup = join(t.testdirName, 'backup');
  for (const args of [
    [],
    ['backup'],
    ['restore', 'a'],
    ['verify', '--with-keys', 'a'],
    ['backup', '--all', 'a'],
    ['list'],
  ]) {
    t.match(await postausgang(args), { code: 2, out: '', err: /^Usage:/ }, args.join(' '));
  }
  t.match(await postausgang(['--help']), { code: 0, out: /^Usage:/, err: '' });
  const empty = join(t.testdirName, 'empty');
  await mkdir(empty);
  t.match(await postausgang(['backup', backup], empty), {
    code: 1,
    err: /There is no event log in/,
  });
  t.same(await readdir(empty), []);
  t.match(await startPostausgang(['backup', backup], { KAFKA_BROKERS: 'broker:9092' }), {
    code: 1,
    err: /docs\/operations\.md/,
  });
  t.match(await postausgang(['verify', join(t.testdirName, 'nowhere')]), { code: 3, err: /is no backup/ });
  t.match(await postausgang(['backup', join(data.directory, 'events.db')], data.directory), {
    code: 1,
    err: /is a file/,
  });
  t.notOk(await readdir(backup).catch(() => undefined), 'no folder is left behind');
});

test('a log that is damaged is not backed up as if it were sound', async (t) => {
  const data = await makeDataFolder(t);
  await data.log.append(topics.mailRequests.name, [record('x'.repeat(500_000))]);
  await data.log.close();
  const path = join(data.directory, 'events.db');
  const bytes = await readFile(path);
  bytes.fill(0xff, 3 * 32_768, 3 * 32_768 + 64);
  await writeFile(path, bytes);
  const backup = join(t.testdirName, 'backup');
  const made = await postausgang(['backup', backup], data.directory);
  t.match(made, { code: 1, err: /is damaged|malformed/ });
  t.notOk(await readdir(backup).catch(() => undefined));
});
