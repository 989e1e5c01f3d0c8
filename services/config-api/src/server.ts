import { randomUUID } from 'node:crypto';
import { dirname, join, resolve } from 'node:path';
import pino from 'pino';
import { Registry } from 'prom-client';
import {
  identityHostsOf,
  type KafkaConnection,
  readKafkaConnection,
  readLogKeys,
} from '@postausgang/configuration';
import { productVersion, topics } from '@postausgang/contracts';
import { createPublisher, openInstalledLog, openKafkaLog, placeInKafka } from '@postausgang/event-log';
import {
  addEnvironmentMetric,
  addProcessMetrics,
  addRefusedRecordsMetric,
  createHttpServer,
  firstKnown,
  listenOn,
  openSignIn,
  openSessionKey,
  proxyTrustOf,
  requireSafeBind,
  type RunningService,
  sendingChecks,
  sendingHeaders,
  type ServiceProcess,
  sessionsOf,
} from '@postausgang/http';
import { createSealer, readPublicKeyFile } from '@postausgang/credentials';
import { type ConfigApi, configApiTags, createConfigApi } from './config-api.ts';
import type { ConfigApiVariables } from './config.ts';
import { countNamingAt, mailProxy } from './mail-proxy.ts';
import { createNewAdminKey } from './new-admin-key.ts';

export interface ConfigApiServer extends RunningService {
  /** `http://host:port` */
  readonly address: string;
  /** The admin key's file; undefined when it no longer holds a usable key. */
  readonly adminKeyFile: string | undefined;
}

const now = () => new Date();
const newId = () => randomUUID();

/** A file that a variable names, else one beside the admin key. */
function fileBeside(
  { ADMIN_KEY_FILE: adminKeyFile }: ConfigApiVariables,
  file: string,
  name: string,
): string {
  return file === '' ? join(dirname(resolve(adminKeyFile)), name) : resolve(file);
}

const source = '/config-api';

interface KafkaParts {
  readonly connection: KafkaConnection;
  readonly keys: Awaited<ReturnType<typeof readLogKeys>>;
}

/** The log in Kafka, as the services of this installation write it. */
async function openLog(
  variables: ConfigApiVariables,
  { connection, keys }: KafkaParts,
  { logger, onFailure }: Pick<ServiceProcess, 'logger' | 'onFailure'>,
) {
  const log = await openKafkaLog({
    ...connection,
    topics: Object.values(topics),
    onError: onFailure,
    logger,
  });
  return openInstalledLog({
    log,
    topicPrefix: connection.topicPrefix,
    keys,
    statePath: fileBeside(variables, variables.INSTALLATION_FILE, 'installation.json'),
    name: variables.INSTALLATION_NAME,
    source,
    acceptOther: variables.ACCEPT_OTHER_LOG,
    now,
    newId,
    logger,
  });
}

function registryOf(
  configApi: ConfigApi,
  refusedRecords: Parameters<typeof addRefusedRecordsMetric>[1],
): Registry {
  const registry = new Registry();
  addProcessMetrics(registry, 'config-api');
  configApi.addMetrics(registry);
  addRefusedRecordsMetric(registry, refusedRecords);
  addEnvironmentMetric(registry, configApi.sending);
  return registry;
}

/** config-api as a process of its own, over Kafka. Waits for brokers that do not answer yet; then it listens. */
export async function startConfigApiServer(
  variables: ConfigApiVariables,
  serviceProcess: ServiceProcess,
): Promise<ConfigApiServer> {
  const { logger } = serviceProcess;
  const { HOST: host, PORT: port, BEHIND_PROXY: behindProxy } = variables;
  requireSafeBind(host, { behindProxy, tls: false });
  const proxies = proxyTrustOf(variables);
  // What is wrong with the configuration is told before anything waits for brokers.
  const kafka = { connection: await readKafkaConnection(variables), keys: await readLogKeys(variables) };
  const sealer = createSealer(await readPublicKeyFile(resolve(variables.SEALING_PUBLIC_KEYS)));
  const sessionKey = await openSessionKey(fileBeside(variables, variables.SESSION_KEY_FILE, 'session.key'));
  const signIn = await openSignIn(variables, { sessionKey, voucherKeys: kafka.keys }, now);
  const { log, installation, refusedRecords } = await openLog(variables, kafka, serviceProcess);
  const configApi = createConfigApi({
    log,
    publisher: createPublisher(log, { source, now, newId }),
    sealer,
    identityHosts: identityHostsOf(variables),
    countNaming: (senderId, request) => countNamingAt(variables.MAILER_URL, senderId, request),
    environment: { installation, log: 'kafka', place: placeInKafka(log, kafka.connection), isPaused: false },
    now,
    newId,
    logger,
  });
  await configApi.ready;
  const adminKeyFile = await configApi.ensureAdminKey(resolve(variables.ADMIN_KEY_FILE));
  await configApi.environment?.known;

  const app = await createHttpServer({
    registry: registryOf(configApi, refusedRecords),
    title: 'Postausgang config-api',
    version: productVersion,
    description: 'Settings of the outgoing mail server, connection tests, and API keys.',
    tags: configApiTags,
    logger,
    authenticate: firstKnown(configApi.authenticate, signIn.authenticate),
    sessions: sessionsOf(variables, sessionKey, configApi.sessionEndings),
    account: signIn.account,
    stateHeaders: () => sendingHeaders(configApi.sending),
    // What is wrong in detail stands in the log; this answer is for everybody.
    isReady: () => {
      const { ready } = log.readiness();
      const checks = sendingChecks(configApi.sending);
      return { ready, checks: { log: ready ? 'ok' : 'no connection to Kafka', ...checks } };
    },
    anonymousRoutes: variables.ANONYMOUS_ROUTES,
    ...proxies,
    basePath: variables.BASE_PATH,
  });
  await configApi.registerRoutes(app);
  if (variables.MAILER_URL !== '') await app.register(mailProxy, { mailerUrl: variables.MAILER_URL });
  const address = await listenOn(app, { host, port });
  return {
    address,
    adminKeyFile,
    async stop() {
      await app.close();
      await configApi.stop();
      await log.close();
    },
  };
}

/**
 * Another admin key, for whoever owns the machine and has the keys that sign the log. Resolves with its file. Throws
 * ConfigurationError, InstallationError, and what `createNewAdminKey` throws.
 */
export async function makeAdminKeyOverKafka(variables: ConfigApiVariables): Promise<string> {
  const kafka = { connection: await readKafkaConnection(variables), keys: await readLogKeys(variables) };
  const path = resolve(variables.ADMIN_KEY_FILE);
  // Nobody else says that no broker answers, or that a right is missing.
  const logger = pino({ level: 'warn' }, pino.destination({ dest: process.stderr.fd, sync: true }));
  const { log } = await openLog(variables, kafka, {
    logger,
    onFailure: (error) => logger.error({ err: error }),
  });
  try {
    await createNewAdminKey({ log, path, now, newId });
    return path;
  } finally {
    await log.close();
  }
}
