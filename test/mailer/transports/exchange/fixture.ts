import type { Test } from 'tap';
import type { ExchangeConnectionContent } from '@postausgang/contracts';
import { createSecret } from '@postausgang/credentials';
import { defaultConnection } from '@postausgang/settings';
import type { ExchangeKeys } from '../../../../packages/credentials/src/open-secrets.ts';
import type { Intent, Lookup, SendRequest, Transport } from '../../../../packages/mail/src/transport.ts';
import { messageOfBytes } from '../../../../packages/message/src/message.ts';
import { defaultConnectionPolicy } from '../../../../packages/net/src/guard.ts';
import {
  describeExchange,
  type ExchangeDescription,
} from '../../../../services/mailer/src/transports/exchange/describe.ts';
import {
  type ExchangeOptions,
  openExchangeTransport,
} from '../../../../services/mailer/src/transports/exchange/open.ts';
import { type Certificates, createCertificates } from '../../../peers/certificates.ts';
import { type Authority, startAuthority } from '../../../peers/exchange/authority.ts';

export const clientSecret = 'Kanarienvogel-2218-geheim';
export const mailbox = 'erp@acme.example';
export const registration = { tenantId: 'acme.example', clientId: 'app-1', clientSecret, mailbox };

export interface World {
  readonly certificates: Certificates;
  readonly authority: Authority;
  readonly options: ExchangeOptions;
}

/** An authority, and options that reach loopback and trust the authority of the tests. */
export async function startWorld(t: Test): Promise<World> {
  const certificates = await createCertificates();
  const authority = await startAuthority(certificates.server, registration);
  t.teardown(async () => {
    await authority.close();
    await certificates.remove();
  });
  return { certificates, authority, options: optionsFor(certificates) };
}

/** Options that reach loopback and trust the authority of the tests. */
export function optionsFor({ ca }: Pick<Certificates, 'ca'>): ExchangeOptions {
  return {
    policy: { ...defaultConnectionPolicy, allowedPorts: 'any', allowLoopback: true },
    proxy: null,
    now: () => new Date(),
    maxConnections: 5,
    ca: ca.certificate,
    finalReplyTimeoutMs: 5000,
  };
}

export const connection = (
  authority: Pick<Authority, 'url'>,
  change: Partial<ExchangeConnectionContent>,
): ExchangeConnectionContent => ({
  ...defaultConnection,
  name: 'test',
  email: mailbox,
  cloud: 'custom',
  authorityUrl: authority.url,
  tenantId: registration.tenantId,
  clientId: registration.clientId,
  ...change,
});

export const secretKeys = (secret = clientSecret): ExchangeKeys => ({
  credential: { kind: 'secret', secret: createSecret(secret) },
  password: null,
  trusted: null,
});

export function described(
  content: ExchangeConnectionContent,
): Exclude<ExchangeDescription, { protocol: 'smtp-oauth' }> {
  const description = describeExchange(content, { timeoutSeconds: 5 });
  if (description === null || description.protocol === 'smtp-oauth') throw new Error('not described');
  return description;
}

/** The transport of a connection; it has to open. */
export async function opened(
  t: Test,
  options: ExchangeOptions,
  content: ExchangeConnectionContent,
  keys: ExchangeKeys = secretKeys(),
): Promise<Transport> {
  const result = await openExchangeTransport(options, described(content), keys);
  if (!result.ok) throw new Error(JSON.stringify(result.failure));
  t.teardown(() => result.transport.close());
  return result.transport;
}

export const messageId = '<m-1@acme.example>';

export const message = (id = messageId): Uint8Array =>
  Buffer.from(
    [
      'From: ERP <erp@acme.example>',
      'To: "Kunde, der erste" <a@example.com>, b@example.com',
      'Cc: c@example.com',
      'Subject: Rechnung',
      `Message-ID: ${id}`,
      'Content-Type: text/plain; charset=utf-8',
      '',
      'Guten Tag',
      '',
    ].join('\r\n'),
  );

/** What is looked for after `message()` was sent to all of its recipients. */
export const lookupOf = (changes: Partial<Lookup> = {}): Lookup => ({
  messageId,
  envelopeFrom: mailbox,
  since: new Date(),
  until: new Date(),
  subject: 'Rechnung',
  recipients: ['a@example.com', 'b@example.com', 'c@example.com'],
  alike: [],
  ...changes,
});

export interface Handed {
  readonly request: SendRequest;
  readonly intents: Intent[];
}

/** A request whose intents are kept. */
export function sending(
  to: readonly string[] = ['a@example.com', 'b@example.com', 'c@example.com'],
  bytes: Uint8Array = message(),
  onIntent: () => Promise<void> = () => Promise.resolve(),
): Handed {
  const intents: Intent[] = [];
  const request = {
    envelope: { from: mailbox, to },
    message: messageOfBytes(bytes),
    async onIntent(intent: Intent) {
      intents.push(intent);
      await onIntent();
    },
  };
  return { request, intents };
}
