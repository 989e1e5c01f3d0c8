import { spawn } from 'node:child_process';
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Certificate } from './certificates.ts';
import { eximEnvironment, eximProgram } from './exim-files.ts';
import { freePort } from './free-port.ts';
import { endProcessGroup } from './process-group.ts';
import { waitFor } from './wait-for.ts';

export type EximOptions = {
  certificate: Certificate;
  /** The authority of client certificates; without one the handshake fails where it is required. */
  clients?: { authority: Certificate; isRequired: boolean };
  /** The versions of TLS that it speaks; both unless given. */
  tls?: '1.2' | '1.3';
};

export type Exim = {
  host: '127.0.0.1';
  port: number;
  log: () => Promise<string>;
  /** The bodies of the messages that it has taken so far; they stay in its queue. */
  messages: () => Promise<readonly string[]>;
  stop: () => Promise<void>;
};

/** `nobody` of Debian. */
const nobody = 65_534;
const startMs = 30_000;

const priorities = { '1.2': 'NORMAL:-VERS-ALL:+VERS-TLS1.2', '1.3': 'NORMAL:-VERS-ALL:+VERS-TLS1.3' };

function configuration(directory: string, port: number, options: EximOptions): string {
  const { clients, tls } = options;
  const asking = clients?.isRequired === true ? 'tls_verify_hosts' : 'tls_try_verify_hosts';
  return `
exim_user = nobody
exim_group = nogroup
spool_directory = ${directory}/spool
log_file_path = ${directory}/spool/log-%s
primary_hostname = mail.test
local_interfaces = <; 127.0.0.1.${port}
daemon_smtp_ports = ${port}
host_lookup =
keep_environment =
queue_only
tls_advertise_hosts = *
tls_certificate = ${directory}/certificate
tls_privatekey = ${directory}/key
${tls === undefined ? '' : `tls_require_ciphers = ${priorities[tls]}`}
${clients === undefined ? '' : `tls_verify_certificates = ${clients.authority.certificateFile}\n${asking} = *`}
acl_smtp_rcpt = acl_rcpt
acl_smtp_data = acl_data
begin acl
acl_rcpt:
  deny message = relay not permitted
       domains = elsewhere.test
       !authenticated = *
  accept
acl_data:
  accept
begin authenticators
external:
  driver = external
  public_name = EXTERNAL
  server_advertise_condition = \${if eq{$tls_in_certificate_verified}{1}}
  server_param2 = \${certextract {subj_altname,dns,>:}{$tls_in_peercert}{$value}fail}
  server_condition = \${if forany{$auth2}{eq{$item}{erp.acme.example}}}
  server_set_id = erp
`;
}

/** Starts Exim in a temporary directory, on loopback alone. Needs root. Any number can run side by side. */
export async function startExim(options: EximOptions): Promise<Exim> {
  const directory = await mkdtemp(join(tmpdir(), 'exim-'));
  await chmod(directory, 0o755);
  const spool = join(directory, 'spool');
  await mkdir(spool);
  await chown(spool, nobody, nobody);
  const users = { passwd: join(directory, 'passwd'), group: join(directory, 'group') };
  await Promise.all([
    writeFile(
      users.passwd,
      `${await readFile('/etc/passwd', 'utf8')}\nDebian-exim:x:${nobody}:${nobody}::/:/bin/false\n`,
    ),
    writeFile(users.group, `${await readFile('/etc/group', 'utf8')}\nDebian-exim:x:${nobody}:\n`),
  ]);
  // It reads them as `nobody`.
  await Promise.all([
    writeFile(join(directory, 'certificate'), options.certificate.certificate),
    writeFile(join(directory, 'key'), options.certificate.key),
  ]);
  const port = await freePort();
  const file = join(directory, 'exim.conf');
  await writeFile(file, configuration(directory, port, options), { mode: 0o644 });
  // Its own process group, to end exactly what it started.
  const daemon = spawn(eximProgram, ['-C', file, '-bdf'], {
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      ...process.env,
      ...eximEnvironment(),
      NSS_WRAPPER_PASSWD: users.passwd,
      NSS_WRAPPER_GROUP: users.group,
    },
  });
  let complaints = '';
  daemon.stderr.on(
    'data',
    (chunk: Buffer) => (complaints = (complaints + chunk.toString('utf8')).slice(-2000)),
  );
  const read = (folder: string): Promise<readonly string[]> => readdir(folder).catch(() => []);
  const log = async (): Promise<string> => {
    const files = (await read(spool)).filter((name) => name.startsWith('log-'));
    return (await Promise.all(files.map((name) => readFile(join(spool, name), 'utf8')))).join('');
  };
  const stop = async (): Promise<void> => {
    if (daemon.pid !== undefined) await endProcessGroup(daemon.pid);
    await rm(directory, { recursive: true, force: true, maxRetries: 3 });
  };
  try {
    await waitFor('the greeting of Exim', () => greets(daemon.exitCode, port), startMs);
  } catch (error) {
    const words = await log();
    await stop();
    throw new Error(`Exim did not start: ${complaints}${words}`, { cause: error });
  }
  const queue = join(spool, 'input');
  return {
    host: '127.0.0.1',
    port,
    log,
    messages: async () => {
      const bodies = (await read(queue)).filter((name) => name.endsWith('-D'));
      return Promise.all(bodies.map((name) => readFile(join(queue, name), 'utf8')));
    },
    stop,
  };
}

async function greets(exitCode: number | null, port: number): Promise<true | undefined> {
  if (exitCode !== null) throw new Error(`Exim ended with ${exitCode}`);
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
