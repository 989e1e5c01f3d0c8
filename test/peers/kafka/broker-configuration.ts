import type { Certificate } from '../certificates.ts';

/** Where one broker listens; it is its own controller's neighbor. */
export type BrokerPorts = { plain: number; controller: number; secure: number };

/** A second listener with TLS that asks for a login by SCRAM or PLAIN. */
export type SecureListener = {
  certificate: Certificate;
  /** Passwords by user name, in letters and digits: Kafka's tools cut them at commas and brackets. */
  users: Readonly<Record<string, string>>;
};

export type BrokerDescription = {
  /** Counts from 1. */
  id: number;
  ports: BrokerPorts;
  /** All brokers of the cluster, this one among them. */
  cluster: readonly { id: number; ports: BrokerPorts }[];
  directory: string;
  secure: SecureListener | undefined;
  /** See `KafkaOptions`. */
  proxyPort: number | undefined;
  /** More settings for server.properties; they win. */
  settings: Readonly<Record<string, string>>;
};

const MECHANISMS = 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512';

/** The text of server.properties: broker and controller in one, small, quick to start and to rebalance. */
export function brokerConfiguration(broker: BrokerDescription): string {
  const replicas = String(broker.cluster.length);
  const majority = String(Math.ceil((broker.cluster.length + 1) / 2));
  const settings = {
    'process.roles': 'broker,controller',
    'node.id': String(broker.id),
    'controller.listener.names': 'CONTROLLER',
    'controller.quorum.voters': broker.cluster
      .map(({ id, ports }) => `${id}@127.0.0.1:${ports.controller}`)
      .join(),
    'inter.broker.listener.name': 'PLAINTEXT',
    'log.dirs': broker.directory,
    'auto.create.topics.enable': 'false',
    'group.initial.rebalance.delay.ms': '0',
    'group.min.session.timeout.ms': '1000',
    'num.network.threads': '2',
    'num.io.threads': '4',
    'log.cleaner.dedupe.buffer.size': '8388608',
    'log.cleaner.io.buffer.size': '262144',
    'broker.session.timeout.ms': '2000',
    'broker.heartbeat.interval.ms': '500',
    'controller.quorum.election.timeout.ms': '500',
    'controller.quorum.fetch.timeout.ms': '1500',
    ...internalTopics(replicas, majority),
    ...listeners(broker),
    ...broker.settings,
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

function internalTopics(replicas: string, majority: string): Record<string, string> {
  return {
    'default.replication.factor': replicas,
    'min.insync.replicas': majority,
    'offsets.topic.replication.factor': replicas,
    'offsets.topic.num.partitions': '1',
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': majority,
    'transaction.state.log.num.partitions': '1',
    'share.coordinator.state.topic.replication.factor': replicas,
    'share.coordinator.state.topic.min.isr': majority,
  };
}

function listeners({ ports, secure, proxyPort }: BrokerDescription): Record<string, string> {
  const plain = `PLAINTEXT://127.0.0.1:${ports.plain}`;
  const controller = `CONTROLLER://127.0.0.1:${ports.controller}`;
  if (proxyPort !== undefined) {
    return {
      listeners: `${plain},PROXIED://127.0.0.1:${ports.secure},${controller}`,
      'advertised.listeners': `${plain},PROXIED://127.0.0.1:${proxyPort}`,
      'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,PROXIED:PLAINTEXT',
    };
  }
  if (secure === undefined) {
    return { listeners: `${plain},${controller}`, 'advertised.listeners': plain };
  }
  const secured = `SASL_SSL://127.0.0.1:${ports.secure}`;
  const logins = Object.entries(secure.users).map(([user, password]) => `user_${user}="${password}"`);
  const plainModule = 'org.apache.kafka.common.security.plain.PlainLoginModule required';
  const scramModule = 'org.apache.kafka.common.security.scram.ScramLoginModule required';
  const listener = 'listener.name.sasl_ssl';
  return {
    listeners: `${plain},${secured},${controller}`,
    'advertised.listeners': `${plain},${secured}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL',
    [`${listener}.sasl.enabled.mechanisms`]: MECHANISMS,
    [`${listener}.plain.sasl.jaas.config`]: `${plainModule} ${logins.join(' ')};`,
    [`${listener}.scram-sha-256.sasl.jaas.config`]: `${scramModule};`,
    [`${listener}.scram-sha-512.sasl.jaas.config`]: `${scramModule};`,
    [`${listener}.ssl.keystore.type`]: 'PEM',
    [`${listener}.ssl.keystore.key`]: onOneLine(secure.certificate.key),
    [`${listener}.ssl.keystore.certificate.chain`]: onOneLine(secure.certificate.certificate),
  };
}

/** As a value in a properties file, where a backslash and n stand for the end of a line. */
const onOneLine = (pem: string): string => pem.trim().replaceAll('\n', '\\n');
