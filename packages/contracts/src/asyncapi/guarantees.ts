import type { TopicName } from '../topics.ts';

/** What a topic is for, and what a reader or writer may rely on there (Markdown, a line each). */
interface TopicText {
  readonly title: string;
  readonly summary: string;
  readonly guarantees: readonly string[];
}

/** What holds in every topic, and how a record is written. */
export const everywhere = [
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

export const topicTexts: Readonly<Record<TopicName, TopicText>> = {
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
export function guaranteesOf(name: TopicName): string {
  return topicTexts[name].guarantees.map((line) => (line.startsWith(' ') ? line : `- ${line}`)).join('\n');
}
