import { type TSchema, Type } from '@sinclair/typebox';
import { type CloudEvent, writeRecord } from '../cloud-events.ts';
import { ConnectionTestStepSchema } from '../connection-test.ts';
import { type EventName, events } from '../events/events.ts';
import { mailSent } from '../events/mail-events.ts';
import { FailureSchema } from '../failures.ts';
import { AnsweredCommandSchema } from '../mail/mail-command.ts';
import { AttachmentSchema, ClaimedAttachmentSchema, EnvelopeSchema } from '../mail/mail-request.ts';
import { AttemptSchema, DecisionsSchema, RecipientResultSchema } from '../mail/mail-status.ts';
import { ActorSchema, AddressSchema, Instant, StoredSecretSchema } from '../schemas.ts';
import { StoredCertificateContentSchema } from '../settings/certificate.ts';
import { StoredExchangeConnectionContentSchema } from '../settings/exchange-connection.ts';
import { StoredOutgoingServerContentSchema } from '../settings/outgoing-server-schemas.ts';
import { StoredSenderContentSchema } from '../settings/sender.ts';
import { StoredSendingModeContentSchema } from '../settings/sending-mode.ts';
import { type EventDefinition, topics } from '../topics.ts';

/** Schemas that several events use; they stand once in the document. */
const shared: Readonly<Record<string, TSchema>> = {
  Actor: ActorSchema,
  AnsweredCommand: AnsweredCommandSchema,
  Address: AddressSchema,
  Attachment: AttachmentSchema,
  Attempt: AttemptSchema,
  ClaimedAttachment: ClaimedAttachmentSchema,
  ConnectionTestStep: ConnectionTestStepSchema,
  Decisions: DecisionsSchema,
  Envelope: EnvelopeSchema,
  ExchangeConnectionContent: StoredExchangeConnectionContentSchema,
  CertificateContent: StoredCertificateContentSchema,
  Failure: FailureSchema,
  Instant: Instant(),
  MailState: mailSent.data.properties.state,
  OutgoingServerContent: StoredOutgoingServerContentSchema,
  RecipientResult: RecipientResultSchema,
  SenderContent: StoredSenderContentSchema,
  SendingModeContent: StoredSendingModeContentSchema,
  StoredSecret: StoredSecretSchema,
};

/** All schemas by name: those that several events use, and the data of each event, with references to the shared ones. */
export function namedSchemas(): Readonly<Record<string, unknown>> {
  const names = sharedNames();
  const sharedOnes = Object.entries(shared).map(([name, schema]) => {
    const parts = mapValues(plain(schema), (value) => refer(value, names));
    return [name, titled(parts, name)];
  });
  const data = definitions.map(([name, event]) => [
    dataNameOf(name),
    titled(withReferences(event.data), dataNameOf(name)),
  ]);
  return Object.fromEntries([...sharedOnes, ...data]);
}

/** `MailSentData`, for the data of `mailSent`. */
function dataNameOf(event: string): string {
  return `${pascalCase(event)}Data`;
}

const pascalCase = (name: string): string =>
  name.replaceAll(/(?:^|[^A-Za-z0-9])([a-z])/g, (_match, letter: string) => letter.toUpperCase());

/**
 * The schema with a title on each object in it, made of the names on the way there: generators call their types by it, and
 * would number them otherwise.
 */
function titled(node: unknown, title: string): unknown {
  if (!isObject(node) || '$ref' in node) return node;
  const parts = Object.entries(node).map(([key, value]) => {
    if (key === 'properties' && isObject(value)) {
      const inner = Object.entries(value).map(([name, one]) => [
        name,
        titled(one, `${title}${pascalCase(name)}`),
      ]);
      return [key, Object.fromEntries(inner)];
    }
    if (key === 'items') return [key, titled(value, `${title}Item`)];
    if (Array.isArray(value) && variantKeywords.has(key))
      return [key, value.map((one, index) => titled(one, variantOf(title, value, index)))];
    return [key, value];
  });
  const isType = node['type'] === 'object' || [...variantKeywords].some((key) => key in node);
  return { ...(isType && !('title' in node) ? { title } : {}), ...Object.fromEntries(parts) };
}

const variantKeywords = new Set(['anyOf', 'oneOf', 'allOf']);

/** What may be null is called like what it is otherwise. */
function variantOf(title: string, variants: readonly unknown[], index: number): string {
  const others = variants.filter((one) => !isObject(one) || one['type'] !== 'null');
  return others.length === 1 ? title : `${title}Variant${index + 1}`;
}

/** A schema as plain JSON Schema in which every part that is shared is a reference. */
export function withReferences(schema: TSchema): unknown {
  return refer(plain(schema), sharedNames());
}

/** TypeBox keeps its own notes under symbols and makes copies, so equal text is what tells that two are the same. */
function sharedNames(): ReadonlyMap<string, string> {
  return new Map(Object.entries(shared).map(([name, schema]) => [textOf(schema), name]));
}

function plain(schema: TSchema): Readonly<Record<string, unknown>> {
  return JSON.parse(textOf(schema));
}

/** Without the name that a schema has in the OpenAPI document. */
function textOf(schema: TSchema): string {
  return JSON.stringify(schema, (key, value: unknown) => (key === '$id' ? undefined : value));
}

function refer(node: unknown, names: ReadonlyMap<string, string>): unknown {
  if (Array.isArray(node)) {
    return node.map((item) => refer(item, names));
  }
  if (!isObject(node)) {
    return node;
  }
  const name = names.get(JSON.stringify(node));
  return name === undefined
    ? mapValues(node, (value) => refer(value, names))
    : { $ref: `#/components/schemas/${name}` };
}

function isObject(node: unknown): node is Readonly<Record<string, unknown>> {
  return typeof node === 'object' && node !== null;
}

function mapValues<Value>(object: Readonly<Record<string, Value>>, map: (value: Value) => unknown) {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(value)]));
}

const structuredType = 'application/cloudevents+json';

const attributes = {
  id: Type.String({ minLength: 1, description: 'Another record with the same id is the same event' }),
  source: Type.String({
    minLength: 1,
    description: 'Who wrote it, a URI reference',
    examples: ['/erp/billing'],
  }),
  time: Instant({ description: 'When it happened; for a mail request, when the mail was requested' }),
  subject: Type.String({ description: 'Subject of the event, such as the mail id' }),
};
const traceparent = Type.Optional(
  Type.String({
    description: 'W3C Trace Context. The events about a mail go on with the trace of its request',
    examples: ['00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'],
  }),
);

/** The headers of any record in binary mode; each message says which `ce_type` it has. */
export const CloudEventHeadersSchema = Type.Object({
  ce_specversion: Type.Literal('1.0'),
  ce_id: attributes.id,
  ce_type: Type.String(),
  ce_source: attributes.source,
  ce_time: attributes.time,
  ce_subject: Type.Optional(attributes.subject),
  'content-type': Type.Optional(Type.Literal('application/json')),
  ce_traceparent: traceparent,
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
  const binary = definitions.map(([name, event]) => [
    name,
    binaryMessage(name, event, samplesOf(event.type)),
  ]);
  const requests = samplesOf(events.mailRequested.type);
  return Object.fromEntries([...binary, [structuredRequest, structuredMessage('mailRequested', requests)]]);
}

function binaryMessage(name: string, event: EventDefinition, samples: readonly CloudEvent[]) {
  return {
    name: event.type,
    title: event.description,
    contentType: 'application/json',
    headers: {
      type: 'object',
      allOf: [{ $ref: '#/components/schemas/CloudEventHeaders' }],
      properties: { ce_type: { const: event.type } },
    },
    payload: { $ref: `#/components/schemas/${dataNameOf(name)}` },
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
      title: `${pascalCase(name)}Event`,
      type: 'object',
      required: ['specversion', 'id', 'type', 'source', 'time', 'data'],
      properties: {
        specversion: { const: '1.0' },
        type: { const: event.type },
        ...attributes,
        datacontenttype: { const: 'application/json' },
        data: { $ref: `#/components/schemas/${dataNameOf(name)}` },
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
