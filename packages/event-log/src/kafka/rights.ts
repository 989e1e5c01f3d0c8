/*
 * What a process may do in Kafka, where the brokers have an authorizer. A right that is missing is told by name, with the
 * command that grants it: brokers say the same of a topic that does not exist and of one that must not be seen, and kafkajs
 * hands on an error without a topic. Rights that are too wide are told once, at the start: whoever may write to a topic of
 * the services can at least fill it.
 */
import kafkajs, { type Admin } from 'kafkajs';
import { type Connection, protocolErrorOf, reasonOf } from './connections.ts';
import type { KafkaLogOptions } from './kafka-log-options.ts';

type Operation = 'Read' | 'Write' | 'Describe' | 'DescribeConfigs' | 'Create';

/** What something needed. */
export interface NeededRight {
  readonly operation: Operation;
  readonly on: 'topic' | 'group';
  readonly name: string;
}

/** As whom the brokers know this process, and where they are. */
export type Access = Pick<KafkaLogOptions, 'brokers' | 'sasl'>;

const refusals = new Set([
  'TOPIC_AUTHORIZATION_FAILED',
  'GROUP_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
]);

/** Whether a broker says that something is not allowed. kafkajs collects the errors of several topics in one. */
export function isUnauthorized(error: unknown): boolean {
  const collected: unknown = error instanceof Error && 'errors' in error ? error.errors : undefined;
  const all: readonly unknown[] = Array.isArray(collected) ? collected : [error];
  return all.some((one) => refusals.has(protocolErrorOf(one) ?? ''));
}

/** Which right is missing, and the command that grants it. */
export function missingRight({ brokers, sasl }: Access, { operation, on, name }: NeededRight): string {
  const user = sasl !== undefined && 'username' in sasl ? `User:${sasl.username}` : undefined;
  const who = user ?? 'The principal of this process';
  const command =
    `kafka-acls.sh --bootstrap-server ${brokers.join(',')} --add --allow-principal ${user ?? 'User:PRINCIPAL'}` +
    ` --operation ${operation} --${on} ${name}`;
  return `${who} does not have the right ${operation} on ${on} ${name}. Grant it: ${command}`;
}

/** What went wrong, for a sentence: the missing right, where it is that. */
export function explain(options: Access, error: unknown, needed: NeededRight): string {
  if (isUnauthorized(error)) {
    return missingRight(options, needed);
  }
  const reason = reasonOf(error);
  // kafkajs swallows why no broker names the coordinator of a group.
  return needed.on === 'group' && reason.startsWith('Failed to find group coordinator')
    ? `${reason}. Unless the brokers have just started: ${missingRight(options, needed)}`
    : reason;
}

/** What must not be seen, of topics that the brokers do not list. */
export async function unseenTopics(admin: Admin, names: readonly string[]): Promise<readonly string[]> {
  const unseen: string[] = [];
  for (const name of names) {
    try {
      await admin.fetchTopicMetadata({ topics: [name] });
    } catch (error) {
      if (isUnauthorized(error)) {
        unseen.push(name);
      } else if (protocolErrorOf(error) !== 'UNKNOWN_TOPIC_OR_PARTITION') {
        throw error;
      }
    }
  }
  return unseen;
}

/** kafkajs has these only on its default export, and as enumerations. */
const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs;

interface WideRightsOptions {
  readonly logger: KafkaLogOptions['logger'];
  /** The names in Kafka of the topics that only services write to. */
  readonly topics: readonly string[];
  readonly timeoutMs: number;
}

/** Warns of what anybody may write, as far as the brokers tell. Never rejects: it is no reason not to start. */
export async function warnOfWideRights(
  connection: Connection,
  { topics, timeoutMs, logger }: WideRightsOptions,
): Promise<void> {
  try {
    for (const name of topics) {
      const wide = await connection.within(timeoutMs, wideRights(connection.kafka.admin(), name));
      for (const principal of wide) {
        logger?.warn(
          { topic: name, principal },
          `Kafka: ${principal} may write to ${name}, and only the services need to. Its records count for nothing, but` +
            ' they take room. Remove this right.',
        );
      }
    }
  } catch (error) {
    const isOpen = protocolErrorOf(error) === 'SECURITY_DISABLED';
    const message = isOpen
      ? 'Kafka has no authorizer: whoever reaches the brokers may write to every topic. Records of others count for nothing.'
      : 'Kafka does not tell who may write to the topics (right Describe on the cluster), so that is not checked.';
    logger?.info({ reason: reasonOf(error) }, message);
  } finally {
    connection.close();
  }
}

/** Everybody, or whoever has a right on every topic, may write to a topic. */
async function wideRights(admin: Admin, topic: string): Promise<readonly string[]> {
  await admin.connect();
  const { resources } = await admin.describeAcls({
    resourceType: AclResourceTypes.TOPIC,
    resourceName: topic,
    resourcePatternType: ResourcePatternTypes.MATCH,
    operation: AclOperationTypes.ANY,
    permissionType: AclPermissionTypes.ALLOW,
  });
  const wide = resources.flatMap(({ resourceName, acls }) =>
    acls
      .filter(({ operation }) => operation === AclOperationTypes.WRITE || operation === AclOperationTypes.ALL)
      .filter(({ principal }) => principal === 'User:*' || resourceName === '*')
      .map(({ principal }) => principal),
  );
  return [...new Set(wide)];
}
