import type { EventLogError } from '../event-log-error.ts';
import type { TopicDefinition } from '../event-log.ts';
import type { KafkaLogLimits } from './limits.ts';

/** A topic as it has to be. The topics of `@postausgang/contracts` fit as they are. */
export interface KafkaTopicDefinition extends TopicDefinition {
  readonly cleanup: 'delete' | 'compact';
  /** How long records are kept at least, in milliseconds; -1: for ever. Does not count for compacted topics. */
  readonly retentionMs: number;
  /** The largest batch of records the topic has to take, in bytes; Kafka's default is 1,048,588. */
  readonly maxMessageBytes?: number;
}

export interface KafkaLogin {
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
  readonly username: string;
  readonly password: string;
}

/** TLS to the brokers: authorities to trust and a client certificate, as PEM. */
export interface KafkaTls {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly passphrase?: string;
}

/** The shape of pino's methods. */
export interface KafkaLogger {
  readonly debug: (fields: object, message: string) => void;
  readonly info: (fields: object, message: string) => void;
  readonly warn: (fields: object, message: string) => void;
}

export interface KafkaLogOptions {
  /** host:port of some brokers; the others are learned from them. */
  readonly brokers: readonly string[];
  /** How this process shows up in the brokers' logs and quotas. */
  readonly clientId: string;
  readonly topics: readonly KafkaTopicDefinition[];
  /**
   * Stands before the name of every topic and group in Kafka, for logs that share brokers. Whoever uses the log names
   * its topics without it.
   */
  readonly topicPrefix?: string;
  /** True trusts the authorities that Node brings. */
  readonly ssl?: boolean | KafkaTls;
  readonly sasl?: KafkaLogin;
  /** Creates topics that are missing; for development. Existing topics are never changed. */
  readonly createTopics?: boolean;
  /** Copies each topic must have at least, and gets when it is created; the brokers' default where nothing is given. */
  readonly replicationFactor?: number;
  /** How followers read: by plain fetches, or each as the only member of a group of its own. Default `direct`. */
  readonly reader?: 'direct' | 'group';
  /**
   * Hears of what no caller waits for: a follower that failed. It leaves a part of the process blind for good, so the
   * usual answer is to end it. Brokers that cannot be reached are no failure: see `readiness`. Must not throw.
   */
  readonly onError: (error: EventLogError) => void;
  readonly logger?: KafkaLogger;
  readonly limits?: Partial<KafkaLogLimits>;
  /** Ends the wait for brokers at the start. */
  readonly signal?: AbortSignal;
  /** Milliseconds since 1970; the system's clock where nothing is given. */
  readonly now?: () => number;
}
