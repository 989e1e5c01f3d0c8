import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** A view has one process. */
class ViewInUseError extends Error {
  override readonly name = 'ViewInUseError';
  readonly code = 'view-in-use';

  constructor(directory: string) {
    super(`DATA_DIR ${directory} is in use by another mailer. Each mailer needs a folder of its own.`);
  }
}

/**
 * Takes a folder for the view of this process alone; the returned function gives it back. It is SQLite's own file lock,
 * so the operating system releases it however the process ends.
 *
 * @throws an error with code `view-in-use`
 */
export function lockViewDirectory(directory: string): () => void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const database = new DatabaseSync(join(directory, 'mail-view.lock'));
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch {
    database.close();
    throw new ViewInUseError(directory);
  }
  return () => database.close();
}
