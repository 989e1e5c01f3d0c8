import { randomBytes, randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** The file of the session key cannot be used. The message never holds what stands there. */
class SessionKeyFileError extends Error {
  override readonly name = 'SessionKeyFileError';
}

const keySizeBytes = 32;
const form = /^[A-Za-z0-9_-]{43}\n?$/;
const hasModeBits = process.platform !== 'win32';

/**
 * The key that session cookies are sealed with; made, for its owner only, where there is no file yet. Whoever shares the
 * file shares the sessions; deleting it ends them all at the next start.
 *
 * @throws SessionKeyFileError
 */
export async function openSessionKey(path: string): Promise<Uint8Array> {
  const key = (await readKeyFile(path)) ?? (await createKeyFile(path)) ?? (await readKeyFile(path));
  if (key === undefined) throw new SessionKeyFileError(`${path} cannot be read or written.`);
  return key;
}

async function readKeyFile(path: string): Promise<Uint8Array | undefined> {
  const text = await readFile(path, 'utf8').catch(ignoreCode('ENOENT'));
  if (text === undefined) return undefined;
  if (!form.test(text)) {
    throw new SessionKeyFileError(`${path} does not hold a session key. Remove it, and a new one is made.`);
  }
  if (hasModeBits && ((await stat(path)).mode & 0o077) !== 0) {
    throw new SessionKeyFileError(`${path} can be read by others; run: chmod 600 '${path}'`);
  }
  return Buffer.from(text.trim(), 'base64url');
}

/** Complete before it gets its name, which it gets only where there is none. Undefined when another process was faster. */
async function createKeyFile(path: string): Promise<Uint8Array | undefined> {
  const directory = dirname(path);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const temporary = join(directory, `.${randomUUID()}.tmp`);
  const key = randomBytes(keySizeBytes);
  try {
    await writeFile(temporary, `${key.toString('base64url')}\n`, { flag: 'wx', mode: 0o600, flush: true });
    await link(temporary, path);
    return key;
  } catch (error) {
    return ignoreCode('EEXIST')(error);
  } finally {
    await rm(temporary, { force: true });
  }
}

function ignoreCode(code: string) {
  return (error: unknown): undefined => {
    if (error instanceof Error && 'code' in error && error.code === code) return undefined;
    throw error;
  };
}
