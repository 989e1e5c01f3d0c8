import { randomUUID } from 'node:crypto';
import { join, resolve } from 'node:path';
import { Registry } from 'prom-client';
import {
  type ConfigApi,
  configApiTags,
  createConfigApi,
  createNewAdminKey,
  type EnvironmentOptions,
} from '@postausgang/config-api';
import { identityHostsOf, requireWritableFolder } from '@postausgang/configuration';
import { type ContentStore, openDirectoryStore } from '@postausgang/content-store';
import { productVersion, topics } from '@postausgang/contracts';
import {
  createPublisher,
  type Installation,
  openInstallation,
  openSqliteLog,
  type SqliteLog,
} from '@postausgang/event-log';
import {
  addEnvironmentMetric,
  addProcessMetrics,
  createHttpServer,
  firstKnown,
  type HttpServer,
  isLoopback,
  listenOn,
  openSessionKey,
  openSignIn,
  proxyTrustOf,
  requireSafeBind,
  type RunningService,
  sendingChecks,
  sendingHeaders,
  type ServiceProcess,
  sessionsOf,
} from '@postausgang/http';
import {
  addMailMetrics,
  createMailer,
  createOutcomeWatch,
  hasFoldedMail,
  type Mailer,
  mailerTags,
  type OutcomeWatch,
} from '@postausgang/mailer';
import { createOpener, createSealer, openKeyRing } from '@postausgang/credentials';
import { retentionOf, type StandaloneVariables } from './config.ts';
import { addLogMetrics, isDiskFull, refusedOnFullDisk } from './disk.ts';
import { type DiskForecast, startDiskForecast } from './disk-forecast.ts';
import { gateOf, placeOf } from './place.ts';
import { readRestoredNote } from './restored-note.ts';
import { forgetWhenComplete } from './forgetting.ts';

interface Standalone extends RunningService {
  /** `http://host:port` */
  readonly address: string;
  /** The admin key's file; undefined when it no longer holds a usable key. */
  readonly adminKeyFile: string | undefined;
  /** Where the first person begins, on this machine; undefined when there is one, or when others reach the service too. */
  readonly startLink: string | undefined;
}

const now = () => new Date();
const newId = randomUUID;

/**
 * Both services in one process on one port, over the embedded log. Stopping takes no more requests, lets mail in flight
 * end, and closes everything.
 */
export async function startStandalone(
  variables: StandaloneVariables,
  { logger, onFailure }: Pick<ServiceProcess, 'logger' | 'onFailure'>,
): Promise<Standalone> {
  const { HOST: host, PORT: port, BEHIND_PROXY: behindProxy } = variables;
  requireSafeBind(host, { behindProxy, tls: false });
  const directory = resolve(variables.DATA_DIR);
  await requireWritableFolder('DATA_DIR', directory, 'content');
  const sessionKey = await openSessionKey(join(directory, 'session.key'));
  const signIn = await openSignIn(variables, { sessionKey, voucherKeys: { active: sessionKey } }, now);
  const { log, installation } = await openOwnLog(variables, directory, { logger, onFailure });
  const place = await placeOf(directory);
  const restored = await readRestoredNote(directory);
  const contentStore = refusedOnFullDisk(await openDirectoryStore(join(directory, 'content')), log);
  const keyRing = await openKeyRing(join(directory, 'keys'));
  const watch = createOutcomeWatch({ logger, now });
  const { configApi, mailer } = startServices(variables, {
    watch,
    directory,
    log,
    contentStore,
    keyRing,
    environment: { installation, log: 'embedded', place, isPaused: variables.SENDING === 'paused', restored },
    logger,
    onFailure,
  });
  await configApi.ready;
  const adminKeyFile = await configApi.ensureAdminKey(join(directory, 'admin.key'));
  await mailer.accepting;

  const forecast = await startDiskForecast({ directory, logger });
  const served = { log, forecast, configApi, mailer, watch, signIn, logger };
  const app = await openServer(variables, served);
  await configApi.registerRoutes(app);
  await mailer.registerRoutes(app);
  const address = await listenOn(app, { host, port });
  const endForgetting = forgetWhenComplete({ log, mailer, ...retentionOf(variables), logger });
  const stop = async (): Promise<void> => {
    endForgetting();
    forecast.stop();
    await stopAll({ app, mailer, configApi, contentStore, log });
  };
  const token = isLocal(variables) ? configApi.openStartLink() : undefined;
  const startLink = token === undefined ? undefined : `${address}${variables.BASE_PATH}/#/start/${token}`;
  return { address, adminKeyFile, startLink, stop };
}

/** Whether nobody but this machine reaches the service. */
function isLocal({ HOST: host, BEHIND_PROXY: behindProxy }: StandaloneVariables): boolean {
  return isLoopback(host) && !behindProxy;
}

interface Parts {
  readonly app: HttpServer;
  readonly mailer: Mailer;
  readonly configApi: ConfigApi;
  readonly contentStore: ContentStore;
  readonly log: SqliteLog;
}

async function stopAll({ app, mailer, configApi, contentStore, log }: Parts): Promise<void> {
  mailer.stopSending();
  await app.close();
  await mailer.stop();
  await configApi.stop();
  await contentStore.close();
  await log.close();
}

interface ServiceParts extends Pick<ServiceProcess, 'logger' | 'onFailure'> {
  readonly watch: OutcomeWatch;
  readonly directory: string;
  readonly log: SqliteLog;
  readonly contentStore: ContentStore;
  readonly keyRing: Awaited<ReturnType<typeof openKeyRing>>;
  readonly environment: EnvironmentOptions;
}

/** Both services over one log, and the mailer behind the gate of the environment. */
function startServices(variables: StandaloneVariables, parts: ServiceParts) {
  const { watch, directory, log, contentStore, keyRing, environment, logger, onFailure } = parts;
  const publisher = (source: string) => createPublisher(log, { source, now, newId });
  const configApi = createConfigApi({
    log,
    publisher: publisher('/config-api'),
    sealer: createSealer(keyRing.publicKeys),
    identityHosts: identityHostsOf(variables),
    hasTestMailbox: true,
    countNaming: (senderId) => mailer.countNaming(senderId),
    environment,
    now,
    newId,
    logger,
  });
  const mailer = createMailer({
    log,
    settings: configApi.settings,
    publisher: publisher(`/mailer/${variables.MAILER_ID}`),
    opener: createOpener(keyRing),
    contentStore,
    viewDirectory: directory,
    isDiskFull: () => isDiskFull(log),
    variables,
    ...gateOf(configApi.environment),
    isLocal: isLocal(variables),
    hasTestMailbox: true,
    requestRetentionMs: retentionOf(variables).requestsMs,
    watch,
    logger,
    now,
    newId,
    random: Math.random,
    onFailure,
  });
  configApi.environment?.use(mailer);
  return { configApi, mailer };
}

interface LogWitness {
  readonly logger: Pick<ServiceProcess['logger'], 'warn'>;
  readonly onFailure: ServiceProcess['onFailure'];
}

/** Nobody else can write to the embedded log, so nothing in it is signed: whoever can change the file owns the keys too. */
async function openOwnLog(
  variables: StandaloneVariables,
  directory: string,
  { logger, onFailure }: LogWitness,
): Promise<{ readonly log: SqliteLog; readonly installation: Installation }> {
  const log = await openSqliteLog({
    directory,
    topics: Object.values(topics),
    keepReserve: true,
    onError: onFailure,
  });
  try {
    const { installation } = await openInstallation({
      log,
      logName: `The log in ${directory}`,
      statePath: join(directory, 'installation.json'),
      name: variables.INSTALLATION_NAME,
      source: '/config-api',
      acceptOther: variables.ACCEPT_OTHER_LOG,
      knowsLog: () => hasFoldedMail(directory),
      now,
      newId,
      logger,
    });
    return { log, installation };
  } catch (error) {
    await log.close();
    throw error;
  }
}

/** Another admin key, for whoever owns the machine. Resolves with its file. Throws `log-in-use` while the service runs. */
export async function makeAdminKey(variables: StandaloneVariables): Promise<string> {
  const directory = resolve(variables.DATA_DIR);
  const path = join(directory, 'admin.key');
  const logger = { warn: () => undefined };
  const { log } = await openOwnLog(variables, directory, { logger, onFailure: () => undefined });
  try {
    await createNewAdminKey({ log, path, now, newId });
    return path;
  } finally {
    await log.close();
  }
}

interface Served {
  readonly forecast: DiskForecast;
  readonly log: SqliteLog;
  readonly configApi: ConfigApi;
  readonly mailer: Mailer;
  readonly watch: OutcomeWatch;
  readonly signIn: Awaited<ReturnType<typeof openSignIn>>;
  readonly logger: ServiceProcess['logger'];
}

/** The HTTP server of both services, with what is worth watching of them. */
function openServer(
  variables: StandaloneVariables,
  { log, forecast, configApi, mailer, watch, signIn, logger }: Served,
): Promise<HttpServer> {
  const registry = new Registry();
  addProcessMetrics(registry, 'postausgang');
  watch.addMetrics(registry);
  addMailMetrics(
    registry,
    () => mailer.stats(),
    () => mailer.report(),
  );
  configApi.addMetrics(registry);
  addLogMetrics(registry, log, resolve(variables.DATA_DIR));
  forecast.addMetric(registry);
  addEnvironmentMetric(registry, configApi.sending);
  return createHttpServer({
    title: 'Postausgang',
    version: productVersion,
    description: 'Outgoing mail for business software: settings, connection tests, mails and their status.',
    tags: [...configApiTags, ...mailerTags],
    logger,
    authenticate: firstKnown(configApi.authenticate, signIn.authenticate),
    sessions: sessionsOf(variables, signIn.sessionKey, configApi.sessionEndings),
    account: signIn.account,
    stateHeaders: () => sendingHeaders(configApi.sending),
    isReady: () => {
      const { ready, failure } = log.readiness();
      // What is wrong in detail stands in the log; this answer is for everybody.
      return {
        ready: ready && configApi.isReady(),
        checks: {
          log: failure?.code ?? 'ok',
          queue: mailer.check(),
          ...sendingChecks(configApi.sending),
          ...forecast.check(),
        },
      };
    },
    anonymousRoutes: variables.ANONYMOUS_ROUTES,
    ...proxyTrustOf(variables),
    basePath: variables.BASE_PATH,
    registry,
    timeouts: { closeMs: Math.min(10_000, variables.STOP_GRACE_SECONDS * 500) },
  });
}
