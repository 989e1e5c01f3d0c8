import type { CloudEvent } from '../cloud-events.ts';
import { principals, type TopicDefinition, type TopicName, topics } from '../topics.ts';
import {
  CloudEventHeadersSchema,
  messageNamesOf,
  messages,
  namedSchemas,
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
  'Postausgang sends the mail of business software. All its data is in these topics of Apache Kafka.',
  'An ERP module sends `mail-requested` to `postausgang.mail-requests.v1` and reads the outcome of the mail from',
  '`postausgang.mail-events.v1`. The other topics belong to Postausgang; anybody may read them.',
  'A record counts there only with the header `postausgang-signature`, which proves that a service has written it.',
  '',
  'Every record is a CloudEvent 1.0 in one of the two content modes of its Kafka binding:',
  '',
  '- **binary**, which Postausgang writes: the attributes are the headers `ce_specversion`, `ce_id`, `ce_type`,',
  '  `ce_source`, `ce_time`, and optionally `ce_subject`; `content-type` is `application/json`; the value is the JSON',
  '  of the data.',
  '- **structured**, which is read as well: `content-type` is `application/cloudevents+json`; the value is the whole',
  '  event as JSON, with the data under `data`.',
  '',
  'In every topic:',
  '',
  '- Accepted means durable: acknowledged with `acks=all`. Kafka is as durable as its replication: a single broker',
  '  that loses power may lose accepted records.',
  '- At least once: an event id that comes a second time is the same event. Ignore it.',
  '- Records of one key are in one partition and keep their order. No order is promised between keys.',
  '- Readers ignore fields that they do not know. A change that breaks readers gets a new major version in the type',
  '  name.',
  '- A record that cannot be read (no CloudEvent, unknown type, data of another form) is skipped. It never stops a',
  '  reader.',
] as const;

const topicTexts: Readonly<Record<TopicName, TopicText>> = {
  settings: {
    title: 'Settings',
    summary:
      'Every change of the settings and API keys. Only Postausgang writes here. Change them over its REST API.',
    guarantees: [
      'Kept indefinitely, in one order. Everyone who reads from the start reaches the same state.',
      'An event whose `expectedVersion` is not the current version of its resource was refused: it changes nothing.',
      'An event holds the complete content after the change. Passwords are sealed; only a mailer can open them.',
    ],
  },
  connectionTests: {
    title: 'Connection tests',
    summary:
      'Requests for connection tests and checks of senders, and their results. Start them over the REST API.',
    guarantees: [
      'The result follows its request and has the same `testId`. If its mailer stops, a test has no result.',
      'A check of senders has one `sender-checked` for each of its senders. A mail whose sender is refused has one, too.',
      'The text of the mail server (`reply`, `certificate`) is untrusted.',
    ],
  },
  mailerStatus: {
    title: 'Mailer status',
    summary: 'Which mailers run, and which version of the settings each of them uses.',
    guarantees: [
      'Compacted: at least the last record of each key stays. Earlier records may be removed.',
      'A mailer that failed to apply a version keeps serving `servingVersion` and reports the reason.',
      'A mailer that died writes no `mailer-stopped`.',
    ],
  },
  mailRequests: {
    title: 'Mail requests',
    summary:
      'Mail to be sent, and later commands about it. ERP modules write here, and Postausgang for requests over HTTP.',
    guarantees: [
      'Key: the `orderingKey` of the mail if it has one, otherwise its `id`. Mail of one `orderingKey` goes out in the',
      '  order of its records. There is no other order. A record with another key is refused.',
      'Partition: any. The mailer that owns the partition of the key sends the mail, and sends it once, also if the request',
      '  is in several partitions. Order needs one partition per key, so choose it as the Java client and Postausgang do',
      '  (murmur2; kcat: `-X partitioner=murmur2_random`).',
      'Accepted means durable: once the broker has acknowledged the record (use `acks=all`), the mail is sent, or an',
      '  event gives the reason why not.',
      'Choose an `id` that is the same when you repeat the request. The same `id` is not sent again for at least 7 days.',
      '  With other content it is a conflict, which `mail-refused` reports. Repeat a request under the same key.',
      'A command (`mail-hold-requested`, …) has the key of the request of its mail, so that it follows that request. It has',
      '  one answer: the fact (`mail-held`, …) that names it in `command`, or `mail-command-declined` with a code.',
      '  Repeating a command does no harm.',
      'Mail belongs to the `source` of its request, or to Postausgang if it was requested over HTTP. A command of another',
      '  `source` is answered with `mail-unknown`. `requestedBy` and `actor` are not taken over from other modules.',
      'A module that has a key must sign its records (`postausgang-signature`); nobody else can use its `source`.',
      'Unlike everywhere else, an unknown field is an error here. The request is refused; the field is never dropped.',
      'A request that cannot be read (garbage, unknown major version, too large, invalid) is set aside with',
      '  `mail-refused` and a reason. It never stops the mail behind it.',
    ],
  },
  mailEvents: {
    title: 'Mail events',
    summary:
      'The outcome of each mail. ERP modules read here and find their mail by `businessReference` or `mailId`.',
    guarantees: [
      'Always an answer: every accepted mail ends, for every recipient, in exactly one outcome: `sent`, `rejected`,',
      '  `expired`, `cancelled` or `unknown`. `unknown` may be superseded once (`mail-resolved`). `mail-requeued` opens',
      '  another generation of the mail for the recipients it names; its number is the field `round`.',
      'Events of one mail have the key of its request and arrive in order, at least once, with a stable event id.',
      'Every event repeats `businessReference` and `metadata` of the request, except `mail-refused`, which names the request',
      '  by partition and offset.',
      '`sent` means that the next hop took responsibility (RFC 5321 §6.1), not that a mailbox has the mail.',
      '`mail-attempt-started` is durable before the final dot is sent. An attempt without an outcome event has an',
      '  `unknown` outcome: at least once, never "exactly once". Under `onUnknown: hold` a person decides.',
      'An event names only the recipients that it is about. The text of the mail server (`reply`) is untrusted.',
    ],
  },
};

/** The guarantees of a topic as a Markdown list. A text that starts with a space continues the item before. */
function guaranteesOf(name: TopicName): string {
  const lines = [...topicTexts[name].guarantees, rightsOf(name)];
  return lines.map((line) => (line.startsWith(' ') ? line : `- ${line}`)).join('\n');
}

/** Who needs which rights in Kafka. */
function rightsOf(name: TopicName): string {
  const { rights } = topics[name];
  const needed = principals.map((principal) => `${principal} ${rights[principal].join(', ') || 'none'}`);
  return `Rights in Kafka: ${needed.join('; ')}.`;
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
    summary: 'A mailer sends the requests that it has accepted over HTTP. The answer 202 waits for that.',
    messages: messageNamesOf('mailRequests').filter((name) => name !== structuredRequest),
  },
  sendMailEvents: {
    action: 'send',
    topic: 'mailEvents',
    summary: 'Mailers send the outcome of each mail; ERP modules receive it.',
  },
  receiveMailEvents: {
    action: 'receive',
    topic: 'mailEvents',
    summary: 'Every mailer receives all events, so each mailer knows the state of every mail.',
  },
  sendSettings: {
    action: 'send',
    topic: 'settings',
    summary: 'config-api sends each change made over the REST API.',
  },
  receiveSettings: {
    action: 'receive',
    topic: 'settings',
    summary: 'Every config-api and every mailer receives all changes, from the first one on.',
  },
  sendConnectionTestRequests: {
    action: 'send',
    topic: 'connectionTests',
    summary: 'config-api sends the request for a test, or for a check of senders.',
    messages: ['connectionTestRequested', 'senderCheckRequested'],
  },
  sendConnectionTestResults: {
    action: 'send',
    topic: 'connectionTests',
    summary: 'The mailer that ran the test or the check sends its result.',
    messages: ['connectionTestProgressed', 'connectionTestResult', 'senderChecked'],
  },
  receiveConnectionTests: {
    action: 'receive',
    topic: 'connectionTests',
    summary: 'Mailers receive the requests, config-api receives both.',
  },
  sendMailerStatus: {
    action: 'send',
    topic: 'mailerStatus',
    summary: 'Each mailer reports that it is running and which version of the settings it uses.',
  },
  receiveMailerStatus: {
    action: 'receive',
    topic: 'mailerStatus',
    summary: 'config-api receives it and reports the progress of a change.',
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
      schemas: { CloudEventHeaders: withReferences(CloudEventHeadersSchema), ...namedSchemas() },
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
