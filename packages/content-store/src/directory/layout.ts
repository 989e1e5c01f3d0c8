import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeFolder, syncDirectory } from './durable-file.ts';

/** Where things lie in the folder of a store: `sha256/e3/e3b0…` and, while they are written, `tmp/…`. */
export interface Layout {
  readonly contentFolder: string;
  readonly temporaryFolder: string;
  /** The place of some content. */
  pathOf(sha256: string): string;
  temporaryPath(): string;
  /** Makes the folder of a place, durably. */
  makeFolderOf(path: string): Promise<void>;
}

/**
 * Makes the two folders. Later nothing but the folders within `sha256` is made: where that one is gone, the store is
 * not there (a share that is not mounted), and nothing must be written into the empty place.
 */
export async function openLayout(directory: string): Promise<Layout> {
  const contentFolder = join(directory, 'sha256');
  const temporaryFolder = join(directory, 'tmp');
  const firstMade = await mkdir(directory, { recursive: true, mode: 0o700 });
  await makeFolder(contentFolder);
  await makeFolder(temporaryFolder);
  await syncDirectory(directory);
  if (firstMade !== undefined) {
    await syncDirectory(dirname(firstMade));
  }
  const made = new Map<string, Promise<void>>();
  return {
    contentFolder,
    temporaryFolder,
    pathOf: (sha256) => join(contentFolder, sha256.slice(0, 2), sha256),
    temporaryPath: () => join(temporaryFolder, randomUUID()),
    async makeFolderOf(path) {
      const folder = dirname(path);
      const making = made.get(folder) ?? makeDurably(folder);
      made.set(folder, making);
      try {
        await making;
      } catch (error) {
        made.delete(folder);
        throw error;
      }
    },
  };
}

async function makeDurably(folder: string): Promise<void> {
  await makeFolder(folder);
  await syncDirectory(dirname(folder));
}
