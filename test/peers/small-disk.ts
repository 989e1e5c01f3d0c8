import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import { isContinuousIntegration, isRoot } from './known-peers.ts';

export interface SmallDisk {
  readonly path: string;
  /** Fills it up, but for so many bytes. */
  readonly fill: (butForBytes: number) => Promise<void>;
  /** Takes away what `fill` has put there. */
  readonly free: () => Promise<void>;
  readonly remount: (how: 'ro' | 'rw') => void;
}

const why =
  'a file system of its own can only be mounted by root on Linux; run the tests as root in a container';

/** Somebody else has written at the same time: what is there was filled all the same. */
function ignoreFull(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOSPC') throw error;
}

/** A file system in memory that is unmounted after the test; undefined, said loudly, where none can be mounted. */
export async function mountSmallDisk(t: Test, megabytes: number): Promise<SmallDisk | undefined> {
  const path = await mkdtemp(join(tmpdir(), 'small-disk-'));
  try {
    if (!isRoot()) throw new Error(why);
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=700`, 'tmpfs', path], {
      stdio: 'pipe',
    });
  } catch {
    await rm(path, { recursive: true });
    if (isContinuousIntegration()) t.fail(`peer missing: ${why}`);
    else t.pass('needs a small disk', { skip: `peer missing: ${why}` });
    return undefined;
  }
  t.teardown(async () => {
    execFileSync('umount', [path]);
    await rm(path, { recursive: true });
  });
  const ballast = join(path, 'ballast');
  return {
    path,
    async fill(butForBytes) {
      const { bavail, bsize } = await statfs(path);
      const ballastBytes = Math.max(bavail * bsize - butForBytes, 0);
      await writeFile(ballast, Buffer.alloc(ballastBytes, 1)).catch(ignoreFull);
    },
    free: () => rm(ballast, { force: true }),
    remount: (how) => execFileSync('mount', ['-o', `remount,${how}`, path]),
  };
}
