import type { Test } from 'tap';
import type { ConnectionTestStep } from '@postausgang/contracts';
import { createSecret } from '@postausgang/credentials';
import { messageOfBytes } from '../../../../packages/message/src/message.ts';
import { createSmtpConnectionTest } from '../../../../services/mailer/src/transports/smtp/connection-test.ts';
import type { WindowsDescription } from '../../../../services/mailer/src/transports/smtp/open-session.ts';
import { type Changes, loopbackPolicy, openTransport, optionsFor, request, summaryOf } from './fixture.ts';

/** The servers of these tests have this name in their certificate and their principal; it resolves to loopback. */
const hostname = 'mail.test';

export interface WindowsServer {
  readonly port: number;
  readonly ca: string;
  readonly encryption?: 'none' | 'starttls' | 'implicit';
  readonly allowCleartext?: boolean;
  readonly windows?: Partial<WindowsDescription>;
  readonly user?: { readonly username: string; readonly password: string };
  readonly keytab?: string;
}

/** Settings with Windows authentication for a server. */
export function windowsSettings(server: WindowsServer): Changes {
  const { port, ca, encryption = 'starttls', windows = {}, user, keytab } = server;
  return {
    description: {
      hostname,
      encryption,
      authentication: 'windows',
      windows: { mechanism: 'negotiate', servicePrincipal: `SMTPSVC/${hostname}`, ...windows },
      username: user?.username ?? null,
      timeoutSeconds: 20,
      allowCleartextAuthentication: encryption === 'none' && server.allowCleartext !== false,
    },
    password: user === undefined ? null : createSecret(user.password),
    policy: loopbackPolicy(port),
    ca,
    resolve: async () => ['127.0.0.1'],
    ...(keytab === undefined ? {} : { keytab }),
  };
}

/** The steps of a connection test. */
export function testSteps(port: number, changes: Changes): Promise<readonly ConnectionTestStep[]> {
  const run = createSmtpConnectionTest(optionsFor(port, changes));
  const message = messageOfBytes(Buffer.from('Subject: test\r\n\r\ntest\r\n'));
  return run({ from: 'erp@acme.example', to: 'b@x.test', outside: 'c@outside.test', message });
}

/** The step of the sign-in in a connection test. */
export async function signInStep(port: number, changes: Changes): Promise<ConnectionTestStep | undefined> {
  const steps = await testSteps(port, changes);
  return steps.find(({ name }) => name === 'authenticate');
}

/** What the connection test says about the sign-in: its failure code, or the mechanism. */
export async function signInWith(server: WindowsServer): Promise<string> {
  const step = await signInStep(server.port, windowsSettings(server));
  return step?.hint?.code ?? step?.detail ?? 'no such step';
}

/** Sends a mail and says by which mechanism; the connection test names it too. */
export async function mailGoesOut(t: Test, server: WindowsServer, subject: string): Promise<string> {
  const changes = windowsSettings(server);
  const step = await signInStep(server.port, changes);
  const transport = await openTransport(t, server.port, changes);
  const message = Buffer.from(`From: erp@acme.example\r\nSubject: ${subject}\r\n\r\nGuten Tag\r\n`);
  t.same(summaryOf(await transport.send(request({ to: ['kunde@x.test'], message }))), ['sent']);
  const mechanism = step?.hint?.code ?? step?.detail ?? '';
  t.comment(`${subject}: ${mechanism}`);
  return mechanism;
}
