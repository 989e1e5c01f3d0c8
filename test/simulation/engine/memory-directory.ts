import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';

/** A folder on a disk in memory where there is one: no history needs what it has written. */
export async function memoryDirectory(t: Pick<Test, 'teardown'>): Promise<string> {
  const directory = await mkdtemp(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'postausgang-'));
  t.teardown(() => rm(directory, { recursive: true, force: true }));
  return directory;
}
