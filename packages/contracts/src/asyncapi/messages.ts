import { Type } from '@sinclair/typebox';
import type { CloudEvent } from '../cloud-events/cloud-event.ts';
import { writeRecord } from '../cloud-events/write-record.ts';
import type { EventDefinition } from '../events/definition.ts';
import { type EventName, events } from '../events/events.ts';
import { Instant } from '../schema-helpers.ts';
import { topics } from '../topics.ts';
import { withReferences } from './shared-schemas.ts';

const structuredType = 'application/cloudevents+json';

const attributes = {
  id: Type.String({ minLength: 1, description: 'A second record with the same id is the same event' }),
  source: Type.String({
    minLength: 1,
    description: 'Who wrote it, a URI reference',
    examples: ['/erp/billing'],
  }),
  time: Instant({ description: 'When it happened; of a mail request, when the mail was asked for' }),
  subject: Type.String({ description: 'What it is about, such as the mail id' }),
};
const traceparent = Type.Optional(Type.String({ description: 'W3C trace context' }));

/** The headers of any record in binary mode; each message says which `ce_type` it has. */
export const CloudEventHeadersSchema = Type.Object({
  ce_specversion: Type.Literal('1.0'),
  ce_id: attributes.id,
  ce_type: Type.String(),
  ce_source: attributes.source,
  ce_time: attributes.time,
  ce_subject: Type.Optional(attributes.subject),
  'content-type': Type.Optional(Type.Literal('application/json')),
  traceparent,
});

/** The name of a message in structured mode. ERP modules are the only ones who write it. */
export const structuredRequest = 'mailRequestedStructured';

const definitions: readonly (readonly [string, EventDefinition])[] = Object.entries(events);

/** The messages that lie in a topic, by name. */
export function messageNamesOf(topic: EventDefinition['topic']): readonly string[] {
  const names = definitions.filter(([, event]) => event.topic === topic).map(([name]) => name);
  return topic === events.mailRequested.topic ? [...names, structuredRequest] : names;
}

/** Every message with its headers, key, data and samples. */
export function messages(samples: readonly CloudEvent[]): Readonly<Record<string, unknown>> {
  const samplesOf = (type: string) => samples.filter((sample) => sample.type === type);
  const binary = definitions.map(([name, event]) => [name, binaryMessage(event, samplesOf(event.type))]);
  const requests = samplesOf(events.mailRequested.type);
  return Object.fromEntries([...binary, [structuredRequest, structuredMessage('mailRequested', requests)]]);
}

function binaryMessage(event: EventDefinition, samples: readonly CloudEvent[]) {
  return {
    name: event.type,
    title: event.description,
    contentType: 'application/json',
    headers: {
      type: 'object',
      allOf: [{ $ref: '#/components/schemas/CloudEventHeaders' }],
      properties: { ce_type: { const: event.type } },
    },
    payload: withReferences(event.data),
    bindings: keyBinding(event),
    examples: samples.map((sample) => ({ headers: writeRecord('', sample).headers, payload: sample.data })),
  };
}

function structuredMessage(name: EventName, samples: readonly CloudEvent[]) {
  const event: EventDefinition = events[name];
  return {
    name: event.type,
    title: `${event.description} (structured mode)`,
    contentType: structuredType,
    headers: withReferences(
      Type.Object({ 'content-type': Type.String({ pattern: `^${structuredType}` }), traceparent }),
    ),
    payload: {
      type: 'object',
      required: ['specversion', 'id', 'type', 'source', 'time', 'data'],
      properties: {
        specversion: { const: '1.0' },
        type: { const: event.type },
        ...attributes,
        datacontenttype: { const: 'application/json' },
        data: { $ref: `#/components/messages/${name}/payload` },
      },
    },
    bindings: keyBinding(event),
    examples: samples.slice(0, 1).map(({ id, type, source, time, data }) => ({
      headers: { 'content-type': `${structuredType}; charset=utf-8` },
      payload: { specversion: '1.0', id, type, source, time, datacontenttype: 'application/json', data },
    })),
  };
}

function keyBinding({ topic }: EventDefinition) {
  return { kafka: { key: { type: 'string', description: topics[topic].key }, bindingVersion: '0.5.0' } };
}
