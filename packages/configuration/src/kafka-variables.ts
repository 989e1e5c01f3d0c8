import { type Static, Type } from '@sinclair/typebox';
import {
  ConfigurationError,
  integerVariable,
  listVariable,
  readNamedFile,
  readSecret,
  switchVariable,
  textVariable,
  together,
} from './variables.ts';

const passwordMechanisms = ['plain', 'scram-sha-256', 'scram-sha-512'] as const;
const mechanisms = [...passwordMechanisms, 'oauthbearer'] as const;

/** What tells one log from another. */
export const installationVariables = Type.Object({
  INSTALLATION_NAME: textVariable('Name of a new installation. It is kept in the log.', {
    default: 'postausgang',
    pattern: '^[^\\u0000-\\u001f]{1,200}$',
  }),
  ACCEPT_OTHER_LOG: switchVariable(
    'Accepts a log that is not the one that the local files know. For one start only.',
    false,
  ),
});

/** How a process signs in to the brokers. */
const signInVariables = Type.Object({
  KAFKA_SSL: switchVariable('Connects to the brokers with TLS.', false),
  KAFKA_SSL_CA_FILE: textVariable('PEM file of the authorities to trust. Empty: the authorities of Node.', {
    default: '',
  }),
  KAFKA_SSL_CERT_FILE: textVariable('PEM file of the client certificate for the brokers, with its chain.', {
    default: '',
  }),
  KAFKA_SSL_KEY_FILE: textVariable('PEM file of the private key of the client certificate.', {
    default: '',
  }),
  KAFKA_SSL_KEY_PASSWORD: textVariable('Password of that private key.', { default: '' }),
  KAFKA_SSL_KEY_PASSWORD_FILE: textVariable(
    'File with the password of that private key, instead of the password itself.',
    { default: '' },
  ),
  KAFKA_SASL_MECHANISM: textVariable(
    `Login mechanism of the brokers: ${mechanisms.join(', ')}. Empty: no login.`,
    {
      default: '',
      pattern: `^(${['', ...mechanisms].join('|')})$`,
    },
  ),
  KAFKA_SASL_USERNAME: textVariable('User name of the login.', { default: '' }),
  KAFKA_SASL_PASSWORD: textVariable('Password of the login.', { default: '' }),
  KAFKA_SASL_PASSWORD_FILE: textVariable(
    'File with the password of the login, instead of the password itself.',
    {
      default: '',
    },
  ),
  KAFKA_OAUTH_TOKEN_URL: textVariable(
    'Address of the authority that issues the access token of the login `oauthbearer` (client credentials).',
    { default: '', pattern: '^(|https?://.*)$' },
  ),
  KAFKA_OAUTH_CLIENT_ID: textVariable('Client id at this authority.', { default: '' }),
  KAFKA_OAUTH_CLIENT_SECRET: textVariable('Client secret at this authority.', { default: '' }),
  KAFKA_OAUTH_CLIENT_SECRET_FILE: textVariable('File with the client secret, instead of the secret itself.', {
    default: '',
  }),
  KAFKA_OAUTH_SCOPE: textVariable('Scope of the access token. Empty: the default of the authority.', {
    default: '',
  }),
  KAFKA_ALLOW_CLEARTEXT_SASL: switchVariable(
    'Allows the logins `plain` and `oauthbearer` to send their secret to other machines without TLS.',
    false,
  ),
});

/** The variables of a process whose log is Apache Kafka. `clientId` is the default of KAFKA_CLIENT_ID. */
export function kafkaVariables(clientId: string) {
  return Type.Object({
    KAFKA_BROKERS: listVariable('Some of the brokers as host:port. The others are discovered.'),
    KAFKA_CLIENT_ID: textVariable('Name of this process in the logs and quotas of the brokers.', {
      default: clientId,
      pattern: '^[A-Za-z0-9._-]{1,200}$',
    }),
    KAFKA_TOPIC_PREFIX: textVariable(
      'Prefix of every topic and group name, for several installations on the same brokers.',
      { default: '', pattern: '^[A-Za-z0-9._-]{0,100}$' },
    ),
    ...signInVariables.properties,
    KAFKA_CREATE_TOPICS: switchVariable('Creates missing topics. For development only.', false),
    KAFKA_REPLICATION_FACTOR: integerVariable(
      'Minimum number of copies of each topic, also used to create topics. 0: the brokers decide.',
      { default: 0, minimum: 0, maximum: 15 },
    ),
    KAFKA_SESSION_TIMEOUT_MS: integerVariable(
      'Time without a heartbeat after which other processes take over the partitions of this one.',
      { default: 10_000, minimum: 1_000, maximum: 300_000 },
    ),
    LOG_KEYS: textVariable(
      'Keys that sign what the services write, the same for all of them: the first signs, all verify, one after ' +
        '`old:` is retired. Each is 32 random bytes in base64; they are separated by commas or line ends.',
      { default: '' },
    ),
    LOG_KEYS_FILE: textVariable('File with the keys, instead of the keys themselves.', { default: '' }),
    INSTALLATION_FILE: textVariable(
      'File that remembers which installation the log belongs to. Empty: installation.json beside the keys.',
      { default: '' },
    ),
    ...installationVariables.properties,
  });
}
export type KafkaVariables = Static<ReturnType<typeof kafkaVariables>>;

interface KafkaTlsFiles {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly passphrase?: string;
}

interface PasswordLogin {
  readonly mechanism: (typeof passwordMechanisms)[number];
  readonly username: string;
  readonly password: string;
}

interface OauthLogin {
  readonly mechanism: 'oauthbearer';
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly scope: string;
}

/** How to reach Kafka: the part of `KafkaLogOptions` that comes from the environment. */
export interface KafkaConnection {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly topicPrefix: string;
  readonly ssl: boolean | KafkaTlsFiles;
  readonly sasl?: PasswordLogin | OauthLogin;
  readonly createTopics: boolean;
  readonly replicationFactor?: number;
  readonly limits: {
    readonly sessionTimeoutMs: number;
    readonly heartbeatMs: number;
    readonly leaseMs: number;
  };
}

/** @throws ConfigurationError when variables do not go together or a file cannot be read. */
export async function readKafkaConnection(variables: KafkaVariables): Promise<KafkaConnection> {
  const { KAFKA_REPLICATION_FACTOR: replicationFactor } = variables;
  const [brokers, sasl, ssl] = await together(
    () => brokersOf(variables.KAFKA_BROKERS),
    () => readLogin(variables),
    () => readTls(variables),
  );
  return {
    brokers,
    clientId: variables.KAFKA_CLIENT_ID,
    topicPrefix: variables.KAFKA_TOPIC_PREFIX,
    ssl,
    ...(sasl === undefined ? {} : { sasl }),
    createTopics: variables.KAFKA_CREATE_TOPICS,
    ...(replicationFactor === 0 ? {} : { replicationFactor }),
    limits: ownershipLimits(variables.KAFKA_SESSION_TIMEOUT_MS),
  };
}

// A lease has to be over well before the brokers give a partition to somebody else.
function ownershipLimits(sessionTimeoutMs: number): KafkaConnection['limits'] {
  return { sessionTimeoutMs, heartbeatMs: sessionTimeoutMs * 0.15, leaseMs: sessionTimeoutMs * 0.6 };
}

function brokersOf(list: string): readonly string[] {
  const brokers = list.split(',').map((broker) => broker.trim());
  const wrong = brokers.filter((broker) => !/^(\[[0-9a-f:.]+\]|[^\s:,/]+):\d{1,5}$/i.test(broker));
  if (wrong.length > 0) {
    throw new ConfigurationError([`KAFKA_BROKERS: "${wrong.join(', ')}" is not host:port`]);
  }
  return brokers;
}

async function readTls(variables: KafkaVariables): Promise<KafkaConnection['ssl']> {
  const { KAFKA_SSL: ssl, KAFKA_SSL_CA_FILE: caFile } = variables;
  const client = await readClientCertificate(variables);
  if (caFile === '' && client === undefined) return ssl;
  if (!ssl)
    throw new ConfigurationError(['KAFKA_SSL_CA_FILE, KAFKA_SSL_CERT_FILE: set KAFKA_SSL=true as well']);
  const ca = caFile === '' ? {} : { ca: await readNamedFile('KAFKA_SSL_CA_FILE', caFile) };
  return { ...ca, ...client };
}

async function readClientCertificate(variables: KafkaVariables): Promise<KafkaTlsFiles | undefined> {
  const { KAFKA_SSL_CERT_FILE: certFile, KAFKA_SSL_KEY_FILE: keyFile } = variables;
  if (certFile === '' && keyFile === '') return undefined;
  if (certFile === '' || keyFile === '') {
    throw new ConfigurationError(['KAFKA_SSL_CERT_FILE, KAFKA_SSL_KEY_FILE: set both, or neither']);
  }
  const passphrase = await readSecret(
    'KAFKA_SSL_KEY_PASSWORD',
    variables.KAFKA_SSL_KEY_PASSWORD,
    variables.KAFKA_SSL_KEY_PASSWORD_FILE,
  );
  return {
    cert: await readNamedFile('KAFKA_SSL_CERT_FILE', certFile),
    key: await readNamedFile('KAFKA_SSL_KEY_FILE', keyFile),
    ...(passphrase === '' ? {} : { passphrase }),
  };
}

async function readLogin(variables: KafkaVariables): Promise<KafkaConnection['sasl']> {
  const { KAFKA_SASL_USERNAME: username, KAFKA_SASL_PASSWORD: value } = variables;
  if (variables.KAFKA_SASL_MECHANISM === 'oauthbearer') return readOauthLogin(variables);
  const mechanism = passwordMechanisms.find((name) => name === variables.KAFKA_SASL_MECHANISM);
  const password = await readSecret('KAFKA_SASL_PASSWORD', value, variables.KAFKA_SASL_PASSWORD_FILE);
  if (mechanism === undefined && username === '' && password === '') return undefined;
  if (mechanism === undefined || username === '' || password === '') {
    throw new ConfigurationError([
      'KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD(_FILE): set all of them, or none',
    ]);
  }
  if (mechanism === 'plain') requireSafePassword(variables);
  return { mechanism, username, password };
}

async function readOauthLogin(variables: KafkaVariables): Promise<OauthLogin> {
  const { KAFKA_OAUTH_TOKEN_URL: tokenUrl, KAFKA_OAUTH_CLIENT_ID: clientId } = variables;
  const clientSecret = await readSecret(
    'KAFKA_OAUTH_CLIENT_SECRET',
    variables.KAFKA_OAUTH_CLIENT_SECRET,
    variables.KAFKA_OAUTH_CLIENT_SECRET_FILE,
  );
  if (!URL.canParse(tokenUrl) || clientId === '' || clientSecret === '') {
    throw new ConfigurationError([
      'KAFKA_OAUTH_TOKEN_URL, KAFKA_OAUTH_CLIENT_ID, KAFKA_OAUTH_CLIENT_SECRET(_FILE): oauthbearer needs all of them',
    ]);
  }
  const { protocol, host, port } = new URL(tokenUrl);
  if (protocol !== 'https:' && !isLoopback(port === '' ? `${host}:80` : host)) {
    throw new ConfigurationError([
      'KAFKA_OAUTH_TOKEN_URL: must be https, since the client secret goes there',
    ]);
  }
  requireSafePassword(variables);
  return { mechanism: 'oauthbearer', tokenUrl, clientId, clientSecret, scope: variables.KAFKA_OAUTH_SCOPE };
}

/** PLAIN sends the password as it is, OAUTHBEARER the token. */
function requireSafePassword(variables: KafkaVariables): void {
  const { KAFKA_SSL: ssl, KAFKA_ALLOW_CLEARTEXT_SASL: isAllowed, KAFKA_BROKERS: brokers } = variables;
  if (!ssl && !isAllowed && !brokersOf(brokers).every(isLoopback)) {
    throw new ConfigurationError([
      `KAFKA_SASL_MECHANISM: ${variables.KAFKA_SASL_MECHANISM} would send the password unprotected; set KAFKA_SSL=true or choose scram-sha-512` +
        ' (or KAFKA_ALLOW_CLEARTEXT_SASL=true)',
    ]);
  }
}

function isLoopback(broker: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[::1\]):\d+$/i.test(broker);
}
