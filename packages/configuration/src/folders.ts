import { randomUUID } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigurationError } from './variables.ts';

/**
 * Makes sure that a folder, and some below it, are there, and that this process may write in them.
 *
 * @param variable that names the folder
 * @throws ConfigurationError that says what to do.
 */
export async function requireWritableFolder(
  variable: string,
  directory: string,
  ...below: readonly string[]
): Promise<void> {
  for (const folder of [directory, ...below.map((name) => join(directory, name))]) {
    await requireWritable(variable, folder);
  }
}

async function requireWritable(variable: string, directory: string): Promise<void> {
  const probe = join(directory, `.${randomUUID()}.tmp`);
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await writeFile(probe, '', { flag: 'wx', mode: 0o600 });
    await rm(probe);
  } catch (error) {
    const sentence = explainFileError(error, directory) ?? `${directory} cannot be used: ${String(error)}.`;
    throw new ConfigurationError([`${variable}: ${sentence}`]);
  }
}

/**
 * Why a file or folder cannot be used, and what to do about it, in one sentence; undefined where the error is not the
 * file system's.
 */
export function explainFileError(error: unknown, path = pathOf(error)): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || path === undefined) return undefined;
  const explain = remedies[String(error.code)];
  return explain === undefined ? undefined : `${path} ${explain(path)} (${String(error.code)}).`;
}

function pathOf(error: unknown): string | undefined {
  return error instanceof Error && 'path' in error && typeof error.path === 'string' ? error.path : undefined;
}

const denied = (path: string): string => {
  const user = process.getuid?.();
  const who = user === undefined ? 'this user' : `user ${user}`;
  return (
    `may not be used by ${who}, whom the service runs as. Give it to that user` +
    `${user === undefined ? '' : ` (chown -R ${user} '${path}'; in Kubernetes set fsGroup)`}, or choose another place`
  );
};
const noFolder = (): string => 'is a file, or below one, where a folder is needed. Choose another place';

/** By the codes of errno(3). */
const remedies: Readonly<Record<string, (path: string) => string>> = {
  EACCES: denied,
  EPERM: denied,
  EROFS: () =>
    'is on a read-only file system. Mount a volume there that can be written, or choose another place',
  ENOSPC: () => 'has no space left. Free some, or choose another place',
  EDQUOT: () => 'is over its quota. Raise the quota, or choose another place',
  EEXIST: noFolder,
  ENOTDIR: noFolder,
  ENOENT: () => 'does not exist and cannot be created there. Choose another place',
};
