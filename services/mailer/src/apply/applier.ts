import type { Logger } from 'pino';
import { type Failure, failure, type OutgoingServerContent } from '@postausgang/contracts';
import type { Publisher } from '@postausgang/event-log';
import type { Transport } from '@postausgang/mail';
import type { ServerVersion } from './follow-settings.ts';

/**
 * What mail is sent with at this moment: the transport and the settings it came from, always together. Whoever
 * sends takes one snapshot for a whole attempt, so nothing is ever sent with a mixture of old and new.
 */
export type Serving =
  | {
      readonly state: 'active';
      readonly serverId: string;
      readonly settingsVersion: number;
      readonly content: OutgoingServerContent;
      readonly transport: Transport;
    }
  | { readonly state: 'disabled'; readonly serverId: string; readonly content: OutgoingServerContent }
  | {
      readonly state: 'unavailable';
      readonly serverId: string;
      readonly content: OutgoingServerContent;
      readonly failure: Failure;
      /** How the server was tried; absent where nothing has been tried. */
      readonly tries?: FailedTries;
    };

/** Tries to reach a server that has not served yet. */
export interface FailedTries {
  /** In a row. */
  readonly count: number;
  /** How long the pause before the next try is, counted from this snapshot; null: a try is under way, or none follows. */
  readonly nextInMs: number | null;
}

export interface CurrentServing {
  current(): Serving;
  /** Replaces the snapshot and tells the listeners. */
  set(serving: Serving): void;
  /** Returns the function that ends the subscription. */
  onChange(listener: (serving: Serving) => void): () => void;
}

export function createCurrentServing(initial: Serving): CurrentServing {
  let serving = initial;
  const listeners = new Set<(serving: Serving) => void>();
  return {
    current: () => serving,
    set(next) {
      serving = next;
      for (const listener of listeners) {
        listener(next);
      }
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/*
 * Puts a version of the settings into service. This is what stands in for the restart.
 *
 * - A new transport is built beside the old one; only when it stands do they swap, and mail in flight finishes on
 *   the old one. If building fails the old one keeps serving, the receipt says why, and building is tried again
 *   with a growing pause, because a mail server that is down comes back without anybody saving again.
 * - Only the newest version counts, at once: nothing waits for the build of a version that was overtaken, and a
 *   transport that comes out of such a build is closed without ever having served. Above all, switching off is never
 *   kept waiting by a server that does not answer.
 * - A change that leaves connection and secret alone (a sender address, say) keeps the transport.
 */

export type BuildResult =
  | { readonly ok: true; readonly transport: Transport }
  | { readonly ok: false; readonly failure: Failure; readonly retry: boolean };

/** The receipt for one version of one resource: the server, and the connection it uses. */
export interface Receipt {
  readonly version: Pick<ServerVersion, 'resource' | 'version'>;
  readonly state: 'applied' | 'failed';
  readonly servingVersion: number | null;
  readonly failure: Failure | null;
}

interface ApplierOptions {
  readonly current: CurrentServing;
  /** What identifies the transport of a content: equal text means that no rebuild is needed. */
  readonly fingerprint: (version: ServerVersion) => string;
  /** `isRetry`: nobody has asked for it this time. */
  readonly build: (version: ServerVersion, isRetry: boolean) => Promise<BuildResult>;
  /** Reports a receipt. Its failure is the reporter's to handle. */
  readonly report: (receipt: Receipt) => void;
  /** The pause before the n-th next try to build, n from 0. */
  readonly retryDelayMs: (attempt: number) => number;
}

interface Applier {
  /** Asks for a version to be put into service. Returns at once; the receipt comes through `report`. */
  apply(version: ServerVersion): void;
  /** Tries to build at once what is waiting for its next try. */
  retryNow(): void;
  /** Stops trying and closes the transport in service, after what is in flight. A build under way is not waited for. */
  stop(): Promise<void>;
}

interface InService {
  readonly version: ServerVersion;
  readonly transport: Transport;
  readonly fingerprint: string;
}

/** What is wanted, what serves, and what is still being closed. */
interface Applying extends ApplierOptions {
  wanted: ServerVersion | undefined;
  inService: InService | undefined;
  retry: NodeJS.Timeout | undefined;
  failedTries: number;
  stopped: boolean;
  readonly closing: Set<Promise<void>>;
}

export function createApplier(options: ApplierOptions): Applier {
  const state: Applying = {
    ...options,
    wanted: undefined,
    inService: undefined,
    retry: undefined,
    failedTries: 0,
    stopped: false,
    closing: new Set(),
  };
  return {
    apply(version) {
      clearTimeout(state.retry);
      state.failedTries = 0;
      state.wanted = version;
      endPause(state);
      start(state, version);
    },
    retryNow() {
      if (state.wanted !== undefined && state.failedTries > 0) {
        clearTimeout(state.retry);
        endPause(state);
        start(state, state.wanted);
      }
    },
    async stop() {
      state.stopped = true;
      clearTimeout(state.retry);
      retire(state, state.inService?.transport);
      await Promise.all(state.closing);
    },
  };
}

/** The next try begins earlier than was said. */
function endPause({ current }: Applying): void {
  const serving = current.current();
  if (serving.state === 'unavailable' && serving.tries !== undefined && serving.tries.nextInMs !== null) {
    current.set({ ...serving, tries: { ...serving.tries, nextInMs: null } });
  }
}

function start(state: Applying, version: ServerVersion): void {
  const { inService, fingerprint } = state;
  if (state.stopped || state.wanted !== version) {
    return;
  }
  if (!version.content.enabled) {
    serveNothing(state, version);
  } else if (inService?.fingerprint === fingerprint(version)) {
    serve(state, version, inService.transport, inService.fingerprint);
  } else {
    void buildAndSwap(state, version);
  }
}

async function buildAndSwap(state: Applying, version: ServerVersion): Promise<void> {
  const result = await state.build(version, state.failedTries > 0).catch((error: unknown): BuildResult => ({
    ok: false,
    failure: failure('settings-invalid', error instanceof Error ? error.message : 'unknown'),
    retry: false,
  }));
  if (state.stopped || state.wanted !== version) {
    retire(state, result.ok ? result.transport : undefined);
    return;
  }
  if (result.ok) {
    state.failedTries = 0;
    serve(state, version, result.transport, state.fingerprint(version));
    return;
  }
  let nextInMs: number | null = null;
  if (result.retry) {
    nextInMs = state.retryDelayMs(state.failedTries);
    state.retry = setTimeout(() => start(state, version), nextInMs);
    state.failedTries += 1;
  }
  keepOld(state, version, result.failure, { count: state.failedTries, nextInMs });
}

function serve(state: Applying, version: ServerVersion, transport: Transport, fingerprint: string): void {
  const { serverId, version: settingsVersion, content } = version;
  const before = state.inService?.transport;
  state.inService = { version, transport, fingerprint };
  state.current.set({ state: 'active', serverId, settingsVersion, content, transport });
  if (before !== transport) {
    retire(state, before);
  }
  tell(state, version, null);
}

function serveNothing(state: Applying, version: ServerVersion): void {
  const { serverId, content, connection } = version;
  const before = state.inService?.transport;
  state.inService = undefined;
  state.current.set({ state: 'disabled', serverId, content });
  retire(state, before);
  for (const one of connection === undefined ? [version] : [version, connection]) {
    state.report({ version: one, state: 'applied', servingVersion: one.version, failure: null });
  }
}

function keepOld(state: Applying, version: ServerVersion, why: Failure, tries: FailedTries): void {
  if (state.inService === undefined) {
    const { serverId, content } = version;
    state.current.set({ state: 'unavailable', serverId, content, failure: why, tries });
  }
  tell(state, version, why);
}

/** What serves now says how far each of them has come. */
function tell({ inService, report }: Applying, version: ServerVersion, why: Failure | null): void {
  const state = why === null ? 'applied' : 'failed';
  const serving = inService?.version;
  report({ version, state, servingVersion: serving?.version ?? null, failure: why });
  const { connection } = version;
  if (connection !== undefined) {
    const isSame = serving?.connection?.resource === connection.resource;
    const servingVersion = isSame ? (serving?.connection?.version ?? null) : null;
    report({ version: connection, state, servingVersion, failure: why });
  }
}

function retire({ closing }: Applying, transport: Transport | undefined): void {
  if (transport !== undefined) {
    const closed = transport.close().finally(() => closing.delete(closed));
    closing.add(closed);
  }
}

interface MailerReportsOptions {
  readonly publisher: Publisher;
  readonly mailerId: string;
  /** A new id for each start. */
  readonly runId: string;
  /**
   * Says so often that the mailer is alive, and that it counts as dead after three such times of silence. Undefined:
   * says nothing, and counts as live until it stops.
   */
  readonly heartbeatMs: number | undefined;
  readonly logger: Logger;
}

/** What a mailer says of itself. */
interface MailerReports {
  /** Takes back the receipts of an earlier run. Rejects with the errors of the log. */
  started(): Promise<void>;
  /** Publishes a receipt; one that cannot be written is logged, the mail goes on. */
  applied(receipt: Receipt): void;
  /** After the receipts under way. */
  stopped(): Promise<void>;
}

const leasePerHeartbeat = 3;

export function createMailerReports(options: MailerReportsOptions): MailerReports {
  const { publisher, mailerId, runId, heartbeatMs, logger } = options;
  const underWay = new Set<Promise<unknown>>();
  let heartbeat: NodeJS.Timeout | undefined;
  let isBeating = false;

  async function publishReceipt({ version, state, servingVersion, failure }: Receipt): Promise<void> {
    const { resource } = version;
    logger[state === 'applied' ? 'info' : 'warn'](
      { resource, settingsVersion: version.version, state, servingVersion, code: failure?.code },
      'settings version',
    );
    await publisher.publish('settingsApplied', `${mailerId}/${resource}`, {
      mailerId,
      resource,
      version: version.version,
      state,
      servingVersion,
      failure,
      runId,
    });
  }

  function track(publishing: Promise<unknown>, ifNot: string): Promise<unknown> {
    const tracked = publishing
      .catch((error: unknown) => logger.error({ err: error }, ifNot))
      .finally(() => underWay.delete(tracked));
    underWay.add(tracked);
    return tracked;
  }

  // While the log does not answer one sign of life waits, not many.
  function beat(leaseMs: number): void {
    if (isBeating) return;
    isBeating = true;
    const published = publisher.publish('mailerAlive', mailerId, { mailerId, runId, leaseMs });
    void track(published, 'a sign of life could not be written').then(() => (isBeating = false));
  }

  return {
    async started() {
      const leaseMs = heartbeatMs === undefined ? undefined : heartbeatMs * leasePerHeartbeat;
      const lease = leaseMs === undefined ? {} : { leaseMs };
      await publisher.publish('mailerStarted', mailerId, { mailerId, runId, ...lease });
      if (leaseMs !== undefined) heartbeat = setInterval(() => beat(leaseMs), heartbeatMs);
    },
    applied(receipt) {
      void track(publishReceipt(receipt), 'a receipt could not be written');
    },
    async stopped() {
      clearInterval(heartbeat);
      await Promise.all(underWay);
      await publisher.publish('mailerStopped', mailerId, { mailerId, runId });
    },
  };
}

const firstMs = 1000;
const longestMs = 60_000;

/**
 * The pause before the n-th next try to build a transport, n from 0: 1 s doubling to 60 s. `random` is 0 to 1; it
 * spreads the tries of several mailers by a tenth either way.
 */
export function retryDelayMs(attempt: number, random: number): number {
  return Math.min(firstMs * 2 ** attempt, longestMs) * (0.9 + 0.2 * random);
}
