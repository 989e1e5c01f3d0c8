import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Certificate } from './certificates.ts';
import { dovecotConf } from './dovecot-configuration.ts';
import { freePort } from './free-port.ts';
import { findProgram } from './known-peers.ts';
import { endProcessGroup } from './process-group.ts';
import { waitFor } from './wait-for.ts';

export type DovecotOptions = {
  certificate: Certificate;
  /** Where submitted mail goes on to: any server that takes it without a login. */
  relay: { host: string; port: number };
  /** As Dovecot writes them, e.g. `gssapi`; it knows `gss-spnego` only beside `gssapi`. */
  mechanisms: readonly string[];
  /** Variables that its processes get. */
  environment?: Readonly<Record<string, string>>;
  /** More lines of its configuration; they win. */
  settings?: string;
};

export type Dovecot = {
  host: '127.0.0.1';
  port: number;
  pid: number;
  log: () => Promise<string>;
  /** Ends all its processes and removes its directory. */
  stop: () => Promise<void>;
};

/** Starts Dovecot's submission server in a temporary directory. Needs root. Any number can run side by side. */
export async function startDovecot(options: DovecotOptions): Promise<Dovecot> {
  const directory = await mkdtemp(join(tmpdir(), 'dovecot-'));
  await chmod(directory, 0o755);
  await mkdir(join(directory, 'home'), { mode: 0o777 });
  await chmod(join(directory, 'home'), 0o777);
  const log = (): Promise<string> => readFile(join(directory, 'dovecot.log'), 'utf8').catch(() => '');
  const { certificate, relay, mechanisms, environment = {}, settings = '' } = options;
  const port = await freePort();
  const file = join(directory, 'dovecot.conf');
  const { certificateFile, keyFile } = certificate;
  const text = dovecotConf({
    directory,
    port,
    certificateFile,
    keyFile,
    relay,
    mechanisms,
    environment,
    settings,
  });
  await writeFile(file, text);
  // Its own process group, to end exactly what it started.
  const master = spawn(findProgram('dovecot') ?? 'dovecot', ['-F', '-c', file], {
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...environment },
  });
  let complaints = '';
  master.stderr.on('data', (chunk: Buffer) => {
    complaints = (complaints + chunk.toString('utf8')).slice(-2000);
  });
  const stop = async (): Promise<void> => {
    if (master.pid !== undefined) await endProcessGroup(master.pid);
    await rm(directory, { recursive: true, force: true, maxRetries: 3 });
  };
  try {
    await waitFor('the greeting of Dovecot', () => isReady(master, port));
    return { host: '127.0.0.1', port, pid: master.pid ?? 0, log, stop };
  } catch (error) {
    const words = await log();
    await stop();
    throw new Error(`Dovecot did not start: ${complaints}${words.slice(-2000)}`, { cause: error });
  }
}

async function isReady(master: ChildProcess, port: number): Promise<true | undefined> {
  if (master.exitCode !== null) throw new Error(`Dovecot ended with ${master.exitCode}`);
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'data');
    return true;
  } catch {
    return undefined;
  } finally {
    socket.destroy();
  }
}
