import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { findProgram } from '../../peers/known-peers.ts';
import { waitFor } from '../../peers/wait-for.ts';

const files = ['events.db', 'events.db-wal', 'mail-view.db', 'mail-view.db-wal'];

/**
 * Makes system calls of a running process on its databases fail, as a disk does that has become read-only or breaks. Ends
 * with the returned function.
 */
export async function failCalls(
  pid: number,
  directory: string,
  calls: string,
  error: 'EROFS' | 'EIO',
): Promise<() => Promise<void>> {
  const paths = files.flatMap((file) => ['-P', join(directory, file)]);
  const options = ['-f', '-o', '/dev/null', '-e', `trace=${calls}`, '-e', `inject=${calls}:error=${error}`];
  const strace = spawn(findProgram('strace') ?? 'strace', [...options, ...paths, '-p', String(pid)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  strace.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  await waitFor('strace to hold the process', () => (said.includes('attached') ? true : undefined));
  return async () => {
    const ended = once(strace, 'close');
    strace.kill('SIGINT');
    await ended;
  };
}
