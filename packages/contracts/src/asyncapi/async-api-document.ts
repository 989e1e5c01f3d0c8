import type { CloudEvent } from '../cloud-events/cloud-event.ts';
import { type TopicDefinition, type TopicName, topics } from '../topics.ts';
import { everywhere, guaranteesOf, topicTexts } from './guarantees.ts';
import { CloudEventHeadersSchema, messageNamesOf, messages } from './messages.ts';
import { operations } from './operations.ts';
import { sharedSchemas, withReferences } from './shared-schemas.ts';

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
