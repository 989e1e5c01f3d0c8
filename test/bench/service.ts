import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startOptions } from '../deployment/start-options.ts';
import { startStandaloneProcess, type StandaloneProcess } from '../end-to-end/standalone-process.ts';

const root = new URL('../../', import.meta.url);

/** As in `npm start`, wherever the process runs. */
export const nodeOptions = startOptions().join(' ').replaceAll('./', root.pathname);

/** A standalone service in a new folder, that is gone with it. */
export async function withService(
  environment: Readonly<Record<string, string>>,
  use: (service: StandaloneProcess) => Promise<void>,
): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'postausgang-bench-'));
  const service = await startStandaloneProcess(join(directory, 'data'), {
    LOG_LEVEL: 'warn',
    NODE_OPTIONS: nodeOptions,
    ...environment,
  });
  try {
    await use(service);
  } finally {
    await service.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Lets the service send by a server on this machine; for the first time or another one. */
export async function useMailServer(service: StandaloneProcess, port: number): Promise<void> {
  const path = '/v1/outgoing-servers/default';
  const { body } = await service.call('GET', path);
  const version = (body as { readonly version: number }).version;
  const smtp = { hostname: '127.0.0.1', port, encryption: 'none', authentication: 'none' };
  const senderAddress = { name: 'ACME GmbH', address: 'erp@acme.example' };
  const { status } = await service.call('PUT', path, {
    headers: { 'if-match': `"${version}"`, prefer: 'wait=applied' },
    body: { enabled: true, serverType: 'smtp', senderAddress, smtp },
  });
  if (status !== 200) {
    throw new Error(`the settings were answered with ${status}`);
  }
}

export type Metrics = (name: string) => number;

/** The metrics of the service at this moment; what it does not have is 0. */
export async function readMetrics(service: StandaloneProcess): Promise<Metrics> {
  const response = await fetch(`${service.api}/metrics`);
  const lines = new Map((await response.text()).split('\n').map((line) => cutAtSpace(line)));
  return (name) => lines.get(name) ?? 0;
}

function cutAtSpace(line: string): readonly [string, number] {
  const space = line.lastIndexOf(' ');
  return [line.slice(0, space), Number(line.slice(space + 1))];
}
