import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createCertificates } from './certificates.ts';
import type { Certificate, Certificates } from './certificates.ts';
import { freePort } from './free-port.ts';
import { readMaildir } from './maildir.ts';
import type { StoredMessage } from './maildir.ts';
import { MAILBOX } from './postfix-configuration.ts';
import type { PostfixLayout, PostfixPorts, Relay } from './postfix-configuration.ts';
import {
  createLayout,
  daemonDirectory,
  systemUser,
  writeConfiguration,
  writeUsers,
} from './postfix-directories.ts';
import { endProcessGroup } from './process-group.ts';
import { waitFor } from './wait-for.ts';

export type PostfixOptions = {
  /** Passwords by user name. The first one is also returned as `user` and `password`. */
  users?: Readonly<Record<string, string>>;
  /** Mechanisms of Cyrus SASL to offer in AUTH. Default PLAIN, LOGIN and CRAM-MD5. */
  mechanisms?: readonly string[];
  /** More settings for Cyrus SASL (smtpd.conf). */
  saslSettings?: Readonly<Record<string, string>>;
  /** Largest message in bytes (message_size_limit); announced as SIZE. Default 50 MiB. */
  sizeBytes?: number;
  /** The plain port asks for a login without TLS, instead of taking mail from anyone on loopback. */
  cleartextAuth?: boolean;
  /** Server certificate to present, with the authority that clients should trust. Default: a fresh good one. */
  certificates?: { ca: Certificate; server: Certificate };
  /** Port 587 and 465 ask for a client certificate instead of a login. */
  clientCertificates?: { caFile: string; fingerprints: readonly string[] };
  /** Makes it a client: mail for these domains is sent on to these servers, and for others it is refused. */
  relays?: Readonly<Record<string, Relay>>;
  /** More settings for main.cf; they win. */
  settings?: Readonly<Record<string, string>>;
  /** Postfix ends by itself after this time, should the test be killed. 0 = never. Default 15 minutes. */
  lifetimeSeconds?: number;
};

export type Postfix = PostfixPorts & {
  host: '127.0.0.1';
  user: string;
  password: string;
  /** PEM text of the authority that signed the server's certificate, and where it lies. */
  ca: string;
  caFile: string;
  /** Process id of Postfix' master; also the id of the process group of all its daemons. */
  pid: number;
  /** The Maildir that mail for every recipient at every domain lands in. */
  mailbox: string;
  messages: () => Promise<StoredMessage[]>;
  waitForMessage: (
    predicate: (message: StoredMessage) => boolean,
    timeoutMs?: number,
  ) => Promise<StoredMessage>;
  log: () => Promise<string>;
  /** Ends all its processes and removes its directory; mail included. */
  stop: () => Promise<void>;
};

const DEFAULT_USERS = { erp: 'correct-horse-battery-staple' };
const DEFAULT_MECHANISMS = ['PLAIN', 'LOGIN', 'CRAM-MD5'] as const;
const DEFAULT_SIZE_BYTES = 50 * 1024 * 1024;
const START_ATTEMPTS = 3;

/** Starts a Postfix of its own in a temporary directory. Needs root. Any number can run side by side. */
export async function startPostfix(options: PostfixOptions = {}): Promise<Postfix> {
  const mailUser = await systemUser('nobody');
  const { root, layout } = await createLayout(mailUser);
  const ownCertificates = options.certificates === undefined ? await createCertificates() : undefined;
  const certificates = options.certificates ?? (ownCertificates as Certificates);
  const removeAll = async (): Promise<void> => {
    await rm(root, { recursive: true, force: true, maxRetries: 3 });
    await ownCertificates?.remove();
  };
  try {
    const users = options.users ?? DEFAULT_USERS;
    const { mechanisms = DEFAULT_MECHANISMS, saslSettings = {} } = options;
    await writeUsers(layout, users, { mechanisms, settings: saslSettings });
    const configure = (ports: PostfixPorts): Promise<void> =>
      writeConfiguration({
        layout,
        ports,
        mailUser,
        certificateFile: certificates.server.certificateFile,
        keyFile: certificates.server.keyFile,
        sizeBytes: options.sizeBytes ?? DEFAULT_SIZE_BYTES,
        cleartextAuth: options.cleartextAuth ?? false,
        clientCertificates: options.clientCertificates,
        settings: options.settings ?? {},
        relays: options.relays ?? {},
      });
    const { pid, ports } = await startMaster(layout, configure, options.lifetimeSeconds ?? 900);
    const stop = async (): Promise<void> => {
      await endProcessGroup(pid);
      await removeAll();
    };
    const [user = '', password = ''] = Object.entries(users)[0] ?? [];
    return { ...ports, ...describe(layout, certificates.ca), user, password, pid, stop };
  } catch (error) {
    await removeAll();
    throw error;
  }
}

function describe(
  layout: PostfixLayout,
  ca: Certificate,
): Pick<Postfix, 'host' | 'ca' | 'caFile' | 'mailbox' | 'messages' | 'waitForMessage' | 'log'> {
  const mailbox = join(layout.mail, MAILBOX);
  const messages = (): Promise<StoredMessage[]> => readMaildir(mailbox);
  const log = (): Promise<string> => readFile(layout.logFile, 'utf8').catch(() => '');
  const waitForMessage: Postfix['waitForMessage'] = (predicate, timeoutMs) =>
    waitFor('a message in the mailbox', async () => (await messages()).find(predicate), timeoutMs);
  return {
    host: '127.0.0.1',
    ca: ca.certificate,
    caFile: ca.certificateFile,
    mailbox,
    messages,
    waitForMessage,
    log,
  };
}

/** Tries again on other ports when another process took one of them in between. */
async function startMaster(
  layout: PostfixLayout,
  configure: (ports: PostfixPorts) => Promise<void>,
  lifetimeSeconds: number,
): Promise<{ pid: number; ports: PostfixPorts }> {
  const program = join(await daemonDirectory(), 'master');
  for (let attempt = 1; ; attempt += 1) {
    const ports = {
      plainPort: await freePort(),
      submissionPort: await freePort(),
      implicitPort: await freePort(),
    };
    await configure(ports);
    const lifetime = lifetimeSeconds > 0 ? ['-e', String(lifetimeSeconds)] : [];
    // Its own process group: on SIGTERM the master ends exactly its group.
    const master = spawn(program, ['-d', '-c', layout.configuration, ...lifetime], {
      detached: true,
      stdio: 'ignore',
    });
    master.unref();
    if ((await isReady(master, ports.plainPort)) && master.pid !== undefined)
      return { pid: master.pid, ports };
    if (attempt === START_ATTEMPTS) throw new Error(`Postfix did not start: ${await lastWords(layout)}`);
  }
}

const isReady = (master: ChildProcess, port: number): Promise<boolean> =>
  waitFor('the greeting of Postfix', async () => {
    if (master.exitCode !== null || master.signalCode !== null || master.pid === undefined) return false;
    return (await greeting(port)).startsWith('220') ? true : undefined;
  });

function greeting(port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => resolve(''));
    socket.on('close', () => resolve(''));
    socket.once('data', (chunk) => {
      socket.end('QUIT\r\n');
      resolve(chunk.toString('latin1'));
    });
  });
}

const lastWords = async (layout: PostfixLayout): Promise<string> =>
  (await readFile(layout.logFile, 'utf8').catch(() => 'it wrote no log')).split('\n').slice(-5).join('\n');
