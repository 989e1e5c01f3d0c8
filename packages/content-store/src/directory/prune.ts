import { readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ifThere } from './durable-file.ts';
import type { Layout } from './layout.ts';

/** Removes what was put last before this time, and what a crash has left half written. Says how many contents. */
export async function prune(layout: Layout, olderThan: Date): Promise<number> {
  let removed = 0;
  for (const folder of await readdir(layout.contentFolder)) {
    const directory = join(layout.contentFolder, folder);
    for (const name of await readdir(directory)) {
      removed += (await removeIfOld(join(directory, name), layout.temporaryPath(), olderThan)) ? 1 : 0;
    }
  }
  for (const name of await readdir(layout.temporaryFolder)) {
    const path = join(layout.temporaryFolder, name);
    if (await isOlder(path, olderThan)) {
      await rm(path, { force: true });
    }
  }
  return removed;
}

async function removeIfOld(path: string, aside: string, olderThan: Date): Promise<boolean> {
  if (!(await isOlder(path, olderThan)) || !(await isMoved(path, aside))) {
    return false;
  }
  if (!(await isOlder(aside, olderThan))) {
    await ifThere(rename(aside, path));
    return false;
  }
  await rm(aside, { force: true });
  return true;
}

async function isOlder(path: string, time: Date): Promise<boolean> {
  const stats = await ifThere(stat(path));
  return stats !== undefined && stats.mtimeMs < time.getTime();
}

/** Another mailer may prune at the same time. */
async function isMoved(path: string, aside: string): Promise<boolean> {
  return (await ifThere(rename(path, aside).then(() => true))) ?? false;
}
