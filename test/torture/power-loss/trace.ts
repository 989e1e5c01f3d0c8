import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { findProgram } from '../../peers/known-peers.ts';
import { waitFor } from '../../peers/wait-for.ts';
import { type Call, type CallEvent, joinCalls, readCallEvent } from './system-calls.ts';

const fileCalls = 'openat,rename,unlink,pwrite64,write,writev,ftruncate,fsync,fdatasync,mkdir';

export interface Trace {
  /** Lets go of the process and gives what it has called. */
  end(): Promise<readonly Call[]>;
}

const options = (file: string, calls = fileCalls): string[] => [
  '-f',
  '-y',
  '-xx',
  '-s',
  '400000',
  '-o',
  file,
  '-e',
  `trace=${calls}`,
];
const program = findProgram('strace') ?? 'strace';

/** Watches these calls of a running process and all its threads; without a list, those about files. */
export async function traceProcess(pid: number, file: string, calls?: string): Promise<Trace> {
  const strace = spawn(program, [...options(file, calls), '-p', String(pid)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  strace.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  await waitFor('strace to hold the process', () => (said.includes('attached') ? true : undefined));
  return {
    async end() {
      const ended = once(strace, 'close');
      strace.kill('SIGINT');
      await ended;
      return readCalls(file);
    },
  };
}

/** What a program calls from its first moment until it prints this. It is ended then. */
export async function traceStart(
  command: readonly string[],
  environment: Readonly<Record<string, string>>,
  until: string,
  file: string,
): Promise<readonly Call[]> {
  const strace = spawn(program, [...options(file), ...command], {
    env: { PATH: process.env['PATH'] ?? '', ...environment },
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
  });
  const ended = once(strace, 'close');
  let said = '';
  strace.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  await waitFor(`"${until}"`, () => (said.includes(until) ? true : undefined));
  // Its process group: strace alone would only let go of the program.
  process.kill(-(strace.pid ?? 0), 'SIGKILL');
  await ended;
  return readCalls(file);
}

async function readCalls(file: string): Promise<readonly Call[]> {
  const events: CallEvent[] = [];
  for await (const line of createInterface({ input: createReadStream(file, 'latin1') })) {
    const event = readCallEvent(line);
    if (event !== undefined) events.push(event);
  }
  return joinCalls(events);
}
