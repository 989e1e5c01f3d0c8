/*
 * A service with an outgoing server that does not run yet, for tests of what is restored, moved and copied: so mail waits, and
 * whatever leaves later is seen.
 */
import { join } from 'node:path';
import type { EnvironmentView } from '@postausgang/contracts';
import type { Test } from 'tap';
import type { ApiAnswer } from './service-process.ts';
import { freePort } from '../peers/free-port.ts';
import { type CapturingSmtpServer, type SmtpServerOptions, startSmtpServer } from '../peers/smtp-server.ts';
import { type StandaloneProcess, startStandaloneProcess } from './standalone-process.ts';

const serverPath = '/v1/outgoing-servers/default';

type Service = Pick<StandaloneProcess, 'call'>;

export interface Office {
  readonly original: StandaloneProcess;
  /** Starts the mail server, which nobody can reach before. */
  readonly openServer: (options?: SmtpServerOptions) => Promise<CapturingSmtpServer>;
}

export async function startOffice(t: Test): Promise<Office> {
  const port = await freePort();
  const original = await startStandaloneProcess(join(t.testdir(), 'original'));
  t.teardown(() => original.kill());
  const body = {
    enabled: true,
    serverType: 'smtp',
    senderAddress: { address: 'erp@acme.example' },
    smtp: { hostname: '127.0.0.1', port, encryption: 'none', authentication: 'none' },
  };
  const saved = await original.call('PUT', serverPath, { body, headers: { 'if-match': '"0"' } });
  t.equal(saved.status, 200);
  const openServer = async (options: SmtpServerOptions = {}): Promise<CapturingSmtpServer> => {
    const server = await startSmtpServer({ port, ...options });
    t.teardown(server.stop);
    return server;
  };
  return { original, openServer };
}

/** Sends a mail, with more in its request if wanted, and returns its id. */
export async function sendMail({ call }: Service, subject: string, more: object = {}): Promise<string> {
  const body = { to: [{ address: 'kunde@example.com' }], subject, text: 'Anbei.', ...more };
  const answer = await call('POST', '/v1/mails', { body });
  if (answer.status !== 202) throw new Error(answer.text);
  return (answer.body as { id: string }).id;
}

export const stateOf = async ({ call }: Service, id: string): Promise<string> =>
  ((await call('GET', `/v1/mails/${id}`)).body as { state: string }).state;

export const environment = async ({ call }: Service): Promise<EnvironmentView> =>
  (await call('GET', '/v1/environment')).body as EnvironmentView;

/** Says what the data are. */
export const confirm = ({ call }: Service, as: string, more: object = {}): Promise<ApiAnswer> =>
  call('POST', '/v1/environment/confirm', { body: { as, reason: 'a rehearsal', ...more } });

/** Whatever a service does by itself, it has done when its connection test has ended. */
export async function settled({ call }: Service): Promise<void> {
  const tested = await call('POST', `${serverPath}/connection-tests`, {
    body: { probe: { to: 'me@acme.example' } },
    headers: { prefer: 'wait=60' },
  });
  if (tested.status !== 200) throw new Error(tested.text);
}
