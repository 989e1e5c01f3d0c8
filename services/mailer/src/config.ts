import { hostname } from 'node:os';
import { type Static, Type } from '@sinclair/typebox';
import {
  ConfigurationError,
  identityVariables,
  integerVariable,
  kafkaVariables,
  listVariable,
  readSecret,
  readVariables,
  requireWritableFolder,
  serverVariables,
  textVariable,
  tokenVariables,
} from '@postausgang/configuration';
import { type ContentStore, createS3Store, openDirectoryStore } from '@postausgang/content-store';
import { commandPolicies } from '@postausgang/mail';
import { type ConnectionPolicy, createDestinationGuard, usualMailPorts } from '@postausgang/net';
import type { ExchangeOptions } from './transports/exchange/open.ts';
import { readProxy } from './transports/exchange/proxy.ts';
import { qualifiedName } from './transports/smtp/ehlo-name.ts';

/** Where the attachments lie that are too large for the log. */
const contentVariables = Type.Object({
  CONTENT_DIRECTORY: textVariable('Folder for large attachments, the same for all mailers.', {
    default: './data/content',
  }),
  CONTENT_S3_URL: textVariable(
    'Address of a bucket, with a prefix, for large attachments. It replaces the folder.',
    {
      default: '',
      pattern: '^(https?://.*)?$',
    },
  ),
  CONTENT_S3_REGION: textVariable('Region of the bucket.', { default: 'us-east-1' }),
  CONTENT_S3_ACCESS_KEY_ID: textVariable('Access key of the bucket.', { default: '' }),
  CONTENT_S3_SECRET_ACCESS_KEY: textVariable('Secret of the access key.', { default: '' }),
  CONTENT_S3_SECRET_ACCESS_KEY_FILE: textVariable(
    'File with the secret of the access key, instead of the secret itself.',
    {
      default: '',
    },
  ),
});

/** @throws ConfigurationError, ContentStoreError */
export async function openContentStore(variables: Static<typeof contentVariables>): Promise<ContentStore> {
  const { CONTENT_S3_URL: url, CONTENT_S3_ACCESS_KEY_ID: accessKeyId } = variables;
  if (url === '') {
    await requireWritableFolder('CONTENT_DIRECTORY', variables.CONTENT_DIRECTORY);
    return openDirectoryStore(variables.CONTENT_DIRECTORY);
  }
  const secretAccessKey = await readSecret(
    'CONTENT_S3_SECRET_ACCESS_KEY',
    variables.CONTENT_S3_SECRET_ACCESS_KEY,
    variables.CONTENT_S3_SECRET_ACCESS_KEY_FILE,
  );
  if (accessKeyId === '' || secretAccessKey === '') {
    throw new ConfigurationError([
      'CONTENT_S3_URL: set CONTENT_S3_ACCESS_KEY_ID and CONTENT_S3_SECRET_ACCESS_KEY(_FILE) as well',
    ]);
  }
  return createS3Store({ url, region: variables.CONTENT_S3_REGION, accessKeyId, secretAccessKey });
}

/** A host may have any name; a mailer may not. */
function mailerNameOfHost(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9._-]/g, '-').slice(0, 100) || 'mailer';
}

/** The variables of the mailer, as docs/configuration.md describes them. */
export const mailerVariables = Type.Object({
  MAILER_ID: textVariable('Name of this mailer in apply receipts and connection tests.', {
    default: mailerNameOfHost(hostname()),
    pattern: '^[A-Za-z0-9._-]{1,100}$',
  }),
  EHLO_NAME: textVariable(
    'Fully qualified name that the mailer sends to mail servers in its greeting (EHLO). Empty: the address of ' +
      'its end of the connection.',
    {
      default: qualifiedName(hostname()),
      pattern: '^[A-Za-z0-9.\\[\\]:-]{0,253}$',
    },
  ),
  SMTP_CONNECTIONS: integerVariable(
    'Ceiling for the concurrent connections of this mailer to the mail server, whatever the settings say.',
    {
      default: 100,
      minimum: 1,
      maximum: 100,
    },
  ),
  ALLOWED_MAIL_PORTS: listVariable(
    'Allowed ports of mail servers. `any` allows all ports. Empty: 25, 465, 587 and 2525, and also 1025 in a standalone ' +
      'service that can only be reached from its own machine.',
    '',
  ),
  ALLOWED_EXCHANGE_PORTS: listVariable(
    'Allowed ports of Exchange and its authority (https). `any` allows all ports.',
    '443',
  ),
  EXCHANGE_PROXY: textVariable(
    'Proxy for https to Exchange and its authority: `http://host:port`, or `http://user:password@host:port`, both ' +
      'percent-encoded.',
    {
      default: '',
      pattern: '^(?:|http://(?:[^\\s/@?#]{1,1000}@)?[A-Za-z0-9.\\[\\]:-]{1,253}/?)$',
    },
  ),
  EXCHANGE_PROXY_EXCEPT: listVariable(
    'What is reached without EXCHANGE_PROXY: hosts and everything below them, addresses, networks (CIDR).',
    '',
  ),
  ALLOW_LOOPBACK_MAIL_SERVERS: textVariable(
    'Allows a mail server on the machine of the mailer: `true` or `false`. Empty: only in a standalone service that can ' +
      'only be reached from that machine.',
    { default: '', pattern: '^(true|false)?$' },
  ),
  DENIED_MAIL_NETWORKS: listVariable('Networks (CIDR) in which mail servers are forbidden.', ''),
  ALLOWED_MAIL_NETWORKS: listVariable(
    'The only networks (CIDR) in which mail servers are allowed. Empty: no restriction.',
    '',
  ),
  KRB5_CLIENT_KTNAME: textVariable('Keytab of the mailer’s own identity, for Windows authentication.', {
    default: '',
  }),
  KRB5CCNAME: textVariable('Kerberos credential cache. Empty: with a keytab, tickets are kept in memory.', {
    default: '',
  }),
  ...identityVariables.properties,
  KRB5_CONFIG: textVariable('Configuration of Kerberos. Empty: /etc/krb5.conf.', { default: '' }),
  MAX_MAIL_BYTES: integerVariable('Maximum size of the body of a mail request, in bytes.', {
    default: 26_214_400,
    minimum: 1024,
    maximum: 104_857_600,
  }),
  STOP_GRACE_SECONDS: integerVariable('Time in seconds that a stop waits for mail in flight.', {
    default: 10,
    minimum: 0,
    maximum: 3600,
  }),
});
export type MailerVariables = Static<typeof mailerVariables>;

/** The variables of a mailer as a process of its own. */
export const mailerServerVariables = Type.Object({
  ...serverVariables.properties,
  ...tokenVariables.properties,
  DATA_DIR: textVariable(
    'Folder for the view of the queue. Each mailer needs its own. A lost view is rebuilt.',
    {
      default: './data',
    },
  ),
  KEY_DIRECTORY: textVariable('Folder of the private keys, the same for all mailers.', {
    default: './data/keys',
  }),
  PUBLIC_KEYS_FILE: textVariable('File to which the public keys are written. config-api reads it.', {
    default: './data/public-keys.json',
  }),
  ...contentVariables.properties,
  ...mailerVariables.properties,
  ...kafkaVariables('postausgang-mailer').properties,
  KAFKA_COMMANDS: textVariable(
    `Mail that commands in the topic of requests may act on: ${commandPolicies.join(', ')}. \`own\`: mail that the same ` +
      '`source` has requested.',
    { default: 'own', pattern: `^(${commandPolicies.join('|')})$` },
  ),
  KAFKA_PRODUCER_KEYS: textVariable(
    'Keys of modules that write mail requests: the `source`, a space, 32 random bytes in base64; separated by commas or ' +
      'line ends. Such a module must sign, and nobody else can use its `source`.',
    { default: '' },
  ),
  KAFKA_PRODUCER_KEYS_FILE: textVariable('File with the keys of modules, instead of the keys themselves.', {
    default: '',
  }),
});
export type MailerServerVariables = Static<typeof mailerServerVariables>;

/** @throws ConfigurationError */
export function readMailerServerVariables(environment = process.env): MailerServerVariables {
  return readVariables(mailerServerVariables, environment);
}

/** What else reads the variables of a mailer, wherever it runs. */
export function mailerChecks(variables: MailerVariables): readonly (() => unknown)[] {
  return [() => connectionPolicy(variables), () => exchangeConnections(variables)];
}

/**
 * GSSAPI reads its variables from the environment of the process by itself, so there is one identity per mailer. Without
 * this its tickets would lie in the file that every other program of the same user takes for its own.
 */
export function keepTicketsInMemory(environment = process.env): void {
  if (environment['KRB5_CLIENT_KTNAME'] && !environment['KRB5CCNAME']) {
    environment['KRB5CCNAME'] = 'MEMORY:postausgang';
  }
}

/**
 * Where mail servers may be, from the variables.
 *
 * @param isLocal whether only this machine reaches the service: whoever can ask it to connect to loopback is there already
 * @throws ConfigurationError when a port or a network is not one.
 */
export function connectionPolicy(variables: MailerVariables, isLocal = false): ConnectionPolicy {
  const { ALLOWED_MAIL_PORTS: ports, ALLOW_LOOPBACK_MAIL_SERVERS: loopback } = variables;
  const policy: ConnectionPolicy = {
    allowedPorts: ports === '' ? usualPorts(isLocal) : portsOf('ALLOWED_MAIL_PORTS', variables),
    allowLoopback: loopback === '' ? isLocal : loopback === 'true',
    deniedNetworks: listOf(variables.DENIED_MAIL_NETWORKS),
    allowedNetworks: listOf(variables.ALLOWED_MAIL_NETWORKS),
  };
  refuseUnusableNetworks(policy);
  return policy;
}

/** The port that mail catchers of developers use, on the machine of the developer. */
const catcherPort = 1025;

function usualPorts(isLocal: boolean): readonly number[] {
  return isLocal ? [...usualMailPorts, catcherPort] : usualMailPorts;
}

/**
 * How Exchange and its authority may be reached, from the variables.
 *
 * @throws ConfigurationError when a port or a network is not one.
 */
export function exchangeConnections(
  variables: MailerVariables,
  isLocal = false,
): Omit<ExchangeOptions, 'now'> {
  const allowedPorts = portsOf('ALLOWED_EXCHANGE_PORTS', variables);
  return {
    policy: { ...connectionPolicy(variables, isLocal), allowedPorts },
    proxy: proxyOf(variables),
    maxConnections: variables.SMTP_CONNECTIONS,
    keytab: variables.KRB5_CLIENT_KTNAME,
  };
}

function proxyOf({
  EXCHANGE_PROXY: address,
  EXCHANGE_PROXY_EXCEPT: exceptions,
}: MailerVariables): ExchangeOptions['proxy'] {
  if (address === '') return null;
  try {
    return readProxy(address, listOf(exceptions));
  } catch (error) {
    const detail = error instanceof Error ? error.message : '';
    throw new ConfigurationError([`EXCHANGE_PROXY, EXCHANGE_PROXY_EXCEPT: ${detail}`]);
  }
}

function portsOf(
  name: 'ALLOWED_MAIL_PORTS' | 'ALLOWED_EXCHANGE_PORTS',
  { [name]: ports }: MailerVariables,
): ConnectionPolicy['allowedPorts'] {
  if (ports === 'any') return 'any';
  const allowed = listOf(ports).map(Number);
  if (!allowed.every(isPort)) throw new ConfigurationError([`${name}: "${ports}" is not a list of ports`]);
  return allowed;
}

function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= 65_535;
}

function refuseUnusableNetworks(policy: ConnectionPolicy): void {
  try {
    createDestinationGuard(policy);
  } catch (error) {
    const detail = error instanceof Error ? error.message : '';
    throw new ConfigurationError([`DENIED_MAIL_NETWORKS, ALLOWED_MAIL_NETWORKS: ${detail}`]);
  }
}

function listOf(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}
