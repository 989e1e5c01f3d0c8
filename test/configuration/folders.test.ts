import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'tap';
import { explainFileError, requireWritableFolder } from '@postausgang/configuration';

/** The superuser may write everywhere, so this goes on as somebody else. */
async function asOrdinaryUser(run: () => Promise<void>): Promise<void> {
  if (process.getuid?.() !== 0) return run();
  process.seteuid?.(65_534);
  try {
    await run();
  } finally {
    process.seteuid?.(0);
  }
}

test('a folder that can be used is made, and nothing stays behind in it', async (t) => {
  const folder = join(t.testdir(), 'a', 'b');
  await requireWritableFolder('DATA_DIR', folder);
  await requireWritableFolder('DATA_DIR', folder);
  t.strictSame(await readdir(folder), []);
});

test('a folder that cannot be used is told with the variable, the reason and what to do', async (t) => {
  const folder = t.testdir();
  const locked = join(folder, 'locked');
  const file = join(folder, 'file');
  mkdirSync(locked);
  writeFileSync(file, '');
  chmodSync(folder, 0o755);
  chmodSync(locked, 0o555);
  const reasons: readonly (readonly [string, RegExp])[] = [
    [locked, /DATA_DIR: \S+locked may not be used by user \d+.*chown -R \d+ '.*locked'.*fsGroup.*\(EACCES\)/],
    [join(locked, 'below'), /may not be used by user \d+.*\(EACCES\)/],
    [file, /is a file, or below one, where a folder is needed.*\(EEXIST\)/],
    [join(file, 'below'), /is a file, or below one, where a folder is needed.*\(ENOTDIR\)/],
  ];
  await asOrdinaryUser(async () => {
    for (const [path, message] of reasons) {
      await t.rejects(requireWritableFolder('DATA_DIR', path), { code: 'configuration-invalid', message });
    }
  });
});

test('only errors of the file system are explained', (t) => {
  const error = (code: string, path?: string) => Object.assign(new Error(code), { code, path });
  t.match(
    explainFileError(error('EROFS', '/data')),
    /^\/data is on a read-only file system\. Mount a volume/,
  );
  t.match(explainFileError(error('ENOSPC', '/data')), /no space left/);
  t.match(explainFileError(error('EDQUOT', '/data')), /over its quota/);
  for (const other of [error('EACCES'), error('ECONNREFUSED', '/run/x'), new Error('x'), undefined]) {
    t.equal(explainFileError(other), undefined);
  }
  t.end();
});
