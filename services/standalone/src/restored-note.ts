/**
 * The note in a data folder that a command has restored, until a person has said what the folder is. The place of the log
 * says nothing there: the file system may give the restored files the very inodes of those that were lost.
 */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { RestoredData } from '@postausgang/config-api';
import { replacePrivateFile, syncDirectory } from '@postausgang/configuration';

const noteFile = 'restored.json';

/** Resolves when the note is durable. */
export async function writeRestoredNote(directory: string, takenAt: string): Promise<void> {
  await replacePrivateFile(join(directory, noteFile), `${JSON.stringify({ takenAt }, undefined, 2)}\n`);
}

/** undefined: the folder was not restored, or a person has already said what it is. */
export async function readRestoredNote(directory: string): Promise<RestoredData | undefined> {
  const path = join(directory, noteFile);
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  return {
    takenAt: takenAtOf(text),
    async forget() {
      await rm(path, { force: true });
      await syncDirectory(directory);
    },
  };
}

/** null: whatever the note says, it is no time. The folder was restored all the same. */
function takenAtOf(note: string): string | null {
  try {
    const value: unknown = JSON.parse(note);
    const takenAtMs = Date.parse(String(Reflect.get(Object(value), 'takenAt')));
    return Number.isFinite(takenAtMs) ? new Date(takenAtMs).toISOString() : null;
  } catch {
    return null;
  }
}
