import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir, mkdtemp, readFile, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findProgram } from './known-peers.ts';
import { HOST_NAME, mainCf, masterCf, saslConf } from './postfix-configuration.ts';
import type { PostfixConfiguration, PostfixLayout, SaslOptions } from './postfix-configuration.ts';

export type SystemUser = { uid: number; gid: number };

// What `postfix check` would create; done here because that command takes seconds on a busy machine.
const PRIVATE_QUEUES = 'active bounce corrupt defer deferred flush hold incoming private saved trace'.split(
  ' ',
);

export async function systemUser(name: string): Promise<SystemUser> {
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n');
  const [, , uid, gid] = lines.find((line) => line.startsWith(`${name}:`))?.split(':') ?? [];
  if (uid === undefined || gid === undefined) throw new Error(`the system has no user ${name}`);
  return { uid: Number(uid), gid: Number(gid) };
}

/** A new directory that the users of Postfix may cross, with the folders for one instance in it. */
export async function createLayout(mailUser: SystemUser): Promise<{ root: string; layout: PostfixLayout }> {
  const root = await mkdtemp(join(tmpdir(), 'postfix-'));
  await chmod(root, 0o755);
  const postfix = await systemUser('postfix');
  const folder = async (name: string, mode: number, owner?: SystemUser): Promise<string> => {
    const path = join(root, name);
    await mkdir(path, { mode });
    if (owner !== undefined) await chown(path, owner.uid, owner.gid);
    return path;
  };
  const layout = {
    configuration: await folder('configuration', 0o755),
    queue: await folder('queue', 0o755),
    data: await folder('data', 0o700, postfix),
    mail: await folder('mail', 0o755, mailUser),
    // Debian's Postfix looks for smtpd.conf here, whatever cyrus_sasl_config_path says.
    sasl: await folder('configuration/sasl', 0o755),
    logFolder: await folder('log', 0o755),
    logFile: join(root, 'log', 'mail.log'),
  };
  await folder('queue/pid', 0o755);
  await folder('queue/public', 0o710, postfix);
  await folder('queue/maildrop', 0o730, postfix);
  await Promise.all(PRIVATE_QUEUES.map((name) => folder(`queue/${name}`, 0o700, postfix)));
  return { root, layout };
}

export async function writeConfiguration(configuration: PostfixConfiguration): Promise<void> {
  const folder = configuration.layout.configuration;
  await writeFile(join(folder, 'main.cf'), mainCf(configuration));
  await writeFile(join(folder, 'master.cf'), masterCf(configuration));
  // Postfix waits over two seconds for a main.cf this young to settle.
  const settled = new Date(Date.now() - 60_000);
  await utimes(join(folder, 'main.cf'), settled, settled);
}

/** Gives each user a password in the instance's own SASL database. */
export async function writeUsers(
  layout: PostfixLayout,
  users: Readonly<Record<string, string>>,
  sasl: SaslOptions,
): Promise<void> {
  const database = join(layout.sasl, 'users.db');
  await writeFile(join(layout.sasl, 'smtpd.conf'), saslConf(database, sasl));
  for (const [user, password] of Object.entries(users)) await setPassword(database, user, password);
  if (Object.keys(users).length === 0) return;
  const postfix = await systemUser('postfix');
  await chown(database, postfix.uid, postfix.gid);
}

async function setPassword(database: string, user: string, password: string): Promise<void> {
  const program = findProgram('saslpasswd2') ?? 'saslpasswd2';
  const child = spawn(program, ['-p', '-c', '-f', database, '-u', HOST_NAME, user], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  child.stdin.end(password);
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`saslpasswd2 ended with ${code} for the user ${user}`);
}

/** Where this system keeps Postfix' daemons. */
export async function daemonDirectory(): Promise<string> {
  const { stdout } = await promisify(execFile)(findProgram('postconf') ?? 'postconf', [
    '-d',
    '-h',
    'daemon_directory',
  ]);
  return stdout.trim();
}
