import { openKafkaLog } from '@postausgang/event-log';
import type { KafkaLogOptions, KafkaTopicDefinition } from '@postausgang/event-log';
import { test } from 'tap';
import { record } from '../records.ts';
import { connectAdmin, createTopic } from './foreign-client.ts';
import { newTopic, open } from './open-for-test.ts';

interface WrongTopic {
  readonly title: string;
  /** How the topic is created; undefined: not at all. */
  readonly created: { partitions?: number; settings?: Record<string, string> } | undefined;
  /** What is asked for, where it is not 3 partitions that are kept for ever. */
  readonly asked?: Partial<KafkaTopicDefinition> & Pick<KafkaLogOptions, 'replicationFactor'>;
  readonly says: RegExp;
}

const forEver = { 'retention.ms': '-1' };
const set = (setting: string) => `kafka-configs\\.sh .* --add-config ${setting}`;

const wrongTopics: readonly WrongTopic[] = [
  {
    title: 'that does not exist',
    created: undefined,
    says: /does not exist\. Create it: kafka-topics\.sh --bootstrap-server \S+ --create .* --partitions 3 --config cleanup\.policy=delete --config retention\.ms=-1/,
  },
  {
    title: 'with too few partitions',
    created: { partitions: 2, settings: forEver },
    says: /has 2 partitions \(as it was created\), and 3 are needed.*--alter --topic \S+ --partitions 3/,
  },
  {
    title: 'with too many partitions',
    created: { partitions: 12, settings: forEver },
    says: /has 12 partitions .*cannot be taken away.*kafka-topics\.sh .* --delete .* && kafka-topics\.sh .* --create/,
  },
  {
    title: 'that is compacted although every event counts',
    created: { settings: { ...forEver, 'cleanup.policy': 'compact' } },
    says: new RegExp(
      `cleanup\\.policy=compact \\(set on the topic\\), and delete .*${set('cleanup.policy=delete')}`,
    ),
  },
  {
    title: 'that is compacted and expires',
    created: { settings: { ...forEver, 'cleanup.policy': 'compact,delete' } },
    says: /cleanup\.policy=compact,delete \(set on the topic\), and delete is needed/,
  },
  {
    title: 'that is not compacted although only the last event of a key counts',
    created: {},
    asked: { cleanup: 'compact' },
    says: new RegExp(`cleanup\\.policy=delete \\(.*\\), and compact .*${set('cleanup.policy=compact')}`),
  },
  {
    title: 'whose events expire by a setting of its own',
    created: { settings: { 'retention.ms': '86400000' } },
    says: new RegExp(`retention\\.ms=86400000 \\(set on the topic\\), and -1 .*${set('retention.ms=-1')}`),
  },
  {
    title: 'whose events expire because nobody said otherwise',
    created: {},
    says: /retention\.ms=\d+ \((Kafka’s default|from the brokers’ server\.properties: log\.retention\.hours)\), and -1 is needed: events must never expire/,
  },
  {
    title: 'whose events expire too early',
    created: { settings: { 'retention.ms': '604800000' } },
    asked: { retentionMs: 1_209_600_000 },
    says: /retention\.ms=604800000 .* 1209600000 is needed: events must not expire earlier/,
  },
  {
    title: 'whose events are deleted when there are many',
    created: { settings: { ...forEver, 'retention.bytes': '1073741824' } },
    says: new RegExp(`retention\\.bytes=1073741824 .*${set('retention.bytes=-1')}`),
  },
  {
    title: 'that takes too small events',
    created: { settings: forEver },
    asked: { maxMessageBytes: 4_000_000 },
    says: new RegExp(`max\\.message\\.bytes=1048588 \\(Kafka’s default.*${set('max.message.bytes=4000000')}`),
  },
  {
    title: 'that nothing can be written to',
    created: { settings: { ...forEver, 'min.insync.replicas': '2' } },
    says: new RegExp(`nothing can be written with 1 copy\\. .*${set('min.insync.replicas=1')}`),
  },
  {
    title: 'with too few copies',
    created: { settings: forEver },
    asked: { replicationFactor: 3 },
    says: /replication factor 1 \(as it was created\), and 3 is needed\. Mend it: kafka-reassign-partitions\.sh/,
  },
  {
    title: 'that acknowledges with one copy in sync',
    created: { settings: { ...forEver, 'min.insync.replicas': '1' } },
    asked: { replicationFactor: 3 },
    says: /min\.insync\.replicas=1 \(.*\), and 2 is needed: what is acknowledged must be in more than one place/,
  },
  {
    title: 'whose leader may be a copy that lags behind',
    created: { settings: { ...forEver, 'unclean.leader.election.enable': 'true' } },
    says: new RegExp(
      `unclean\\.leader\\.election\\.enable=true .*${set('unclean.leader.election.enable=false')}`,
    ),
  },
];

/** How the log checks and creates its topics. */
export function topicScenarios(brokers: readonly string[]): void {
  test('a topic is refused in a sentence with the value, its origin and the command that mends it', async (t) => {
    const admin = await connectAdmin(t, brokers);
    for (const { title, created, asked = {}, says } of wrongTopics) {
      const { replicationFactor, ...definition } = asked;
      const topic = newTopic(definition);
      if (created !== undefined) {
        await createTopic(admin, topic.name, created);
      }
      const options = { brokers, clientId: 'test', topics: [topic], onError: () => undefined };
      const opening = openKafkaLog({
        ...options,
        ...(replicationFactor === undefined ? {} : { replicationFactor }),
      });
      const code = created === undefined ? 'topic-missing' : 'topic-misconfigured';
      await t.rejects(opening, { code, retriable: false, message: says }, title);
    }
  });

  test('everything that is wrong is said at once', async (t) => {
    const admin = await connectAdmin(t, brokers);
    const [one, other, missing] = [newTopic(), newTopic(), newTopic()];
    await createTopic(admin, one.name, { partitions: 1 });
    await createTopic(admin, other.name, { settings: { 'cleanup.policy': 'compact' } });
    const opening = open(t, { brokers, topics: [one, other, missing], createTopics: false });
    const error = await opening.catch((reason: unknown) => reason);
    const lines = error instanceof Error ? error.message.split('\n') : [];
    t.equal(lines.length, 5);
    t.match(lines, [missing.name, one.name, one.name, other.name, other.name]);
  });

  test('several processes that create missing topics at once all get what was asked for', async (t) => {
    const topics = [
      newTopic({ retentionMs: 86_400_000 }),
      newTopic({ cleanup: 'compact', maxMessageBytes: 2_000_000 }),
    ];
    await Promise.all([1, 2, 3].map(async () => open(t, { brokers, topics, replicationFactor: 1 })));
    const log = await open(t, { brokers, topics, createTopics: false });
    const [first, second] = topics;
    await log.append(second?.name ?? '', [{ key: 'a', headers: {}, value: new Uint8Array(1_500_000) }]);
    const tooLarge = [{ key: 'a', headers: {}, value: new Uint8Array(1_100_000) }];
    await t.rejects(log.append(first?.name ?? '', tooLarge), {
      code: 'append-too-large',
      message: /max\.message\.bytes/,
    });
    t.equal((await log.append(first?.name ?? '', [record('a', 'fits')])).length, 1);
  });

  test('a key lies where the Java client would put it', async (t) => {
    const topic = newTopic({ partitions: 12 });
    const log = await open(t, { brokers, topics: [topic] });
    // murmur2 of Apache Kafka's UtilsTest, made positive.
    const hashes = { '21': -973_932_308, foobar: -790_332_482, abc: 479_470_107 };
    for (const [key, hash] of Object.entries(hashes)) {
      const [position] = await log.append(topic.name, [record(key, 'text')]);
      t.equal(position?.partition, (hash & 0x7fffffff) % 12, key);
    }
  });
}
