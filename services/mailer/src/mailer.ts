import type { Logger } from 'pino';
import { identityHostsOf } from '@postausgang/configuration';
import type { ContentStore } from '@postausgang/content-store';
import { failure } from '@postausgang/contracts';
import type { Opener } from '@postausgang/credentials';
import type { EventLog, Fold, Publisher } from '@postausgang/event-log';
import {
  type Authenticate,
  type HttpServer,
  keyAuthentication,
  type TagDescription,
} from '@postausgang/http';
import { composeMail, createMailSecurity, newMailId } from '@postausgang/message';
import { within } from '@postausgang/net';
import {
  createSenderChecksState,
  defaultContent,
  findKeyBySha256,
  type SettingsState,
} from '@postausgang/settings';
import {
  createApplier,
  createCurrentServing,
  createMailerReports,
  type CurrentServing,
  retryDelayMs,
} from './apply/applier.ts';
import { buildTransport, transportFingerprint } from './apply/build.ts';
import { followServers, type ServerVersion } from './apply/follow-settings.ts';
import {
  type Build,
  modeReceipt,
  openGate,
  type SendingGate,
  sendingRules,
  throughGate,
} from './apply/gate.ts';
import {
  connectionPolicy,
  exchangeConnections,
  keepTicketsInMemory,
  type MailerVariables,
} from './config.ts';
import { createProbeUsage } from './connection-test/probe.ts';
import { createSenderRefusals } from './connection-test/sender-checks.ts';
import { startTesting } from './connection-test/testing.ts';
import { systemClock } from './engine/clock.ts';
import { followRuns } from './engine/living-runs.ts';
import { createContentPruning } from './engine/content-pruning.ts';
import { createSenderGuard, type MessageMaking } from './engine/prepare-attempt.ts';
import type { OutcomeWatch } from './engine/outcome-watch.ts';
import { historyCheck } from './engine/history.ts';
import { createMailQueue, type MailQueue, type MailQueueDeps } from './engine/queue.ts';
import { createSendingModes, type SendingModes } from './engine/sending-mode.ts';
import { mailRoutes } from './http/mail-routes.ts';
import { answeringQueue } from './http/route-deps.ts';
import { checkMailRequested } from './request/check-mail-requested.ts';
import { createServerMemories } from './transports/smtp/server-memory.ts';
import { createTestMailbox } from './test-mailbox/test-mailbox.ts';
import { testMailboxRoutes } from './test-mailbox/routes.ts';
import { openInterimView, removeInterimView } from './view/interim-view.ts';
import type { NeededRecords } from './view/mail-view.ts';
import { openMailView } from './view/view.ts';

export interface MailerOptions extends Pick<
  MailQueueDeps,
  'danglingGraceMs' | 'partitionCount' | 'commandPolicy' | 'isDiskFull'
> {
  readonly log: EventLog;
  /** The settings of the log, followed by its owner for longer than the mailer runs. */
  readonly settings: Fold<SettingsState>;
  readonly publisher: Publisher;
  readonly opener: Opener;
  /** Takes the attachments that are too large for the log; all mailers of a log share one. Closed by its owner. */
  readonly contentStore: ContentStore;
  /** A folder for the view, which is made again when it is gone. */
  readonly viewDirectory: string;
  readonly variables: MailerVariables;
  /** Keeps everything from being sent while it is closed. Open unless given. */
  readonly gate?: SendingGate;
  /** See `connectionPolicy`. Not unless given. */
  readonly isLocal?: boolean;
  /** Whether there is a test mailbox to send to. Only sensible where there is one mailer: each would have its own. */
  readonly hasTestMailbox?: boolean;
  /** See `MailerReportsOptions`: needed where there are several mailers, so that one that was killed is noticed. */
  readonly heartbeatMs?: number;
  /** How long requests stay in the log, and so their content. As in Kafka unless given. */
  readonly requestRetentionMs?: number;
  /** See `MailRoutesDeps`. */
  readonly longestWaitMs?: number;
  /** Hears what becomes of mails and connection tests. */
  readonly watch?: OutcomeWatch;
  readonly logger: Logger;
  readonly now: () => Date;
  readonly newId: () => string;
  /** 0 to 1. */
  readonly random: () => number;
  /** The queue stands still and only a new start can help. */
  readonly onFailure: (error: unknown) => void;
}

/** Follows the settings, tests connections, keeps the queue of mail and sends it. */
export interface Mailer extends Pick<MailQueue, 'stats' | 'report' | 'holdRestored' | 'countNaming'> {
  /** Resolves when mail can be accepted: when it is sent too, or when it is known that this takes a while. */
  readonly accepting: Promise<void>;
  /** Resolves when everything is known that was in the log at the start. */
  readonly complete: Promise<void>;
  /** What `GET /health/ready` says of the queue. */
  check(): string;
  registerRoutes(app: HttpServer): Promise<void>;
  /** Looks an API key up in the settings log, as soon as the keys are known. */
  readonly authenticate: Authenticate;
  /** See `MailView`. To be asked when the mailer is complete. */
  needed(acceptedBeforeMs: number): NeededRecords;
  /** Looks at the gate again, and puts the settings into service if it is open now. */
  gateChanged(): void;
  /** See `MailQueue`. The time a stop may take begins. */
  stopSending(): void;
  /** Ends what is in flight, tells its outcome, and says that this mailer has stopped. Close the HTTP server before. */
  stop(): Promise<void>;
}

const goodbyeMs = 1000;

/** The group of the mailer's operations in the OpenAPI document. */
export const mailerTags: readonly TagDescription[] = [
  { name: 'mails', description: 'Sending mails, and their status' },
  { name: 'test mailbox', description: 'The messages in the built-in test mailbox' },
];

/** What every connection to a server is made of. */
function connectionsOf({ opener, variables, isLocal = false, now }: MailerOptions) {
  const { EHLO_NAME: ehloName, KRB5_CLIENT_KTNAME: keytab, SMTP_CONNECTIONS: maxConnections } = variables;
  // One memory of the servers for mail, new transports and connection tests.
  const memories = createServerMemories();
  const smtp = { policy: connectionPolicy(variables, isLocal), ehloName, keytab, maxConnections, memories };
  return {
    opener,
    identityHosts: identityHostsOf(variables),
    smtp,
    exchange: { ...exchangeConnections(variables, isLocal), now, memories },
  };
}

interface QueueParts {
  readonly current: CurrentServing;
  readonly runId: string;
  readonly onResume: () => void;
  readonly making: MessageMaking;
  readonly sendingModes: SendingModes;
  readonly onSenderRefused: ReturnType<typeof createSenderRefusals>;
}

function openQueue(
  options: MailerOptions,
  { current, runId, onResume, making, sendingModes, onSenderRefused }: QueueParts,
) {
  const probeUsage = createProbeUsage();
  const { log, danglingGraceMs = 0 } = options;
  removeInterimView(options.viewDirectory);
  const view = openMailView({ directory: options.viewDirectory, nowMs: systemClock.nowMs });
  // Without a grace nobody else can be alive.
  const runs = danglingGraceMs > 0 ? followRuns({ log, clock: systemClock }) : undefined;
  const queue = createMailQueue({
    ...options,
    view,
    openInterim: () => openInterimView(options.viewDirectory),
    serving: current,
    clock: systemClock,
    ...(runs === undefined ? {} : { lastHeardMs: runs.lastHeardMs }),
    runId,
    onResume,
    onCompleted: options.watch?.completed,
    otherUsage: probeUsage.since,
    ...making,
    sendingModes,
    onSenderRefused,
    mayUseSenders: createSenderGuard(options.settings),
    checkRequest: checkMailRequested,
  });
  return { view, queue, runs, probeUsage };
}

/** Follows the servers in the settings, and puts each version into service while the gate is open. */
function startServing(
  options: MailerOptions,
  { current, runId }: Pick<QueueParts, 'current' | 'runId'>,
  build: Build,
) {
  const { settings, publisher, variables, heartbeatMs, logger, random, gate = openGate } = options;
  const reports = createMailerReports({
    publisher,
    mailerId: variables.MAILER_ID,
    runId,
    heartbeatMs,
    logger,
  });
  const applier = createApplier({
    current,
    fingerprint: transportFingerprint,
    build: throughGate(gate, build),
    report: reports.applied,
    retryDelayMs: (attempt) => retryDelayMs(attempt, random()),
  });
  const started = reports.started();
  let wanted: ServerVersion | undefined;
  const applyWanted = async (): Promise<void> => {
    await started;
    if (wanted !== undefined) applier.apply(wanted);
  };
  const endServers = followServers(settings, (versions) => {
    const server = versions.find(({ serverId }) => serverId === 'default');
    if (server === undefined) return;
    wanted = server;
    void applyWanted();
  });
  return { reports, applier, started, applyWanted, endServers };
}

/** Everything that follows a log, made and started. */
function startParts(options: MailerOptions) {
  const { settings, contentStore, variables, logger, gate = openGate } = options;
  const { MAILER_ID: mailerId } = variables;
  keepTicketsInMemory();
  const testMailbox = options.hasTestMailbox === true ? createTestMailbox(options) : undefined;
  const building = { ...connectionsOf(options), testMailbox };
  const current = createCurrentServing({
    state: 'unavailable',
    serverId: 'default',
    content: defaultContent,
    failure: failure('settings-pending'),
  });
  const runId = options.newId();
  const serving = startServing(options, { current, runId }, (version, isRetry) =>
    buildTransport(building, version, isRetry),
  );
  const making: MessageMaking = {
    compose: composeMail,
    security: createMailSecurity({ ...options, settings: () => settings.state }),
    senders: () => settings.state.senders,
  };
  const sendingModes = createSendingModes({
    settings,
    onApplied: (version) => void serving.started.then(() => serving.reports.applied(modeReceipt(version))),
  });
  const reports = { ...options, mailerId, checks: createSenderChecksState() };
  const onSenderRefused = createSenderRefusals(reports);
  const queueParts = {
    current,
    runId,
    onResume: serving.applier.retryNow,
    making,
    sendingModes,
    onSenderRefused,
  };
  const { view, queue, runs, probeUsage } = openQueue(options, queueParts);
  const tests = startTesting({
    ...reports,
    building,
    making,
    queue,
    probeUsage,
    closedBy: () => gate.closedBy(),
    sendingMode: sendingModes.now,
    onResult: options.watch?.tested,
  });
  const pruning = createContentPruning({
    store: contentStore,
    view,
    retentionMs: options.requestRetentionMs,
    clock: systemClock,
    logger,
  });
  return { ...serving, current, tests, view, queue, runs, pruning, testMailbox };
}

type Parts = ReturnType<typeof startParts>;

/** What whoever starts a mailer waits for; see `Mailer`. */
function milestones({ settings }: MailerOptions, { started, tests, queue, pruning }: Parts) {
  const ready = Promise.all([started, settings.caughtUp, tests.caughtUp, queue.ready]);
  const known = Promise.all([started, settings.caughtUp, queue.isBehind]);
  const accepting = known.then(async ([, , isBehind]) => void (isBehind || (await ready)));
  const complete = Promise.all([ready, queue.complete]).then(() => undefined);
  accepting.catch(() => undefined);
  complete.then(pruning.start, () => undefined);
  return { accepting, complete };
}

async function endParts(parts: Parts, leftMs: () => number): Promise<void> {
  const { endServers, tests, pruning, queue, runs, applier, testMailbox, view, reports } = parts;
  endServers();
  await Promise.all([tests.stop(leftMs()), pruning.stop(), queue.stop(leftMs())]);
  await runs?.stop();
  // Sessions that are free say goodbye; the others are cut when the process ends.
  await within(Math.min(leftMs(), goodbyeMs), applier.stop(), () => undefined);
  await testMailbox?.close();
  view.close();
  await reports.stopped();
}

export function createMailer(options: MailerOptions): Mailer {
  const { settings, variables, now } = options;
  const parts = startParts(options);
  const { current, view, queue, testMailbox, applyWanted } = parts;
  const { accepting, complete } = milestones(options, parts);

  let stopsAtMs = Number.POSITIVE_INFINITY;
  const stopSending = (): void => {
    stopsAtMs = Math.min(stopsAtMs, performance.now() + variables.STOP_GRACE_SECONDS * 1000);
    queue.stopSending();
  };
  return {
    accepting,
    complete,
    check: () => historyCheck(queue.history()),
    async registerRoutes(app) {
      await app.register(mailRoutes, {
        ...options,
        queue,
        sendingRules: () => sendingRules(options, current.current()),
        newId: () => newMailId(now()),
        bodyLimitBytes: variables.MAX_MAIL_BYTES,
      });
      if (testMailbox !== undefined) await app.register(testMailboxRoutes, testMailbox);
    },
    authenticate: keyAuthentication({
      known: settings.caughtUp,
      find: (sha256, nowMs) => findKeyBySha256(settings.state.apiKeys, sha256, nowMs),
      publisher: options.publisher,
      now,
    }),
    stats: () => queue.stats(),
    report: () => queue.report(),
    needed: view.needed,
    holdRestored: (beforeMs) => queue.holdRestored(beforeMs),
    countNaming: async (senderId) => answeringQueue(queue).countNaming(senderId),
    gateChanged: () => void applyWanted(),
    stopSending,
    async stop() {
      stopSending();
      const leftMs = (): number => Math.max(0, stopsAtMs - performance.now());
      await endParts(parts, leftMs);
    },
  };
}
