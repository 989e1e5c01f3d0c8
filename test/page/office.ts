import { type Browser } from 'playwright-core';
import type { Test } from 'tap';
import { type StandaloneProcess, startStandaloneProcess } from '../end-to-end/standalone-process.ts';
import { type Certificates, createCertificates } from '../peers/certificates.ts';
import { type CapturingSmtpServer, startSmtpServer } from '../peers/smtp-server.ts';
import { startBrowser } from './browser.ts';

/** The product with a mail server beside it that wants STARTTLS and a login, and a browser to look at it with. */
export interface Office {
  readonly service: StandaloneProcess;
  readonly mailServer: CapturingSmtpServer;
  readonly browser: Browser;
  readonly certificates: Certificates;
}

export const account = { username: 'erp@acme.example', password: 'Kranich-4711-leise' };

/** Settings that send, as the API takes them. */
export function settingsFor({ port }: Pick<CapturingSmtpServer, 'port'>) {
  return {
    enabled: true,
    serverType: 'smtp',
    senderAddress: { name: 'ACME GmbH', address: 'erp@acme.example' },
    smtp: {
      hostname: 'localhost',
      port,
      encryption: 'starttls',
      authentication: 'password',
      ...account,
    },
  };
}

type Teardown = Pick<Test, 'teardown'>;

export async function openOffice(
  t: Teardown,
  dataDirectory: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<Office> {
  const certificates = await createCertificates();
  t.teardown(() => certificates.remove());
  const mailServer = await startSmtpServer({
    tls: 'starttls',
    certificate: certificates.server,
    users: { [account.username]: account.password },
    onRcptTo: (address) =>
      address.startsWith('nobody@') ? { code: 550, text: '5.1.1 No such mailbox here' } : undefined,
  });
  t.teardown(mailServer.stop);
  const service = await startStandaloneProcess(dataDirectory, {
    NODE_EXTRA_CA_CERTS: certificates.ca.certificateFile,
    MAILER_ID: 'mailer-1',
    EHLO_NAME: 'erp.acme.example',
    ...environment,
  });
  t.teardown(() => service.kill());
  const browser = await startBrowser();
  t.teardown(() => browser.close());
  return { service, mailServer, browser, certificates };
}
