import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ConnectionTest, MailAccepted, MailStatus } from '@postausgang/contracts';
import type { Test } from 'tap';
import type { Certificates } from '../peers/certificates.ts';
import { waitFor } from '../peers/wait-for.ts';
import type { ApiAnswer } from './service-process.ts';
import { type StandaloneProcess, startStandaloneProcess } from './standalone-process.ts';

export const serverPath = '/v1/outgoing-servers/default';

/** A standalone service that reaches the Exchange peers of the tests, and what every test asks of it. */
export interface ExchangeProduct {
  readonly service: StandaloneProcess;
  /** @param version for If-Match; @param prefer such as `wait=applied` */
  call(method: string, path: string, body?: unknown, version?: number, prefer?: string): Promise<ApiAnswer>;
  /** The steps of a connection test of the server or connection at this path. */
  testConnection(path: string, body?: unknown): Promise<ConnectionTest>;
  /** Hands in a mail to one customer and gives its id. */
  send(subject?: string): Promise<string>;
  /** Waits for the state of a mail. */
  stateOf(id: string, state: MailStatus['state']): Promise<MailStatus>;
}

export async function startExchangeProduct(
  t: Test,
  { ca }: Pick<Certificates, 'ca'>,
  environment: Readonly<Record<string, string>> = {},
): Promise<ExchangeProduct> {
  const service = await startStandaloneProcess(`${t.testdir()}/data`, {
    LOG_LEVEL: 'info',
    ALLOWED_EXCHANGE_PORTS: 'any',
    NODE_EXTRA_CA_CERTS: ca.certificateFile,
    ...environment,
  });
  t.teardown(() => service.kill());
  const call: ExchangeProduct['call'] = (method, path, body, version, prefer) =>
    service.call(method, path, {
      ...(body === undefined ? {} : { body }),
      headers: {
        ...(version === undefined ? {} : { 'if-match': `"${version}"` }),
        ...(prefer === undefined ? {} : { prefer }),
      },
    });
  return {
    service,
    call,
    async testConnection(path, body = {}) {
      const answer = await call('POST', `${path}/connection-tests`, body, undefined, 'wait=30');
      return answer.body as ConnectionTest;
    },
    async send(subject = 'Rechnung') {
      const body = { to: [{ address: 'kunde@example.com' }], subject, text: 'Anbei.' };
      return ((await call('POST', '/v1/mails', body)).body as MailAccepted).id;
    },
    stateOf: (id, state) =>
      waitFor(`mail ${state}`, async () => {
        const mail = (await call('GET', `/v1/mails/${id}`)).body as MailStatus;
        return mail.state === state ? mail : undefined;
      }),
  };
}

/** No secret stands in what the service has printed or in any file of its data, whatever the spelling. */
export async function noSecretIn(
  t: Test,
  { output, dataDirectory }: StandaloneProcess,
  secrets: readonly string[],
): Promise<void> {
  const names = await readdir(dataDirectory, { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const texts = [output(), ...(await Promise.all(files.map((file) => readFile(file, 'latin1'))))];
  for (const secret of secrets) {
    const spellings = [
      secret,
      Buffer.from(secret).toString('base64'),
      Buffer.from(secret, 'utf16le').toString('latin1'),
    ];
    t.notOk(
      texts.some((text) => spellings.some((spelling) => text.includes(spelling))),
      'the secret stands in no file and no log',
    );
  }
}
