import type { TSchema } from '@sinclair/typebox';

/** Who uses the topics, each with a name of its own for the brokers: a module requests mail and reads outcomes. */
export const principals = ['config-api', 'mailer', 'module'] as const;
type Principal = (typeof principals)[number];
type TopicRight = 'Read' | 'Write' | 'Describe' | 'DescribeConfigs';

/** The consumer groups, which mailers alone are members of. */
export const consumerGroups = {
  mail: 'postausgang-mailer',
  connectionTests: 'postausgang-connection-tests',
} as const;

/** A topic of the log. `key` says what its records are partitioned by. */
export interface TopicDefinition {
  readonly name: string;
  readonly partitions: number;
  readonly cleanup: 'delete' | 'compact';
  /** -1: unlimited. */
  readonly retentionMs: number;
  readonly key: string;
  /** Who may say something here: the services alone, which prove it, or other modules too. */
  readonly writers: 'services' | 'anybody';
  /** What each principal needs to be allowed on the topic in Kafka. */
  readonly rights: Readonly<Record<Principal, readonly TopicRight[]>>;
  /** Largest record; where it is absent, what the broker has by default. */
  readonly maxMessageBytes?: number;
}

const day = 24 * 60 * 60 * 1000;

/** The topics of the log. Settings are kept indefinitely; the partition count of mail can never change later. */
// Services look at the settings of each topic when they start.
const reads = ['Read', 'DescribeConfigs'] as const;
const readsAndWrites = ['Read', 'Write', 'DescribeConfigs'] as const;
const sees = ['Describe', 'DescribeConfigs'] as const;

export const topics = {
  settings: {
    name: 'postausgang.settings.v1',
    partitions: 1,
    cleanup: 'delete',
    retentionMs: -1,
    key: 'resource',
    writers: 'services',
    rights: { 'config-api': readsAndWrites, mailer: reads, module: [] },
  },
  connectionTests: {
    name: 'postausgang.connection-tests.v1',
    partitions: 1,
    cleanup: 'delete',
    retentionMs: 90 * day,
    key: 'test id',
    writers: 'services',
    rights: { 'config-api': readsAndWrites, mailer: readsAndWrites, module: [] },
  },
  mailerStatus: {
    name: 'postausgang.mailer-status.v1',
    partitions: 1,
    cleanup: 'compact',
    retentionMs: -1,
    key: 'mailer id and resource, or API key',
    writers: 'services',
    rights: { 'config-api': readsAndWrites, mailer: readsAndWrites, module: [] },
  },
  mailRequests: {
    name: 'postausgang.mail-requests.v1',
    partitions: 12,
    cleanup: 'delete',
    retentionMs: 14 * day,
    key: 'orderingKey or mail id',
    writers: 'anybody',
    rights: { 'config-api': sees, mailer: readsAndWrites, module: ['Write'] },
    maxMessageBytes: 40 * 1024 * 1024,
  },
  mailEvents: {
    name: 'postausgang.mail-events.v1',
    partitions: 12,
    cleanup: 'delete',
    retentionMs: 90 * day,
    key: 'the key of the request',
    writers: 'services',
    rights: { 'config-api': reads, mailer: readsAndWrites, module: ['Read'] },
  },
} as const satisfies Record<string, TopicDefinition>;

export type TopicName = keyof typeof topics;

/** An event type: its CloudEvents type name (reverse DNS, past tense, major version), its topic, its data. */
export interface EventDefinition<Type extends string = string, Data extends TSchema = TSchema> {
  readonly type: Type;
  readonly topic: TopicName;
  readonly data: Data;
  readonly description: string;
}

export function defineEvent<const Type extends string, Data extends TSchema>(
  definition: EventDefinition<Type, Data>,
): EventDefinition<Type, Data> {
  return definition;
}
