import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../free-port.ts';
import { fetchJars } from '../jars.ts';
import { brokerConfiguration } from './broker-configuration.ts';
import type { BrokerDescription, BrokerPorts, SecureListener } from './broker-configuration.ts';
import { formatStorage, startBroker } from './broker-process.ts';
import type { BrokerProcess } from './broker-process.ts';

export type KafkaOptions = {
  /** Default 4. */
  release?: 3 | 4;
  /** Default 1. Three need about 1 GB of memory. */
  brokers?: 1 | 3;
  /** Another listener with TLS and logins on every broker. */
  secure?: SecureListener;
  /** Another listener on the only broker, which sends its clients to a proxy at this port; not beside `secure`. */
  proxyPort?: number;
  /** More settings for server.properties; they win. */
  settings?: Readonly<Record<string, string>>;
};

export type Kafka = {
  /** host:port of each broker, without encryption or login. */
  brokers: string[];
  /** host:port of each secure listener, where one was asked for; with `proxyPort`, where the proxy leads to. */
  secureBrokers: string[];
  /** Process id of each broker that runs. */
  pids: () => number[];
  /** Where a broker keeps its topics. */
  logDirectory: (index?: number) => string;
  /** Ends a broker the hard way (SIGKILL). */
  kill: (index?: number) => Promise<void>;
  /** Starts a broker that was killed, on its old ports and files. */
  restart: (index?: number) => Promise<void>;
  /** Ends all brokers and removes their files. */
  stop: () => Promise<void>;
};

const START_ATTEMPTS = 3;

/** Starts an Apache Kafka of its own (KRaft) on loopback. Needs Java and, the first time, Maven. */
export async function startKafka(options: KafkaOptions = {}): Promise<Kafka> {
  const jars = fetchJars(options.release === 3 ? 'kafka-3' : 'kafka');
  for (let attempt = 1; ; attempt += 1) {
    const root = await mkdtemp(join(tmpdir(), 'kafka-'));
    try {
      return await startCluster(jars, root, options);
    } catch (error) {
      await rm(root, { recursive: true, force: true, maxRetries: 3 });
      // Another process may have taken one of the ports in between.
      if (attempt === START_ATTEMPTS) throw error;
    }
  }
}

async function startCluster(jars: string, root: string, options: KafkaOptions): Promise<Kafka> {
  const descriptions = await describeBrokers(root, options);
  const clusterId = randomBytes(16).toString('base64url');
  const fileOf = ({ id }: BrokerDescription): string => join(root, `broker-${id}.properties`);
  const start = async (description: BrokerDescription): Promise<BrokerProcess> =>
    startBroker(jars, fileOf(description));
  await Promise.all(
    descriptions.map(async (description) => {
      await writeFile(fileOf(description), brokerConfiguration(description));
      await formatStorage(jars, fileOf(description), clusterId, options.secure?.users ?? {});
    }),
  );
  const running = new Map<number, BrokerProcess>();
  const endAll = async (): Promise<void> => {
    await Promise.all([...running.values()].map(({ end }) => end('SIGKILL')));
  };
  const startOne = async (index: number): Promise<void> => {
    const description = descriptions[index];
    if (description === undefined) throw new Error(`there is no broker ${index}`);
    running.set(index, await start(description));
  };
  const starts = await Promise.allSettled(descriptions.map((_, index) => startOne(index)));
  const failed = starts.find((outcome) => outcome.status === 'rejected');
  if (failed !== undefined) {
    await endAll();
    throw failed.reason;
  }
  return {
    brokers: descriptions.map(({ ports }) => `127.0.0.1:${ports.plain}`),
    secureBrokers:
      options.secure === undefined && options.proxyPort === undefined
        ? []
        : descriptions.map(({ ports }) => `127.0.0.1:${ports.secure}`),
    pids: () => [...running.values()].map(({ pid }) => pid),
    logDirectory: (index = 0) => descriptions[index]?.directory ?? root,
    async kill(index = 0) {
      await running.get(index)?.end('SIGKILL');
      running.delete(index);
    },
    restart: async (index = 0) => startOne(index),
    async stop() {
      await endAll();
      await rm(root, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

async function describeBrokers(root: string, options: KafkaOptions): Promise<BrokerDescription[]> {
  const ids = Array.from({ length: options.brokers ?? 1 }, (_, index) => index + 1);
  const cluster: { id: number; ports: BrokerPorts }[] = [];
  for (const id of ids) {
    const ports = { plain: await freePort(), controller: await freePort(), secure: await freePort() };
    cluster.push({ id, ports });
  }
  return cluster.map((member) => ({
    ...member,
    cluster,
    directory: join(root, `broker-${member.id}`),
    secure: options.secure,
    proxyPort: options.proxyPort,
    settings: options.settings ?? {},
  }));
}
