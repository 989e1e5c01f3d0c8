import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import asyncApiParser from '@asyncapi/parser';
import { events, readRecord, topics } from '@postausgang/contracts';
import { TypeCompiler } from '@sinclair/typebox/compiler';
import { test } from 'tap';
import { parse } from 'yaml';
import {
  asyncApiFile,
  asyncApiYaml,
  erpAsyncApiFile,
  erpAsyncApiYaml,
  readSamples,
} from '../tooling/asyncapi-yaml.ts';

interface Example {
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: unknown;
}
interface Message {
  readonly name: string;
  readonly contentType: string;
  readonly payload: unknown;
  readonly examples: readonly Example[];
}
interface Reference {
  readonly $ref: string;
}

const text = readFileSync(asyncApiFile, 'utf8');
const document = parse(text);
const messages: Readonly<Record<string, Message>> = document.components.messages;
const encoder = new TextEncoder();

const isReference = (node: object): node is Reference => '$ref' in node;
const lookUp = (reference: string): unknown =>
  reference
    .replace('#/', '')
    .split('/')
    .reduce((node, name) => node[name], document);

/** The node with what its references point at, down to the leaves. */
function resolved(node: unknown): unknown {
  if (typeof node !== 'object' || node === null) return node;
  if (Array.isArray(node)) return node.map(resolved);
  if (isReference(node)) return resolved(lookUp(node.$ref));
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, resolved(value)]));
}

/** Names of schemas are those of a document. */
const plain = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (key, inner: unknown) =>
      key === '$id' || (key === 'title' && typeof inner === 'string') ? undefined : inner,
    ),
  );

test('docs/asyncapi.yaml is what the contracts say (npm run generate:asyncapi writes it)', async (t) => {
  t.ok(text === (await asyncApiYaml()), 'run npm run generate:asyncapi');
});

test('is a valid AsyncAPI 3.0 document that refers to nothing outside of itself', async (t) => {
  const parser = new asyncApiParser.Parser();
  const { document: parsed, diagnostics } = await parser.parse(text);
  // 3.0 is what clients and generators know.
  t.same(
    diagnostics.filter(({ code }) => code !== 'asyncapi-latest-version'),
    [],
  );
  t.equal(parsed?.version(), '3.0.0');
  t.notMatch(text, /\$ref: '?[^'#]/);
});

test('describes every topic with its Kafka configuration, and no other', async (t) => {
  t.same(
    Object.keys(document.channels),
    Object.values(topics).map(({ name }) => name),
  );
  for (const { name, partitions, cleanup, retentionMs } of Object.values(topics)) {
    const { address, description, bindings } = document.channels[name];
    t.equal(address, name);
    t.match(description, /^- /, `${name} says what a reader may rely on`);
    t.match(bindings.kafka, { topic: name, partitions });
    t.match(bindings.kafka.topicConfiguration, { 'cleanup.policy': [cleanup], 'retention.ms': retentionMs });
  }
});

test('describes every event with its schema, in the channel of its topic, and no other', async (t) => {
  const names = Object.keys(events);
  t.same(Object.keys(messages), [...names, 'mailRequestedStructured']);
  for (const [name, { type, topic, data }] of Object.entries(events)) {
    t.equal(messages[name]?.name, type);
    t.same(plain(resolved(messages[name]?.payload)), plain(data), `${name} has the schema of the contracts`);
    t.same(document.channels[topics[topic].name].messages[name], { $ref: `#/components/messages/${name}` });
  }
});

/** All objects and unions below a node that have no name by which generators could call their types. */
function anonymousIn(node: unknown, path: string): readonly string[] {
  if (typeof node !== 'object' || node === null) return [];
  if (Array.isArray(node)) return node.flatMap((one, index) => anonymousIn(one, `${path}/${index}`));
  const isType = ('type' in node && node.type === 'object') || 'anyOf' in node || 'oneOf' in node;
  const below = Object.entries(node).flatMap(([key, value]) =>
    key === 'examples' || key === 'default' ? [] : anonymousIn(value, `${path}/${key}`),
  );
  return isType && !('title' in node) ? [path, ...below] : below;
}

test('every payload and every object in it has a name', async (t) => {
  const { CloudEventHeaders: _headers, ...schemas } = document.components.schemas;
  t.ok(Object.keys(schemas).length > Object.keys(events).length);
  t.same(anonymousIn(schemas, ''), []);
  for (const [name, { payload }] of Object.entries(messages)) {
    t.ok(typeof payload === 'object' && payload !== null && ('$ref' in payload || 'title' in payload), name);
  }
});

test('every message is sent, and what others write is received', async (t) => {
  const operations: { action: string; messages: Reference[] }[] = Object.values(document.operations);
  const messagesOf = (action: string) =>
    operations
      .filter((operation) => operation.action === action)
      .flatMap((operation) => operation.messages.map(({ $ref }) => $ref.replace(/.*\//, '')));
  t.same(messagesOf('send').toSorted(), Object.keys(events).toSorted());
  t.same(messagesOf('receive').toSorted(), Object.keys(messages).toSorted());
});

test('every example is valid, and a record that the product reads', async (t) => {
  for (const [name, { contentType, examples }] of Object.entries(messages)) {
    t.ok(examples.length > 0, `${name} has an example`);
    for (const { headers, payload } of examples) {
      t.match(headers['content-type'], contentType);
      const record = { key: 'k', headers, value: encoder.encode(JSON.stringify(payload)) };
      const read = readRecord(record);
      t.match(read, { ok: true, event: { type: messages[name]?.name } }, name);
    }
  }
  for (const [name, { data }] of Object.entries(events)) {
    const check = TypeCompiler.Compile(data);
    t.ok(
      messages[name]?.examples.every(({ payload }) => check.Check(payload)),
      `${name} is valid`,
    );
  }
});

test('every frozen sample is an example', async (t) => {
  const shown = Object.values(messages).flatMap(({ examples }) => examples.map(({ payload }) => payload));
  for (const { type, data } of readSamples())
    t.ok(
      shown.some((payload) => isDeepStrictEqual(payload, data)),
      type,
    );
});

test('docs/asyncapi-erp.yaml is the part of it that a module writes and reads', async (t) => {
  const erpText = readFileSync(erpAsyncApiFile, 'utf8');
  t.ok(erpText === (await erpAsyncApiYaml()), 'run npm run generate:asyncapi');
  const { diagnostics } = await new asyncApiParser.Parser().parse(erpText);
  t.same(
    diagnostics.filter(({ code }) => code !== 'asyncapi-latest-version'),
    [],
    JSON.stringify(diagnostics, null, 2),
  );
  const erp = parse(erpText);
  t.same(Object.keys(erp.channels), [topics.mailRequests.name, topics.mailEvents.name]);
  t.match(erp.operations, { sendMailRequests: { action: 'send' }, receiveMailEvents: { action: 'receive' } });
  const requested = JSON.stringify(erp.components.schemas.MailRequestedData);
  t.notMatch(requested, /"(?:requestedBy|payloadDigest|sha256|rawSha256)"/, 'what only the services write');
  const written: readonly string[] = Object.keys(erp.channels[topics.mailRequests.name].messages);
  t.ok(written.length > 5);
  for (const [name, { data }] of Object.entries(events).filter(([event]) => written.includes(event))) {
    const { examples }: Message = erp.components.messages[name];
    t.ok(
      examples.every(({ payload }) => TypeCompiler.Compile(data).Check(payload)),
      `${name} is valid`,
    );
  }
  for (const name of written) {
    const { examples }: Message = erp.components.messages[name];
    t.ok(examples.length > 0, `${name} is shown`);
    for (const { headers, payload } of examples) {
      const record = { key: 'k', headers, value: encoder.encode(JSON.stringify(payload)) };
      t.match(readRecord(record), { ok: true, event: { type: messages[name]?.name } }, `${name} is read`);
    }
  }
});
