import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { findProgram, isRoot } from './known-peers.ts';
import { endProcessGroup } from './process-group.ts';
import { waitFor } from './wait-for.ts';

interface Nginx {
  readonly port: number;
  readonly stop: () => Promise<void>;
}

/** Starts nginx in a temporary folder, with the defaults of Debian and these lines inside its `server`. */
export async function startNginx(server: string): Promise<Nginx> {
  const directory = await mkdtemp(join(tmpdir(), 'nginx-'));
  const port = await freePort();
  const places = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${directory}/${name};`,
  );
  const configuration = `
${isRoot() ? 'user root;' : ''} daemon off; pid ${directory}/nginx.pid; error_log ${directory}/error.log;
events { worker_connections 200; }
http {
  ${places.join(' ')}
  access_log off; sendfile on; keepalive_timeout 65;
  server { listen 127.0.0.1:${port}; ${server} }
}
`;
  const file = join(directory, 'nginx.conf');
  await writeFile(file, configuration);
  const program = findProgram('nginx') ?? 'nginx';
  const master = spawn(program, ['-p', directory, '-c', file, '-e', join(directory, 'error.log')], {
    detached: true,
    stdio: 'ignore',
  });
  const { pid } = master;
  if (pid === undefined) throw new Error('nginx cannot be started');
  const stop = async (): Promise<void> => {
    await endProcessGroup(pid);
    await rm(directory, { recursive: true, force: true });
  };
  try {
    await waitFor('nginx', () => answers(port));
  } catch (error) {
    const log = await readFile(join(directory, 'error.log'), 'utf8').catch(() => '');
    await stop();
    throw new Error(`nginx does not answer: ${log}`, { cause: error });
  }
  return { port, stop };
}

async function answers(port: number): Promise<true | undefined> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return undefined;
  } finally {
    socket.destroy();
  }
}
