/*
 * The way to the brokers, and what is known of it. A connection is used until something fails on it and then thrown
 * away: kafkajs is never trusted to repair one, all its retries are off, and no request waits longer than we say.
 * Whoever needs a connection opens the next one after a pause (`createBackOff`) and says how it goes (`Health`).
 */
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import '@postausgang/net/server-identity';
import kafkajs, {
  type ISocketFactory,
  type Kafka,
  type KafkaConfig,
  type logLevel as LogLevel,
  type SASLOptions,
} from 'kafkajs';
import kafkajsPackage from 'kafkajs/package.json' with { type: 'json' };
import Cluster from 'kafkajs/src/cluster/index.js';
import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';
import { EventLogError } from '../event-log-error.ts';
import type { KafkaLogger, KafkaLogLimits, KafkaLogOptions } from './kafka-log-options.ts';
import { createTokenSource } from './oauth-token.ts';

/** The protocol's name of an error, such as `OFFSET_OUT_OF_RANGE`; undefined where no broker said one. */
export function protocolErrorOf(error: unknown): string | undefined {
  const root = rootOf(error);
  return root instanceof Error && 'type' in root && typeof root.type === 'string' ? root.type : undefined;
}

/** What went wrong, for a sentence. */
export function reasonOf(error: unknown): string {
  const root = rootOf(error);
  const said = root instanceof Error ? root.message : String(root);
  const type = protocolErrorOf(error);
  return type === undefined ? said : `${said} (${type})`;
}

/** `doing` completes the sentence "The log could not …". */
export function toEventLogError(error: unknown, doing: string): EventLogError {
  if (error instanceof EventLogError) {
    return error;
  }
  const message = `The log could not ${doing}: ${reasonOf(error)}.`;
  return new EventLogError('log-unavailable', message, { cause: error });
}

/** kafkajs wraps errors when it gives up. */
function rootOf(error: unknown): unknown {
  const isWrapped = error instanceof Error && error.cause instanceof Error;
  return isWrapped ? rootOf(error.cause) : error;
}

const knownVersion = '2.2.4';
const pendingCheckMs = 10;

/**
 * kafkajs 2.2.4 runs a timer of 1 ms on every connection, for ever: 3 % of a core each, and a warning from Node 24 for
 * each negative timeout. The timer is needed only while a broker throttles us or requests wait to be sent.
 */
export function stopTimerLoop(logger: KafkaLogger | undefined): void {
  if (kafkajsPackage.version !== knownVersion) {
    const fields = { version: kafkajsPackage.version, knownVersion };
    logger?.warn(fields, 'The timer loop of kafkajs is left as it is: it was looked at in another version');
    return;
  }
  RequestQueue.prototype.scheduleCheckPendingRequests = scheduleWhereNeeded;
}

function scheduleWhereNeeded(this: RequestQueue): void {
  const throttledMs = this.throttledUntil - Date.now();
  const isNeeded = throttledMs > 0 || this.pending.length > 0;
  if (isNeeded && this.throttleCheckTimeoutId === null) {
    const waitMs = throttledMs > 0 ? throttledMs : pendingCheckMs;
    this.throttleCheckTimeoutId = setTimeout(() => {
      this.throttleCheckTimeoutId = null;
      this.checkPendingRequests();
    }, waitMs);
  }
}

/** A client with sockets of its own. */
export interface Connection {
  readonly kafka: Kafka;
  /** The inner client, for what the public one cannot do. Not yet connected. */
  readonly cluster: Cluster;
  /** Rejects when the work takes too long or the connection is closed; work that fails late is ignored. */
  within<T>(timeoutMs: number, work: Promise<T>): Promise<T>;
  /** Destroys the sockets. Can be called twice. */
  close(): void;
}

export interface Connections {
  open(): Connection;
}

type Options = Pick<KafkaLogOptions, 'brokers' | 'clientId' | 'ssl' | 'sasl' | 'logger'>;

const noRetry = { retries: 0 };
const metadataMaxAgeMs = 300_000;
const keepAliveMs = 60_000;

export function createConnections(options: Options, limits: KafkaLogLimits): Connections {
  const sasl = saslOf(options.sasl, limits);
  let opened = 0;
  return {
    open() {
      // kafkajs asks the first broker first; without the turn one dead broker would be asked for ever.
      const turn = opened % options.brokers.length;
      opened += 1;
      const brokers = [...options.brokers.slice(turn), ...options.brokers.slice(0, turn)];
      return openConnection({ ...options, brokers }, sasl, limits);
    },
  };
}

/** All connections share one token. */
function saslOf(login: Options['sasl'], { requestTimeoutMs }: KafkaLogLimits): SASLOptions | undefined {
  return login?.mechanism === 'oauthbearer'
    ? { mechanism: 'oauthbearer', oauthBearerProvider: createTokenSource(login, requestTimeoutMs) }
    : (login as SASLOptions | undefined);
}

function openConnection(
  options: Options,
  sasl: SASLOptions | undefined,
  { requestTimeoutMs }: KafkaLogLimits,
): Connection {
  const sockets = createSockets();
  const waiting = new Set<(reason: Error) => void>();
  const shared = {
    brokers: [...options.brokers],
    clientId: options.clientId,
    socketFactory: sockets.create,
    ssl: options.ssl ?? false,
    sasl,
    connectionTimeout: requestTimeoutMs,
    requestTimeout: requestTimeoutMs,
    // Its check is a timer on every connection; `within` needs none.
    enforceRequestTimeout: false,
    retry: noRetry,
  };
  const kafka = new kafkajs.Kafka({ ...shared, ...loggingTo(options.logger) } as KafkaConfig);
  const cluster = new Cluster({
    ...shared,
    logger: kafka.logger(),
    metadataMaxAge: metadataMaxAgeMs,
    allowAutoTopicCreation: false,
    maxInFlightRequests: null,
    isolationLevel: 1,
  });
  let isClosed = false;
  const close = () => {
    isClosed = true;
    sockets.destroyAll();
    waiting.forEach((reject) => reject(closedError()));
  };
  return {
    kafka,
    cluster,
    close,
    async within<T>(timeoutMs: number, work: Promise<T>) {
      const { promise, resolve, reject } = Promise.withResolvers<T>();
      const timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
      waiting.add(reject);
      work.then(resolve, reject);
      if (isClosed) {
        reject(closedError());
      }
      try {
        return await promise;
      } finally {
        clearTimeout(timer);
        waiting.delete(reject);
      }
    },
  };
}

function createSockets(): { create: ISocketFactory; destroyAll(): void } {
  const open = new Set<Socket>();
  let isClosed = false;
  const create: ISocketFactory = ({ host, port, ssl, onConnect }) => {
    const name = isIP(host) === 0 ? { servername: host } : {};
    const socket = ssl
      ? connectTls({ host, port, ...name, ...(ssl as object) }, onConnect)
      : connectTcp({ host, port }, onConnect);
    socket.setKeepAlive(true, keepAliveMs);
    socket.setNoDelay(true);
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    if (isClosed) {
      socket.destroy(closedError());
    }
    return socket;
  };
  return {
    create,
    destroyAll() {
      isClosed = true;
      // With an error, since kafkajs waits for ever for answers on a socket that just goes away.
      open.forEach((socket) => socket.destroy(closedError()));
    },
  };
}

function closedError(): Error {
  return new Error('the connection was closed');
}

/** kafkajs calls everything an error that goes away by itself; what matters is said by the parts that use it. */
function loggingTo(logger: Options['logger']): Pick<KafkaConfig, 'logCreator' | 'logLevel'> {
  const { NOTHING, WARN } = kafkajs.logLevel as typeof LogLevel;
  if (logger === undefined) {
    return { logLevel: NOTHING };
  }
  const logCreator: KafkaConfig['logCreator'] =
    () =>
    ({ namespace, log: { message } }) =>
      logger.debug({ namespace }, `kafkajs: ${message}`);
  return { logLevel: WARN, logCreator };
}

/** Connects to the cluster, and asks it for the leaders of these topics. */
export async function connectTo({ cluster }: Connection, topics: readonly string[]): Promise<void> {
  await cluster.connect();
  await cluster.addMultipleTargetTopics(topics);
}

export interface Readiness {
  /** Whether every part that is in use has its connection. */
  readonly ready: boolean;
  /** One sentence for people: what is missing, or that all is well. */
  readonly detail: string;
}

/** What each part says about its connection. */
export interface Health {
  /** `problem` undefined: it works. Tells the logger what has changed. */
  report(part: string, problem: string | undefined): void;
  /** The part is no longer in use. */
  forget(part: string): void;
  readiness(): Readiness;
}

export function createHealth(logger: KafkaLogger | undefined): Health {
  const problems = new Map<string, string>();
  return {
    report(part, problem) {
      if (problem === undefined) {
        if (problems.delete(part)) {
          logger?.info({ part }, `Kafka: the ${part} works again`);
        }
        return;
      }
      if (!problems.has(part)) {
        logger?.warn({ part, problem }, `Kafka: the ${part} does not work: ${problem}`);
      }
      problems.set(part, problem);
    },
    forget: (part) => void problems.delete(part),
    readiness() {
      const [first] = problems;
      if (first === undefined) {
        return { ready: true, detail: 'Connected to Kafka.' };
      }
      return { ready: false, detail: `No connection to Kafka: the ${first[0]}: ${first[1]}` };
    },
  };
}

const firstMs = 50;
const longestMs = 2_000;

/** Waits longer after each failure in a row, so that brokers that come back are not overrun. */
export interface BackOff {
  /** Resolves early when the signal says so. */
  wait(signal?: AbortSignal): Promise<void>;
  succeeded(): void;
}

export function createBackOff(): BackOff {
  let failures = 0;
  return {
    async wait(signal) {
      const fullMs = Math.min(firstMs * 2 ** failures, longestMs);
      failures += 1;
      const jitterMs = fullMs * 0.5 * Math.random();
      await pause(fullMs - jitterMs, signal);
    },
    succeeded() {
      failures = 0;
    },
  };
}

/** Waits, or less when the signal says so. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  await sleep(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
}
