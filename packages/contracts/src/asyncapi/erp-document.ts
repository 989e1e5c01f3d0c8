import type { CloudEvent } from '../cloud-events.ts';
import { topics } from '../topics.ts';
import { asyncApiDocument } from './document.ts';
import { messageNamesOf } from './messages.ts';

type Json = Readonly<Record<string, unknown>>;

const isObject = (node: unknown): node is Json =>
  typeof node === 'object' && node !== null && !Array.isArray(node);
const fieldsOf = (node: unknown): Json => (isObject(node) ? node : {});
const listOf = (node: unknown): readonly unknown[] => (Array.isArray(node) ? node : []);

/** What only a mailer says of a request that it has accepted, and content that it has put into the content store. */
const internalFields = ['messageId', 'payloadDigest', 'requestedBy', 'summary', 'of', 'counted', 'actor'];
const claims = ['sha256', 'rawSha256'];
const claimedAttachment = '#/components/schemas/ClaimedAttachment';

const introduction = [
  'What a module of business software writes to Postausgang over Apache Kafka, and what it reads there. The names of the',
  'operations are those of the module. The document `asyncapi.yaml` describes all topics, also those that are internal.',
  '',
  'A record needs the headers `ce_specversion`, `ce_id`, `ce_type` and `ce_source`. Without `ce_time`, the time of the',
  'record counts. The key of a record is the id of the mail.',
].join('\n');

const operations = {
  sendMailRequests: { action: 'send', topic: 'mailRequests', summary: 'Requests a mail, or acts on one.' },
  receiveMailEvents: { action: 'receive', topic: 'mailEvents', summary: 'Learns what becomes of each mail.' },
} as const;

/**
 * The AsyncAPI 3.0 document for modules that send mail, as a plain object: the two topics that they use, without what only the
 * services write. It is a part of {@link asyncApiDocument}.
 *
 * @param samples become the examples, without the fields that only the services write
 */
export function erpAsyncApiDocument(samples: readonly CloudEvent[]): Json {
  const whole = asyncApiDocument(samples);
  const { schemas, messages } = fieldsOf(whole['components']);
  const written = new Set(messageNamesOf('mailRequests'));
  const used = [...written, ...messageNamesOf('mailEvents')];
  const shown = used.map((name) => {
    const message = fieldsOf(fieldsOf(messages)[name]);
    return [name, written.has(name) ? asWrittenMessage(message) : message] as const;
  });
  const channels = [topics.mailRequests.name, topics.mailEvents.name].map((name) => [
    name,
    fieldsOf(whole['channels'])[name],
  ]);
  const writtenSchemas = [...written].map((name) => `${name.charAt(0).toUpperCase()}${name.slice(1)}Data`);
  const own = Object.entries(fieldsOf(schemas)).map(([name, schema]) => {
    if (name === 'CloudEventHeaders') return [name, without(schema, ['ce_time'])] as const;
    return [name, writtenSchemas.includes(name) ? asWritten(schema) : schema] as const;
  });
  return {
    ...whole,
    info: {
      ...fieldsOf(whole['info']),
      title: 'Postausgang for modules that send mail',
      description: introduction,
    },
    channels: Object.fromEntries(channels),
    operations: ownOperations(),
    components: {
      schemas: reachable(shown, Object.fromEntries(own)),
      messages: Object.fromEntries(shown),
    },
  };
}

function ownOperations(): Json {
  const entries = Object.entries(operations).map(([name, { action, topic, summary }]) => {
    const channel = `#/channels/${topics[topic].name}`;
    const messages = messageNamesOf(topic).map((message) => ({ $ref: `${channel}/messages/${message}` }));
    return [name, { action, summary, channel: { $ref: channel }, messages }];
  });
  return Object.fromEntries(entries);
}

/** The schema with these fields not required. */
function without(schema: unknown, names: readonly string[]): Json {
  const required = listOf(fieldsOf(schema)['required']).filter((name) => !names.includes(String(name)));
  return { ...fieldsOf(schema), required };
}

/** The data of a record as a module writes it. */
function asWritten(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(asWritten);
  if (!isObject(schema)) return schema;
  const { anyOf, properties, ...rest } = schema;
  const variants = listOf(anyOf).filter((one) => !isClaim(fieldsOf(one)));
  if (variants.length === 1) return asWritten(variants[0]);
  const kept = Object.entries(fieldsOf(properties)).filter(([name]) => !internalFields.includes(name));
  return {
    ...Object.fromEntries(
      Object.entries(rest).map(([key, value]) => [key, key === 'items' ? asWritten(value) : value]),
    ),
    ...(anyOf === undefined ? {} : { anyOf: variants.map(asWritten) }),
    ...(isObject(properties)
      ? { properties: Object.fromEntries(kept.map(([name, one]) => [name, asWritten(one)])) }
      : {}),
  };
}

function isClaim({ $ref, properties }: Json): boolean {
  return $ref === claimedAttachment || claims.some((name) => name in fieldsOf(properties));
}

/** A message as a module writes it: its examples lack what only the services write, and claim nothing. */
function asWrittenMessage(message: Json): Json {
  const examples = listOf(message['examples']).map((example) => {
    const { headers, payload } = fieldsOf(example);
    const { data, ...event } = fieldsOf(payload);
    return {
      headers,
      payload: data === undefined ? withoutInternal(event) : { ...event, data: withoutInternal(data) },
    };
  });
  return {
    ...message,
    examples: examples.filter((example) => !/"(?:sha256|rawSha256)":/.test(JSON.stringify(example))),
  };
}

function withoutInternal(data: unknown): Json {
  return Object.fromEntries(
    Object.entries(fieldsOf(data)).filter(([name]) => !internalFields.includes(name)),
  );
}

/** The schemas that the messages lead to. */
function reachable(messages: unknown, schemas: Json): Json {
  const found = new Set<string>();
  const follow = (node: unknown): void => {
    if (Array.isArray(node)) node.forEach(follow);
    if (!isObject(node)) return;
    const name = typeof node['$ref'] === 'string' ? (node['$ref'].split('/').at(-1) ?? '') : '';
    if (name in schemas && !found.has(name)) {
      found.add(name);
      follow(schemas[name]);
    }
    Object.values(node).forEach(follow);
  };
  follow(messages);
  return Object.fromEntries(Object.entries(schemas).filter(([name]) => found.has(name)));
}
