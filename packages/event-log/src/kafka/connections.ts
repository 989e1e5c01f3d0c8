import { connect as connectTcp, isIP } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import kafkajs from 'kafkajs';
import type { ISocketFactory, Kafka, KafkaConfig, logLevel as LogLevel, SASLOptions } from 'kafkajs';
import Cluster from 'kafkajs/src/cluster/index.js';
import type { KafkaLogOptions } from './kafka-log-options.ts';
import type { KafkaLogLimits } from './limits.ts';

/**
 * A client with sockets of its own. kafkajs is never trusted to repair one: whatever fails is closed and opened anew,
 * its requests never wait longer than we say, and all its retries are off.
 */
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
  let opened = 0;
  return {
    open() {
      // kafkajs asks the first broker first; without the turn one dead broker would be asked for ever.
      const turn = opened % options.brokers.length;
      opened += 1;
      const brokers = [...options.brokers.slice(turn), ...options.brokers.slice(0, turn)];
      return openConnection({ ...options, brokers }, limits);
    },
  };
}

function openConnection(options: Options, { requestTimeoutMs }: KafkaLogLimits): Connection {
  const sockets = createSockets();
  const waiting = new Set<(reason: Error) => void>();
  const shared = {
    brokers: [...options.brokers],
    clientId: options.clientId,
    socketFactory: sockets.create,
    ssl: options.ssl ?? false,
    sasl: options.sasl as SASLOptions | undefined,
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
