import promises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { type Test, test } from 'tap';
import {
  createPrivateFile,
  ensurePrivateDirectory,
  readPrivateFile,
  replacePrivateFile,
} from '@postausgang/configuration';

const { chmod, chown, mkdir, readdir, readFile, stat, writeFile } = promises;

/** As Kubernetes leaves a volume with `fsGroup`: setgid folders and files of the group. */
async function groupVolume(t: Test): Promise<{ readonly directory: string; readonly file: string }> {
  const directory = join(t.testdir(), 'volume');
  const file = join(directory, 'a.key');
  await mkdir(directory);
  await chown(directory, process.getuid?.() ?? 0, process.getgid?.() ?? 0);
  await createPrivateFile(file, 'geheim\n');
  await chmod(directory, 0o2770);
  await chmod(file, 0o660);
  return { directory, file };
}

test('a volume that belongs to the group of this process is private', async (t) => {
  const { directory, file } = await groupVolume(t);
  await ensurePrivateDirectory(directory);
  t.equal(await readPrivateFile(file), 'geheim\n');
});

test('a group, or others, that can reach a file are refused, with what mends it', async (t) => {
  const { directory, file } = await groupVolume(t);
  for (const mode of [0o664, 0o662, 0o661]) {
    await chmod(file, mode);
    await t.rejects(readPrivateFile(file), {
      code: 'file-permissions',
      message: /chmod 600 .*dir_mode=0700/,
    });
  }
  await chmod(file, 0o660);
  await chmod(directory, 0o770);
  await t.rejects(readPrivateFile(file), /mode 660/, 'the group of the folder alone means nothing');
  await t.rejects(ensurePrivateDirectory(directory), /chmod 700/);
  await chmod(directory, 0o2777);
  await t.rejects(ensurePrivateDirectory(directory), /mode 777/);
});

test('a new file is complete, private, and never replaces one', async (t) => {
  const file = join(t.testdir(), 'below', 'a.key');
  t.equal(await createPrivateFile(file, 'first'), true);
  t.equal(await createPrivateFile(file, 'second'), false);
  t.equal(await readFile(file, 'utf8'), 'first');
  t.equal((await stat(file)).mode & 0o777, 0o600);
  await replacePrivateFile(file, 'third');
  t.equal(await readPrivateFile(file), 'third');
  t.strictSame(await readdir(join(file, '..')), ['a.key'], 'nothing else stays behind');
  t.equal(await readPrivateFile(`${file}.none`), undefined);
});

/** SMB and blobfuse know no hard links. */
function withoutHardLinks(t: Test, code: string): void {
  const { link } = promises;
  promises.link = () => Promise.reject(Object.assign(new Error(code), { code }));
  syncBuiltinESMExports();
  t.teardown(() => {
    promises.link = link;
    syncBuiltinESMExports();
  });
}

for (const code of ['EPERM', 'ENOTSUP', 'ENOSYS']) {
  test(`a volume without hard links (${code}) keeps files just as well`, async (t) => {
    withoutHardLinks(t, code);
    const directory = t.testdir();
    const file = join(directory, 'a.key');
    const made = await Promise.all(['a', 'b', 'c', 'd'].map((text) => createPrivateFile(file, text)));
    t.equal(made.filter(Boolean).length, 1, 'one of several processes makes the file');
    t.match(await readPrivateFile(file), /^[abcd]$/);
    t.strictSame(await readdir(directory), ['a.key']);

    const abandoned = join(directory, 'b.key');
    await writeFile(abandoned, '', { mode: 0o600 });
    t.equal(await createPrivateFile(abandoned, 'text'), true, 'a name that a crash left reserved is used');
    t.equal(await readPrivateFile(abandoned), 'text');
  });
}
