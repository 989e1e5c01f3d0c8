import type { CloudEvent } from '../cloud-events.ts';
import { type TopicDefinition, type TopicName, topics } from '../topics.ts';
import {
  CloudEventHeadersSchema,
  messageNamesOf,
  messages,
  sharedSchemas,
  structuredRequest,
  withReferences,
} from './messages.ts';

/** What a topic is for, and what a reader or writer may rely on there (Markdown, a line each). */
interface TopicText {
  readonly title: string;
  readonly summary: string;
  readonly guarantees: readonly string[];
}

/** What holds in every topic, and how a record is written. */
const everywhere = [
  'Postausgang sends the mail of business software. All it knows stands in these topics of Apache Kafka.',
  'An ERP module sends `mail-requested` to `postausgang.mail-requests.v1` and reads what became of the mail from',
  '`postausgang.mail-events.v1`; the other topics belong to Postausgang, anybody may read them.',
  '',
  'Every record is a CloudEvent 1.0 in one of the two content modes of its Kafka binding:',
  '',
  '- **binary**, which is what Postausgang writes: the attributes are the headers `ce_specversion`, `ce_id`,',
  '  `ce_type`, `ce_source`, `ce_time`, optionally `ce_subject`; `content-type` is `application/json`; the value is',
  '  the JSON of the data.',
  '- **structured**, which is read as well: `content-type` is `application/cloudevents+json` and the value is the',
  '  whole event as JSON, the data under `data`.',
  '',
  'In every topic:',
  '',
  '- Accepted means durable: acknowledged with `acks=all`. Kafka is as durable as its replication; a single broker',
  '  that loses power may lose accepted records.',
  '- At least once: an event id that comes a second time is the same event, ignore it.',
  '- Records of one key lie in one partition and keep their order. No order is promised between keys.',
  '- Readers ignore fields they do not know. A change that breaks readers gets a new major version in the type name.',
  '- A record that cannot be read (no CloudEvent, unknown type, data of another form) is stepped over; it never',
  '  stops a reader.',
] as const;

const topicTexts: Readonly<Record<TopicName, TopicText>> = {
  settings: {
    title: 'Settings',
    summary:
      'Every change of the settings and API keys. Written by Postausgang only: change them over its REST API.',
    guarantees: [
      'Kept for ever, in one order. Whoever reads from the start comes to the same state as every other reader.',
      'An event whose `expectedVersion` is not the current version of its resource was refused: it changes nothing.',
      'An event holds the complete content after the change. Passwords are sealed; only a mailer can open them.',
    ],
  },
  connectionTests: {
    title: 'Connection tests',
    summary: 'Which connections were to be tested, and what came of it. Start a test over the REST API.',
    guarantees: [
      'The result follows its request and has the same `testId`. A test whose mailer went away stays without a result.',
      'What the mail server said (`reply`, `certificate`) is untrusted text.',
    ],
  },
  mailerStatus: {
    title: 'Mailer status',
    summary: 'Which mailers run, and which version of the settings each of them uses.',
    guarantees: [
      'Compacted: at least the last record of each key stays, earlier ones may be gone.',
      'A mailer that failed to apply a version keeps serving `servingVersion` and says why.',
      'A mailer that died writes no `mailer-stopped`.',
    ],
  },
  mailRequests: {
    title: 'Mail requests',
    summary:
      'Mail to be sent, and what is asked of mail later. ERP modules write here; so does Postausgang for what came over HTTP.',
    guarantees: [
      'Key: the `orderingKey` of the mail if it has one, otherwise its `id`. Mail of one `orderingKey` goes out in the',
      '  order of its records; there is no other order. A record with another key is refused, and so every client has to',
      '  choose the partition as the Java client does (murmur2; kcat: `-X partitioner=murmur2_random`).',
      'Accepted means durable: once the broker has acknowledged the record (use `acks=all`), the mail is sent or you',
      '  are told why not.',
      'Choose an `id` that is the same when you ask again. The same `id` is not sent again for at least 7 days; with',
      '  other content it is a conflict, and `mail-refused` says so. Ask again under the same key.',
      'A command (`mail-hold-requested`, …) has the key of the request of its mail, so that it comes behind it. It has one',
      '  answer: the fact (`mail-held`, …) that names it in `command`, or `mail-command-declined` with a code. Repeating',
      '  one is no mistake.',
      'Unlike everywhere else, an unknown field is an error here: it refuses the request and is never dropped.',
      'A request that cannot be understood (garbage, unknown major version, too large, invalid) is set aside with',
      '  `mail-refused` and a reason. It never stops the mail behind it.',
    ],
  },
  mailEvents: {
    title: 'Mail events',
    summary:
      'What became of each mail. ERP modules read here and know their mail by `businessReference` or `mailId`.',
    guarantees: [
      'Always an answer: every accepted mail ends, for every recipient, in exactly one outcome: `sent`, `rejected`,',
      '  `expired`, `cancelled` or `unknown`. `unknown` may be superseded once (`mail-resolved`). `mail-requeued` opens',
      '  another round for the recipients it names.',
      'Events of one mail have the key of its request and come in order, at least once, with a stable event id.',
      '`businessReference` and `metadata` of the request come back in every event but `mail-refused`, which names the',
      '  request by partition and offset.',
      '`sent` means that the next hop took responsibility (RFC 5321 §6.1), not that a mailbox has the mail.',
      '`mail-attempt-started` is durable before the final dot is sent. An attempt without an outcome event is an',
      '  `unknown` outcome: at least once, never "exactly once". Under `onUnknown: hold` a person decides.',
      'An event names only the recipients it concerned. What the mail server said (`reply`) is untrusted text.',
    ],
  },
};

/** The guarantees of a topic as a Markdown list. A text that starts with a space goes on with the item before. */
function guaranteesOf(name: TopicName): string {
  return topicTexts[name].guarantees.map((line) => (line.startsWith(' ') ? line : `- ${line}`)).join('\n');
}

/** What Postausgang does with a topic; `messages` where it is not all of them. */
interface Operation {
  readonly action: 'send' | 'receive';
  readonly topic: TopicName;
  readonly summary: string;
  readonly messages?: readonly string[];
}

const table: Readonly<Record<string, Operation>> = {
  receiveMailRequests: {
    action: 'receive',
    topic: 'mailRequests',
    summary: 'ERP modules send mail requests, in binary or structured mode; mailers receive them.',
  },
  sendMailRequests: {
    action: 'send',
    topic: 'mailRequests',
    summary: 'A mailer sends on what it has accepted over HTTP; the answer 202 waits for it.',
    messages: messageNamesOf('mailRequests').filter((name) => name !== structuredRequest),
  },
  sendMailEvents: {
    action: 'send',
    topic: 'mailEvents',
    summary: 'Mailers send what became of each mail; ERP modules receive it.',
  },
  receiveMailEvents: {
    action: 'receive',
    topic: 'mailEvents',
    summary: 'Every mailer receives all of them, so any of them knows the state of any mail.',
  },
  sendSettings: {
    action: 'send',
    topic: 'settings',
    summary: 'config-api sends each change that was made over the REST API.',
  },
  receiveSettings: {
    action: 'receive',
    topic: 'settings',
    summary: 'Every config-api and every mailer receives all changes, from the first one on.',
  },
  sendConnectionTestRequests: {
    action: 'send',
    topic: 'connectionTests',
    summary: 'config-api sends the request for a test.',
    messages: ['connectionTestRequested'],
  },
  sendConnectionTestResults: {
    action: 'send',
    topic: 'connectionTests',
    summary: 'The mailer that made the test sends its result.',
    messages: ['connectionTestProgressed', 'connectionTestResult'],
  },
  receiveConnectionTests: {
    action: 'receive',
    topic: 'connectionTests',
    summary: 'Mailers receive the requests, config-api receives both.',
  },
  sendMailerStatus: {
    action: 'send',
    topic: 'mailerStatus',
    summary: 'Each mailer sends that it runs and which version of the settings it uses.',
  },
  receiveMailerStatus: {
    action: 'receive',
    topic: 'mailerStatus',
    summary: 'config-api receives it and answers how far a change has come.',
  },
};

/** What Postausgang sends and receives. Others send what it receives and receive what it sends. */
function operations(): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(table).map(([name, { action, topic, summary, messages }]) => {
      const channel = `#/channels/${topics[topic].name}`;
      const references = (messages ?? messageNamesOf(topic)).map((message) => ({
        $ref: `${channel}/messages/${message}`,
      }));
      return [name, { action, summary, channel: { $ref: channel }, messages: references }];
    }),
  );
}

const kafka = {
  host: '{brokers}',
  protocol: 'kafka',
  variables: {
    brokers: { description: 'The brokers of your installation', examples: ['kafka.example:9092'] },
  },
};

/**
 * The AsyncAPI 3.0 document of the topics, as a plain object: channels with their Kafka bindings and guarantees,
 * what Postausgang sends and receives, and every event with its schema. The samples become the examples.
 */
export function asyncApiDocument(samples: readonly CloudEvent[]): Readonly<Record<string, unknown>> {
  const names = Object.keys(topics) as TopicName[];
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Postausgang',
      version: '1.0.0',
      description: everywhere.join('\n'),
      license: { name: 'Apache-2.0' },
    },
    servers: { kafka },
    defaultContentType: 'application/json',
    channels: Object.fromEntries(names.map((name) => [topics[name].name, channel(name)])),
    operations: operations(),
    components: {
      schemas: { CloudEventHeaders: withReferences(CloudEventHeadersSchema), ...sharedSchemas() },
      messages: messages(samples),
    },
  };
}

function channel(name: TopicName) {
  const { title, summary } = topicTexts[name];
  return {
    address: topics[name].name,
    title,
    summary,
    description: guaranteesOf(name),
    messages: Object.fromEntries(
      messageNamesOf(name).map((message) => [message, { $ref: `#/components/messages/${message}` }]),
    ),
    bindings: { kafka: topicBinding(topics[name]) },
  };
}

/** Kafka bindings 0.5.0. Retention by time, where there is one, is the only retention. */
function topicBinding({ name, partitions, cleanup, retentionMs, maxMessageBytes }: TopicDefinition) {
  return {
    topic: name,
    partitions,
    topicConfiguration: {
      'cleanup.policy': [cleanup],
      'retention.ms': retentionMs,
      'retention.bytes': -1,
      ...(maxMessageBytes === undefined ? {} : { 'max.message.bytes': maxMessageBytes }),
    },
    bindingVersion: '0.5.0',
  };
}
