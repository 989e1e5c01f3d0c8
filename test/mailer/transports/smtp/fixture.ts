import { createSecret } from '@postausgang/credentials';
import type { SendRequest, SendResult, Transport } from '../../../../packages/mail/src/transport.ts';
import { messageOfBytes } from '../../../../packages/message/src/message.ts';
import { type ConnectionPolicy, defaultConnectionPolicy } from '../../../../packages/net/src/guard.ts';
import type { SmtpDescription } from '../../../../services/mailer/src/transports/smtp/open-session.ts';
import {
  openSmtpTransport,
  type SmtpTransportOptions,
} from '../../../../services/mailer/src/transports/smtp/transport.ts';

export const password = 'correct horse €';
export const message = Buffer.from('From: a@x.test\r\nSubject: Hi\r\n\r\n.dot\r\n..two\r\nend\r\n');

function description(port: number, changes: Partial<SmtpDescription> = {}): SmtpDescription {
  return {
    hostname: '127.0.0.1',
    port,
    encryption: 'none',
    authentication: 'none',
    username: null,
    windows: null,
    timeoutSeconds: 5,
    allowCleartextAuthentication: false,
    ...changes,
  };
}

export const signedIn = {
  authentication: 'password',
  username: 'erp',
  allowCleartextAuthentication: true,
} as const;

export const loopbackPolicy = (port: number): ConnectionPolicy => ({
  ...defaultConnectionPolicy,
  allowLoopback: true,
  allowedPorts: [port],
});

export type Changes = Partial<Omit<SmtpTransportOptions, 'description'>> & {
  description?: Partial<SmtpDescription>;
};

export const optionsFor = (
  port: number,
  { description: changes, ...options }: Changes = {},
): SmtpTransportOptions => ({
  description: description(port, changes),
  password: createSecret(password),
  policy: loopbackPolicy(port),
  ehloName: 'mailer.test',
  ...options,
});

type Teardown = { teardown: (work: () => Promise<void>) => void };

/** A transport that is closed after the test; fails when its first connection does. */
export async function openTransport(t: Teardown, port: number, changes: Changes = {}): Promise<Transport> {
  const opened = await openSmtpTransport(optionsFor(port, changes));
  if (!opened.ok) throw new Error(`${opened.failure.code} ${opened.failure.detail}`);
  t.teardown(() => opened.transport.close());
  return opened.transport;
}

interface RequestChanges extends Partial<Omit<SendRequest, 'message'>> {
  readonly to?: readonly string[];
  readonly message?: Uint8Array;
}

export const request = (changes: RequestChanges = {}): SendRequest => {
  const { to = ['b@x.test'], message: bytes = message, ...rest } = changes;
  const envelope = { from: 'a@x.test', to };
  return { envelope, message: messageOfBytes(bytes), onIntent: () => Promise.resolve(), ...rest };
};

/** `outcome failure-code` of each recipient, or `server-failed code`. */
export function summaryOf(result: SendResult): readonly string[] {
  if (result.kind === 'server-failed') return [`server-failed ${result.failure.code}`];
  return result.recipients.map(({ outcome, failure }) => (failure ? `${outcome} ${failure.code}` : outcome));
}
