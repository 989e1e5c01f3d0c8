/**
 * The file outside the log that remembers which installation the log belongs to. It is a memory, not a lock: without it a
 * process starts, and notices nothing.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Position } from './event-log.ts';

export interface KeptInstallation {
  readonly installationId: string;
  readonly name: string;
  /** Where the genesis record is. */
  readonly position: Position;
}

interface KeptWhere {
  readonly statePath: string;
  readonly logger: { readonly warn: (fields: object, message: string) => void };
}

/** What the file says; undefined where there is no such file, or it says nothing. */
export async function readKeptInstallation(path: string): Promise<KeptInstallation | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'));
    return isKept(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isKept(value: unknown): value is KeptInstallation {
  if (typeof value !== 'object' || value === null) {
    return false;
  }
  const id: unknown = Reflect.get(value, 'installationId');
  const position: unknown = Reflect.get(value, 'position');
  return typeof id === 'string' && typeof position === 'object' && position !== null && 'offset' in position;
}

/** Complete and durable before the file gets its name. What cannot be written is told, and checked no more. */
export async function writeKeptInstallation(
  { statePath, logger }: KeptWhere,
  kept: KeptInstallation,
): Promise<void> {
  const text = `${JSON.stringify(kept, undefined, 2)}\n`;
  if ((await readFile(statePath, 'utf8').catch(() => undefined)) === text) {
    return;
  }
  const temporary = join(dirname(statePath), `.${randomUUID()}.tmp`);
  try {
    await mkdir(dirname(statePath), { recursive: true, mode: 0o700 });
    const file = await open(temporary, 'wx', 0o600);
    await file.writeFile(text);
    await file.sync();
    await file.close();
    await rename(temporary, statePath);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    logger.warn(
      { path: statePath, code },
      'the installation of the log cannot be remembered here: a log that is lost or exchanged will not be noticed',
    );
  } finally {
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}
