import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Test } from 'tap';
import {
  type ApiAnswer,
  callApi,
  type CallOptions,
  type ServiceProcess,
  startServiceProcess,
} from '../end-to-end/service-process.ts';
import { type NodeSink, startNodeSink } from '../peers/node-sink.ts';
import { kafkaVariables, type TestBrokers, testLogKey } from './test-brokers.ts';

const mainOf = (service: string) =>
  new URL(`../../services/${service}/src/main.ts`, import.meta.url).pathname;

/** One config-api and three mailers as processes of their own, and a mail server they send to. */
export interface Cluster {
  readonly sink: NodeSink;
  /** The mailers that run, in no order. */
  mailers(): readonly ServiceProcess[];
  /** SIGKILL of one of them, and a start with the same id and folders. */
  replace(index: number): Promise<void>;
  /** Starts one more. */
  join(): Promise<void>;
  /** SIGTERM of the last one that joined. */
  leave(): Promise<void>;
  readonly configApi: ServiceProcess;
  /** The admin key. */
  readonly key: string;
  /** Calls config-api with the admin key. */
  configure(method: string, path: string, options?: CallOptions): Promise<ApiAnswer>;
  /** Calls a mailer with the same key; rejects while it is dead. */
  call(mailer: ServiceProcess, method: string, path: string, options?: CallOptions): Promise<ApiAnswer>;
}

export const serverPath = '/v1/outgoing-servers/default';
const sessionTimeoutMs = 2_000;

/** `directory` may hold the admin key of a config-api that has used the same brokers. */
export async function startCluster(
  t: Test,
  kafka: TestBrokers,
  directory: string,
  replicationFactor = 1,
): Promise<Cluster> {
  const sink = await startNodeSink({ capture: true });
  t.teardown(sink.stop);
  const shared = {
    ...kafkaVariables(kafka),
    KAFKA_REPLICATION_FACTOR: String(replicationFactor),
    KAFKA_SESSION_TIMEOUT_MS: String(sessionTimeoutMs),
    LOG_KEYS: testLogKey,
    PORT: '0',
    LOG_LEVEL: 'warn',
  };
  const publicKeys = join(directory, 'public', 'public-keys.json');
  const startMailer = (index: number) =>
    startServiceProcess(mainOf('mailer'), {
      ...shared,
      MAILER_ID: `m${index}`,
      DATA_DIR: join(directory, `mailer-${index}`),
      KEY_DIRECTORY: join(directory, 'mailer-keys'),
      PUBLIC_KEYS_FILE: publicKeys,
      CONTENT_DIRECTORY: join(directory, 'content'),
      ALLOW_LOOPBACK_MAIL_SERVERS: 'true',
      ALLOWED_MAIL_PORTS: 'any',
    });
  const mailers = await Promise.all([0, 1, 2].map(startMailer));
  const adminKeyFile = join(directory, 'admin.key');
  const configApi = await startServiceProcess(mainOf('config-api'), {
    ...shared,
    ADMIN_KEY_FILE: adminKeyFile,
    SEALING_PUBLIC_KEYS: publicKeys,
    MAILER_URL: mailers[0]?.api ?? '',
  });
  t.teardown(async () => {
    await Promise.all([configApi, ...mailers].map(({ stop }) => stop()));
  });
  const key = (await readFile(adminKeyFile, 'utf8')).trim();
  return {
    sink,
    mailers: () => mailers,
    async replace(index) {
      await mailers[index]?.kill();
      mailers[index] = await startMailer(index);
    },
    async join() {
      mailers.push(await startMailer(mailers.length));
    },
    async leave() {
      await mailers.pop()?.stop();
    },
    configApi,
    key,
    configure: (method, path, options) => callApi(configApi.api, key, method, path, options),
    call: ({ api }, method, path, options) => callApi(api, key, method, path, options),
  };
}

/** Switches sending on, to the sink. Resolves when every mailer uses it. */
export async function sendToSink(t: Test, { sink, configure }: Cluster): Promise<void> {
  const { headers } = await configure('GET', serverPath);
  const saved = await configure('PUT', serverPath, {
    headers: { 'if-match': headers.get('etag') ?? '', prefer: 'wait=applied' },
    body: {
      enabled: true,
      serverType: 'smtp',
      senderAddress: { name: 'ACME', address: 'erp@acme.example' },
      smtp: { hostname: '127.0.0.1', port: sink.port, encryption: 'none', authentication: 'none' },
    },
  });
  t.match(saved.body, { applied: { state: 'applied' } }, 'all mailers use the settings');
}
