import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../free-port.ts';
import { findProgram } from '../known-peers.ts';
import { waitFor } from '../wait-for.ts';
import { kdcConf, krb5Conf } from './kdc-configuration.ts';

const run = promisify(execFile);

export type Kdc = {
  realm: string;
  /** The variables that make a process a member of this realm. */
  environment: Readonly<Record<string, string>>;
  /** Makes principals with random keys, and a keytab that holds them; `name` becomes its file name. */
  keytab: (name: string, ...principals: readonly string[]) => Promise<string>;
  /** Runs a command of kadmin.local. */
  admin: (...command: readonly string[]) => Promise<void>;
  /** Another krb5.conf for clients, with more lines in [libdefaults]. */
  clientConfiguration: (name: string, settings: Readonly<Record<string, string>>) => Promise<string>;
  /** Ends the server; the realm stays. */
  down: () => Promise<void>;
  /** Starts it again; its clock goes so many seconds ahead. */
  up: (aheadSeconds?: number) => Promise<void>;
  /** Ends it and removes everything. */
  stop: () => Promise<void>;
};

/** A realm of its own with MIT's KDC on a free port of loopback. */
export async function startKdc(realm = 'ACME.TEST'): Promise<Kdc> {
  const directory = await mkdtemp(join(tmpdir(), 'kdc-'));
  // Servers read their keytab and krb5.conf as a user of their own.
  await chmod(directory, 0o755);
  const port = await freePort();
  const files = { conf: join(directory, 'krb5.conf'), profile: join(directory, 'kdc.conf') };
  await writeFile(files.conf, krb5Conf({ realm, port, settings: {} }));
  await writeFile(files.profile, kdcConf({ realm, port, directory }));
  const environment = { KRB5_CONFIG: files.conf, KRB5RCACHENAME: 'none:' };
  const env = { ...process.env, ...environment, KRB5_KDC_PROFILE: files.profile, LC_ALL: 'C' };
  await run(program('kdb5_util'), ['-r', realm, '-P', 'master', 'create', '-s'], { env });
  const admin = async (...command: readonly string[]): Promise<void> => {
    await run(program('kadmin.local'), ['-r', realm, ...command], { env });
  };
  let server: ChildProcess | undefined;
  const down = async (): Promise<void> => {
    await endProcess(server);
    server = undefined;
  };
  const up = async (aheadSeconds = 0): Promise<void> => {
    await down();
    server = spawn(program('krb5kdc'), ['-n', '-r', realm], {
      env: { ...env, ...shiftedClock(aheadSeconds) },
      stdio: 'ignore',
    });
    await waitFor('the KDC', () => answers(port));
  };
  await up();
  return {
    realm,
    environment,
    admin,
    down,
    up,
    async keytab(name, ...principals) {
      const file = join(directory, `${name}.keytab`);
      for (const principal of principals) {
        await admin('addprinc', '-randkey', '+requires_preauth', principal).catch(() => undefined);
        await admin('ktadd', '-norandkey', '-k', file, principal);
      }
      await chmod(file, 0o644);
      return file;
    },
    async clientConfiguration(name, settings) {
      const file = join(directory, `${name}.conf`);
      await writeFile(file, krb5Conf({ realm, port, settings }));
      return file;
    },
    async stop() {
      await down();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

const program = (name: string): string => findProgram(name) ?? name;

function shiftedClock(aheadSeconds: number): Readonly<Record<string, string>> {
  if (aheadSeconds === 0) return {};
  const library = `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu/faketime/libfaketime.so.1`;
  return { LD_PRELOAD: library, FAKETIME: `+${aheadSeconds}s` };
}

async function endProcess(child: ChildProcess | undefined): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}

function answers(port: number): Promise<true | undefined> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('error', () => resolve(undefined));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}
