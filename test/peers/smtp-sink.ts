import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { freePort } from './free-port.ts';
import { findProgram } from './known-peers.ts';
import { waitFor } from './wait-for.ts';

export type SmtpSink = {
  host: '127.0.0.1';
  port: number;
  pid: number;
  /** Messages taken so far; only with the option `count`. */
  messageCount: () => number;
  /** Sessions so far; only with the option `count`. */
  sessionCount: () => number;
  stop: () => Promise<void>;
};

export type SmtpSinkOptions = {
  /** Let it report every message; costs it a little speed. */
  count?: boolean;
  /** More command line options, see smtp-sink(1). */
  options?: readonly string[];
};

const BACKLOG = '1024';
const START_ATTEMPTS = 3;

/** Postfix' own load-test server: takes every message and throws it away. Belongs to the peer `postfix`. */
export async function startSmtpSink({
  count = false,
  options = [],
}: SmtpSinkOptions = {}): Promise<SmtpSink> {
  for (let attempt = 1; attempt <= START_ATTEMPTS; attempt += 1) {
    const sink = await launch([...(count ? ['-c'] : []), ...options]);
    if (sink !== undefined) return sink;
  }
  throw new Error('smtp-sink did not start');
}

async function launch(options: readonly string[]): Promise<SmtpSink | undefined> {
  const port = await freePort();
  const args = ['-u', 'postfix', ...options, `127.0.0.1:${port}`, BACKLOG];
  const child = spawn(findProgram('smtp-sink') ?? 'smtp-sink', args, { stdio: ['ignore', 'pipe', 'ignore'] });
  const exited = once(child, 'exit');
  let report = '';
  child.stdout.on('data', (chunk: Buffer) => {
    report = (report + chunk.toString('latin1')).slice(-200);
  });
  const listening = await waitFor('smtp-sink to listen', async () => {
    if (child.exitCode !== null) return false;
    return (await accepts(port)) ? true : undefined;
  });
  if (!listening || child.pid === undefined) return undefined;
  const messageCount = (): number => Number([...report.matchAll(/mesg=(\d+)/g)].at(-1)?.[1] ?? 0);
  const sessionCount = (): number => Number([...report.matchAll(/sess=(\d+)/g)].at(-1)?.[1] ?? 0);
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await exited;
  };
  return { host: '127.0.0.1', port, pid: child.pid, messageCount, sessionCount, stop };
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.end('QUIT\r\n');
      socket.resume();
      resolve(true);
    });
  });
}
