import type { EventLogError } from '../event-log-error.ts';
import type { TopicDefinition } from '../event-log.ts';

/** Every bound of the Kafka log; the defaults suit production, tests set small ones. */
export interface KafkaLogLimits {
  /** An append that is not acknowledged after this time is rejected. */
  readonly appendTimeoutMs: number;
  /** One try to send a batch; then the producer is discarded and a new one tries again. */
  readonly sendTimeoutMs: number;
  /** How long `close` waits for appends under way. */
  readonly closeTimeoutMs: number;
  /** One request takes waiting appends up to this many bytes … */
  readonly batchBytes: number;
  /** … and records; an append is never split. */
  readonly batchRecords: number;
  /** Appends waiting or under way beyond this are refused with `log-overloaded`. */
  readonly queueBytes: number;
  /** A fetch returns at most about this many bytes of one partition (a larger batch comes alone). */
  readonly fetchBytes: number;
  /** Followers get at most this many records at once. */
  readonly chunkRecords: number;
  /** How long a broker may hold a fetch when there is nothing new. */
  readonly fetchWaitMs: number;
  /** Every other request to a broker, a new connection included. */
  readonly requestTimeoutMs: number;
  /** How long `openKafkaLog` tries to reach the brokers; Infinity: until it is told to stop. */
  readonly startTimeoutMs: number;
  /** A member of a group that sends no heartbeat for this time is replaced. */
  readonly sessionTimeoutMs: number;
  readonly heartbeatMs: number;
  /** A lease counts as fresh for this time after a heartbeat was sent that succeeded; well below the session. */
  readonly leaseMs: number;
}

const mebibyte = 1024 * 1024;

export const defaultLimits: KafkaLogLimits = {
  appendTimeoutMs: 30_000,
  sendTimeoutMs: 10_000,
  closeTimeoutMs: 5_000,
  batchBytes: 8 * mebibyte,
  batchRecords: 4_000,
  queueBytes: 256 * mebibyte,
  fetchBytes: 2 * mebibyte,
  chunkRecords: 500,
  fetchWaitMs: 5_000,
  requestTimeoutMs: 10_000,
  startTimeoutMs: Number.POSITIVE_INFINITY,
  sessionTimeoutMs: 10_000,
  heartbeatMs: 1_500,
  leaseMs: 6_000,
};

/** A topic as it has to be. The topics of `@postausgang/contracts` fit as they are. */
export interface KafkaTopicDefinition extends TopicDefinition {
  readonly cleanup: 'delete' | 'compact';
  /** How long records are kept at least, in milliseconds; -1: for ever. Does not count for compacted topics. */
  readonly retentionMs: number;
  /** `services`: nobody else should have the right to write; the log warns at its start of rights that are wider. */
  readonly writers?: 'services' | 'anybody';
  /** The largest batch of records the topic has to take, in bytes; Kafka's default is 1,048,588. */
  readonly maxMessageBytes?: number;
}

/** A token from an OAuth 2.0 authority, fetched with the credentials of a client. */
export interface KafkaOauthLogin {
  readonly mechanism: 'oauthbearer';
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Empty: none is asked for. */
  readonly scope: string;
}

export type KafkaLogin =
  | {
      readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
      readonly username: string;
      readonly password: string;
    }
  | KafkaOauthLogin;

/** TLS to the brokers: authorities to trust and a client certificate, as PEM. */
interface KafkaTls {
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
  readonly nowMs?: () => number;
}
