import { randomUUID } from 'node:crypto';
import { dirname, join, resolve } from 'node:path';
import { Registry } from 'prom-client';
import {
  type KafkaConnection,
  readKafkaConnection,
  readLogKeys,
  readProducerKeys,
  requireWritableFolder,
} from '@postausgang/configuration';
import { failure, type LogPlace, productVersion, topics } from '@postausgang/contracts';
import {
  createPublisher,
  eachEvent,
  type EventLog,
  type Fold,
  openInstalledLog,
  openKafkaLog,
  placeInKafka,
  startFold,
} from '@postausgang/event-log';
import {
  addEnvironmentMetric,
  addProcessMetrics,
  addRefusedRecordsMetric,
  createHttpServer,
  createVouchers,
  firstKnown,
  type HttpServer,
  listenOn,
  proxyTrustOf,
  requireSafeBind,
  type RunningService,
  sendingChecks,
  sendingHeaders,
  type SendingState,
  type ServiceProcess,
  tokenAuthentication,
} from '@postausgang/http';
import { createOpener, openKeyRing, writePublicKeyFile } from '@postausgang/credentials';
import { commandPolicies } from '@postausgang/mail';
import {
  createSettingsState,
  evolveSettings,
  isAtHome,
  sendingModeOf,
  type SettingsState,
} from '@postausgang/settings';
import { type MailerServerVariables, openContentStore } from './config.ts';
import { createOutcomeWatch, type OutcomeWatch } from './engine/outcome-watch.ts';
import { addMailMetrics } from './http/mail-metrics.ts';
import type { SendingGate } from './apply/gate.ts';
import { createMailer, type Mailer, mailerTags } from './mailer.ts';
import { hasFoldedMail, lockViewDirectory } from './view/database.ts';

export interface MailerServer extends RunningService {
  /** `http://host:port` */
  readonly address: string;
}

const now = () => new Date();
const newId = () => randomUUID();
/** A day less than the topic keeps a request: then it can still be read when its time has come. */
const longestWaitMs = topics.mailRequests.retentionMs - 24 * 60 * 60 * 1000;
const heartbeatMs = 10_000;
/** An append is given up after 30 s, a lease after 10. */
const danglingGraceMs = 45_000;

/** A mailer as a process of its own, over Kafka. Waits for brokers that do not answer yet; then it listens. */
export async function startMailerServer(
  variables: MailerServerVariables,
  { logger, onFailure }: ServiceProcess,
): Promise<MailerServer> {
  const { HOST: host, PORT: port, BEHIND_PROXY: behindProxy } = variables;
  requireSafeBind(host, { behindProxy, tls: false });
  const proxies = proxyTrustOf(variables);
  const kafka = { connection: await readKafkaConnection(variables), logKeys: await readLogKeys(variables) };
  const viewDirectory = resolve(variables.DATA_DIR);
  const unlock = await lockFolder(viewDirectory);
  const keyRing = await openKeyRing(resolve(variables.KEY_DIRECTORY));
  await publishKeys(variables.PUBLIC_KEYS_FILE, keyRing.publicKeys);
  const contentStore = await openContentStore(variables);
  const source = `/mailer/${variables.MAILER_ID}`;
  const parts = { ...kafka, source, viewDirectory };
  const { log, refusedRecords } = await openMailerLog(variables, parts, { logger, onFailure });
  const settings = followSettings(log, logger);
  const gate = gateAt(placeInKafka(log, kafka.connection), settings);
  const watch = createOutcomeWatch({ logger, now });
  const mailer = createMailer({
    watch,
    log,
    settings,
    gate,
    publisher: createPublisher(log, { source, now, newId }),
    opener: createOpener(keyRing),
    contentStore,
    viewDirectory,
    variables,
    heartbeatMs,
    danglingGraceMs,
    commandPolicy: commandPolicies.find((policy) => policy === variables.KAFKA_COMMANDS) ?? 'own',
    partitionCount: topics.mailRequests.partitions,
    longestWaitMs,
    logger,
    now,
    newId,
    random: Math.random,
    onFailure,
  });
  settings.onChange(whenOpened(gate, mailer.gateChanged));
  await mailer.accepting;

  const sending = sendingOf(gate, settings);
  const served = { ...kafka, proxies, mailer, watch, sending, log, refusedRecords, logger };
  const app = await openServer(variables, served);
  await mailer.registerRoutes(app);
  const address = await listenOn(app, { host, port });
  return {
    address,
    async stop() {
      mailer.stopSending();
      await app.close();
      await mailer.stop();
      await settings.stop();
      await contentStore.close();
      await log.close();
      unlock();
    },
  };
}

function followSettings(log: EventLog, logger: ServiceProcess['logger']): Fold<SettingsState> {
  const state = createSettingsState();
  return startFold({ log, logger, topic: 'settings', state, apply: eachEvent(evolveSettings) });
}

/**
 * Closed while the log names another place than this one, as a copy of its topics does. config-api lets a person say
 * what it is; before a log has named any place, nobody is asked.
 */
function gateAt(
  place: LogPlace,
  { state, caughtUp }: Pick<Fold<SettingsState>, 'state' | 'caughtUp'>,
): SendingGate {
  return {
    known: caughtUp,
    closedBy: () =>
      state.environment === null || isAtHome(state.environment, place)
        ? null
        : failure('environment-held', 'other-place'),
  };
}

function sendingOf(gate: SendingGate, { state }: Pick<Fold<SettingsState>, 'state'>): SendingState {
  return {
    heldFor: () => (gate.closedBy() === null ? null : 'other-place'),
    sendingMode: () => sendingModeOf(state).content.mode,
  };
}

/** A listener that calls `opened` when it finds the gate open for the first time after it was closed. */
function whenOpened(gate: SendingGate, opened: () => void): () => void {
  let wasClosed = false;
  return () => {
    const isClosed = gate.closedBy() !== null;
    if (wasClosed && !isClosed) opened();
    wasClosed = isClosed;
  };
}

async function lockFolder(directory: string): Promise<() => void> {
  await requireWritableFolder('DATA_DIR', directory);
  return lockViewDirectory(directory);
}

async function publishKeys(file: string, keys: Parameters<typeof writePublicKeyFile>[1]): Promise<void> {
  await requireWritableFolder('PUBLIC_KEYS_FILE', dirname(resolve(file)));
  await writePublicKeyFile(resolve(file), keys);
}

interface LogParts {
  readonly connection: KafkaConnection;
  readonly logKeys: Awaited<ReturnType<typeof readLogKeys>>;
  readonly source: string;
  readonly viewDirectory: string;
}

/** The log in Kafka, as the services of this installation write it. */
async function openMailerLog(
  variables: MailerServerVariables,
  { connection, logKeys, source, viewDirectory }: LogParts,
  { logger, onFailure }: ServiceProcess,
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
    keys: logKeys,
    producerKeys: await readProducerKeys(variables.KAFKA_PRODUCER_KEYS, variables.KAFKA_PRODUCER_KEYS_FILE),
    statePath: resolve(variables.INSTALLATION_FILE || join(variables.KEY_DIRECTORY, 'installation.json')),
    name: variables.INSTALLATION_NAME,
    source,
    acceptOther: variables.ACCEPT_OTHER_LOG,
    knowsLog: () => hasFoldedMail(viewDirectory),
    now,
    newId,
    logger,
  });
}

interface Served extends Pick<ServiceProcess, 'logger'> {
  /** A config-api has the same ones. */
  readonly logKeys: LogParts['logKeys'];
  readonly proxies: ReturnType<typeof proxyTrustOf>;
  readonly mailer: Mailer;
  readonly watch: OutcomeWatch;
  readonly sending: SendingState;
  readonly log: { readiness(): { readonly ready: boolean } };
  readonly refusedRecords: Parameters<typeof addRefusedRecordsMetric>[1];
}

function openServer(
  variables: MailerServerVariables,
  { proxies, mailer, logKeys, watch, sending, log, refusedRecords, logger }: Served,
): Promise<HttpServer> {
  const registry = new Registry();
  addRefusedRecordsMetric(registry, refusedRecords);
  addEnvironmentMetric(registry, sending);
  addProcessMetrics(registry, 'mailer');
  watch.addMetrics(registry);
  addMailMetrics(
    registry,
    () => mailer.stats(),
    () => mailer.report(),
  );
  return createHttpServer({
    title: 'Postausgang mailer',
    version: productVersion,
    description: 'Sending mails, and their status. Every mailer answers for all mails.',
    tags: mailerTags,
    logger,
    authenticate: firstKnown(
      mailer.authenticate,
      createVouchers(logKeys, now).authenticate,
      tokenAuthentication(variables, now),
    ),
    stateHeaders: () => sendingHeaders(sending),
    // What is wrong in detail stands in the log; this answer is for everybody.
    isReady: () => {
      const { ready } = log.readiness();
      const checks = { log: ready ? 'ok' : 'no connection to Kafka', queue: mailer.check() };
      return { ready, checks: { ...checks, ...sendingChecks(sending) } };
    },
    anonymousRoutes: variables.ANONYMOUS_ROUTES,
    ...proxies,
    basePath: variables.BASE_PATH,
    registry,
    timeouts: { closeMs: Math.min(10_000, variables.STOP_GRACE_SECONDS * 500) },
  });
}
