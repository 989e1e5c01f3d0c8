import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { Sealer } from '@postausgang/credentials';
import { eachEvent, type EventLog, type Fold, type Publisher, startFold } from '@postausgang/event-log';
import {
  addJsonParser,
  type Authenticate,
  createRateLimiter,
  type HttpPlugin,
  type HttpRequest,
  type HttpServer,
  keyAuthentication,
  type RateLimiter,
  type SendingState,
  type TagDescription,
  type SessionEndings,
} from '@postausgang/http';
import { settingsPage } from '@postausgang/page';
import {
  createConnectionTestsState,
  createMailerStatusState,
  createSenderChecksState,
  createSettingsState,
  credentialsOf,
  evolveConnectionTests,
  evolveKeyUses,
  evolveMailerStatus,
  evolveSenderChecks,
  evolveSettings,
  findKeyBySha256,
  type IdentityHosts,
  type NewSecret,
  sendingModeOf,
  type SettingsState,
  type Verdict,
} from '@postausgang/settings';
import { type ApiKeyChanger, apiKeyRoutes, createApiKeyChanger, ensureAdminKey } from './api-keys.ts';
import { addCredentialMetrics, createExpiryWarnings } from './certificates/expiry.ts';
import { type ConnectionTests, createConnectionTests } from './connection-tests.ts';
import {
  createEnvironment,
  type Environment,
  type EnvironmentOptions,
  environmentRoutes,
} from './environment.ts';
import type { EventStreamOptions } from './event-stream.ts';
import { createMailerStatus, type MailerStatus } from './mailer-status.ts';
import { certificateRoutes } from './routes/certificate-routes.ts';
import { connectionTestRoutes } from './routes/connection-test-routes.ts';
import { eventRoutes, supportRoutes } from './routes/event-routes.ts';
import { senderCheckRoutes } from './routes/sender-check-routes.ts';
import { senderRoutes } from './routes/sender-routes.ts';
import { sendingModeRoutes } from './routes/sending-mode-routes.ts';
import { settingsRoutes } from './routes/settings-routes.ts';
import { addSenderMetrics, createSenderChecks, type SenderChecks } from './sender-checks.ts';
import { type ChangeResource, createResourceChanger, sealNewSecret } from './settings/changes.ts';
import { createSettingsStore, type SettingsStore } from './settings/store.ts';
import { createStartLinks, firstPersonRoutes, type StartLinks } from './start-link.ts';

export interface ConfigApiLimits {
  /** How long a write waits for its own event. Default 5 s. */
  readonly outcomeTimeoutMs: number;
  /** How long `Prefer: wait=applied` waits at most. Default 30 s. */
  readonly appliedWaitMs: number;
  /** Connection tests per principal. Default 10. */
  readonly connectionTestsPerMinute: number;
  /** How long a stream of events may be quiet. Default 15 s. */
  readonly heartbeatMs: number;
}

interface ConfigApiOptions {
  readonly log: EventLog;
  readonly publisher: Publisher;
  readonly sealer: Sealer;
  /** Where the operator lets the mailer sign in as itself. None unless given. */
  readonly identityHosts?: IdentityHosts;
  /** Whether the mailer in the same process has a test mailbox. Not unless given. */
  readonly hasTestMailbox?: boolean;
  /**
   * How many mails wait for a sender, as whoever asks may know. Throws a problem where nobody can say. Absent: there are no
   * mails.
   */
  readonly countNaming?: CountNaming;
  /** Where the log lies. Absent: nothing is known of its place, and it is not judged. */
  readonly environment?: EnvironmentOptions;
  readonly now: () => Date;
  readonly newId: () => string;
  readonly logger: Logger;
  readonly limits?: Partial<ConfigApiLimits>;
}

type CountNaming = (senderId: string, request: HttpRequest) => Promise<number>;

/** Settings, connection tests and API keys: their routes, and the folds behind them. */
export interface ConfigApi {
  /** The settings, for a mailer in the same process. They are followed until `stop`. */
  readonly settings: Fold<SettingsState, Verdict>;
  /** Whether the log may send; undefined where its place is not known. */
  readonly environment: Environment | undefined;
  /** What keeps mail from its recipients. */
  readonly sending: SendingState;
  /** Resolves when all there was in the log at the start is known. Rejects with the errors of a follower. */
  readonly ready: Promise<void>;
  isReady(): boolean;
  /** Adds the routes under `/v1`, and the settings page at `/`. */
  registerRoutes(app: HttpServer): Promise<void>;
  /** Looks an API key up, as soon as the keys are known. */
  readonly authenticate: Authenticate;
  /**
   * Sees to it that somebody may administer, see `api-keys/ensure-admin-key.ts`. Call it after `ready`. Resolves with
   * the path when the file holds a usable key.
   */
  ensureAdminKey(path: string): Promise<string | undefined>;
  /** The token of a link for the first person, see `start-link.ts`. Call it after `ready`. */
  openStartLink(): string | undefined;
  /** Keeps in the log who has signed out. Call it after `ready`. */
  readonly sessionEndings: SessionEndings;
  /** Records that could not be read since the start. */
  unreadableRecords(): number;
  /** Adds what is worth watching of the settings. */
  addMetrics(registry: Registry): void;
  /** Stops following. Close the HTTP server first. */
  stop(): Promise<void>;
}

/** The groups of the operations in the OpenAPI document. */
export const configApiTags: readonly TagDescription[] = [
  { name: 'settings', description: 'The outgoing mail server, its history, and the mailers that use it' },
  { name: 'Exchange connections', description: 'Connections to Exchange that the outgoing server can use' },
  {
    name: 'certificates',
    description: 'Own certificates, trusted certificates, and certificates of recipients',
  },
  { name: 'senders', description: 'Who mail may be sent from' },
  { name: 'environment', description: 'Where the log belongs, and whether it may send' },
  { name: 'connection tests', description: 'Tests of saved settings and of drafts' },
  { name: 'events', description: 'Live events' },
  { name: 'API keys', description: 'Keys and their scopes' },
];

const defaultLimits: ConfigApiLimits = {
  outcomeTimeoutMs: 5_000,
  appliedWaitMs: 30_000,
  connectionTestsPerMinute: 10,
  heartbeatMs: 15_000,
};

/** Starts following the log at once. */
export function createConfigApi(options: ConfigApiOptions): ConfigApi {
  const { now, newId } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const folds = startFolds(options);
  const all = Object.values(folds);
  const closing = new AbortController();
  const context = createRouteContext(options, limits, folds, closing.signal);
  const { store } = context;

  let isReady = false;
  const ready = Promise.all(all.map(({ caughtUp }) => caughtUp)).then(() => {
    isReady = true;
  });
  // Whoever needs it awaits it; that nobody does is no reason to end the process.
  const warnings = createExpiryWarnings({ store, now, logger: options.logger });
  ready.then(warnings.start, () => undefined);

  const environment =
    options.environment && createEnvironment({ ...options, ...options.environment, ...context, ready });
  return {
    settings: folds.settings,
    environment,
    sending: {
      heldFor: () => environment?.heldFor() ?? null,
      sendingMode: () => sendingModeOf(store.state).content.mode,
    },
    ready,
    isReady: () => isReady,
    async registerRoutes(app) {
      app.addHook('preClose', async () => closing.abort());
      await app.register(settingsPage);
      await app.register(apiRoutes(context), { prefix: '/v1' });
      if (environment !== undefined) await app.register(environmentRoutes, { ...environment, prefix: '/v1' });
    },
    authenticate: keyAuthentication({
      known: ready,
      find: (sha256, nowMs) => findKeyBySha256(store.state.apiKeys, sha256, nowMs),
      publisher: options.publisher,
      lastReportedMs: (keyId) => folds.keyUses.state.get(keyId),
      now,
    }),
    ensureAdminKey: (path) => ensureAdminKey({ store, now, newId }, path),
    openStartLink: context.startLinks.open,
    sessionEndings: {
      has: (sessionId) => store.state.endedSessions.has(sessionId),
      async add(sessionId, endsAtMs) {
        const data = { sessionId, endsAt: new Date(endsAtMs).toISOString() };
        const event = { id: newId(), time: now().toISOString() };
        await store.write('sessionEnded', `sessions/${sessionId}`, data, event);
      },
    },
    unreadableRecords: () => all.reduce((sum, fold) => sum + fold.unreadableRecords(), 0),
    addMetrics(registry) {
      addCredentialMetrics(registry, () => credentialsOf(store.state, now().getTime()));
      addSenderMetrics(registry, store, now);
    },
    async stop() {
      closing.abort();
      await warnings.stop();
      await Promise.all(all.map((fold) => fold.stop()));
    },
  };
}

/** What the routes work with. */
export interface RouteContext {
  readonly store: SettingsStore;
  readonly changeResource: ChangeResource;
  /** The name of the environment; null: it has none. */
  readonly environmentName: string | null;
  readonly mailers: MailerStatus;
  readonly countNaming: CountNaming;
  readonly connectionTests: ConnectionTests;
  readonly senderChecks: SenderChecks;
  readonly connectionTestLimiter: RateLimiter;
  readonly apiKeys: ApiKeyChanger;
  readonly startLinks: StartLinks;
  readonly keyUses: ReadonlyMap<string, number>;
  readonly eventStream: EventStreamOptions;
  readonly seal: (secret: NewSecret) => ReturnType<Sealer['seal']>;
  readonly now: () => Date;
  readonly newId: () => string;
  /** How long `Prefer: wait=applied` waits at most. */
  readonly appliedWaitMs: number;
  /** Aborted when the server closes: nobody waits for mailers any longer. */
  readonly closing: AbortSignal;
}

type Folds = ReturnType<typeof startFolds>;

function startFolds({ log, logger }: ConfigApiOptions) {
  return {
    settings: startFold({
      log,
      logger,
      topic: 'settings',
      state: createSettingsState(),
      apply: eachEvent(evolveSettings),
    }),
    mailerStatus: startFold({
      log,
      logger,
      topic: 'mailerStatus',
      state: createMailerStatusState(),
      apply: eachEvent(evolveMailerStatus),
    }),
    keyUses: startFold({
      log,
      logger,
      topic: 'mailerStatus',
      state: new Map<string, number>(),
      apply: eachEvent(evolveKeyUses),
    }),
    connectionTests: startFold({
      log,
      logger,
      topic: 'connectionTests',
      state: createConnectionTestsState(),
      apply: eachEvent(evolveConnectionTests),
    }),
    senderChecks: startFold({
      log,
      logger,
      topic: 'connectionTests',
      state: createSenderChecksState(),
      apply: eachEvent(evolveSenderChecks),
    }),
  };
}

function createRouteContext(
  options: ConfigApiOptions,
  { outcomeTimeoutMs, appliedWaitMs, connectionTestsPerMinute, heartbeatMs }: ConfigApiLimits,
  folds: Folds,
  closing: AbortSignal,
): RouteContext {
  const { log, publisher, sealer, identityHosts = new Set(), hasTestMailbox = false, now, newId } = options;
  const nowMs = (): number => now().getTime();
  const store = createSettingsStore({
    settings: folds.settings,
    publisher,
    identityHosts,
    hasTestMailbox,
    senderChecks: folds.senderChecks.state,
    outcomeTimeoutMs,
  });
  const seal = sealNewSecret(sealer);
  const perMinute = { max: connectionTestsPerMinute, windowMs: 60_000 };
  return {
    store,
    environmentName: options.environment?.installation.name ?? null,
    countNaming: options.countNaming ?? (async () => 0),
    mailers: createMailerStatus(folds.mailerStatus, nowMs),
    connectionTests: createConnectionTests({
      fold: folds.connectionTests,
      publisher,
      now,
      outcomeTimeoutMs,
    }),
    senderChecks: createSenderChecks({ fold: folds.senderChecks, publisher, now, outcomeTimeoutMs }),
    changeResource: createResourceChanger({ store, seal, now, newId }),
    connectionTestLimiter: createRateLimiter(perMinute, nowMs),
    apiKeys: createApiKeyChanger({ store, now, newId }),
    startLinks: createStartLinks({ store, now }),
    keyUses: folds.keyUses.state,
    eventStream: { log, folds, heartbeatMs, closing },
    seal,
    now,
    newId,
    appliedWaitMs,
    closing,
  };
}

const apiRoutes =
  (context: RouteContext): HttpPlugin<object> =>
  async (app) => {
    addJsonParser(app, 'application/merge-patch+json');
    await app.register(settingsRoutes, context);
    await app.register(certificateRoutes, context);
    await app.register(senderRoutes, context);
    await app.register(senderCheckRoutes, context);
    await app.register(sendingModeRoutes, context);
    await app.register(connectionTestRoutes, context);
    await app.register(apiKeyRoutes, context);
    await app.register(firstPersonRoutes, context);
    await app.register(eventRoutes, context);
    await app.register(supportRoutes, context);
  };
