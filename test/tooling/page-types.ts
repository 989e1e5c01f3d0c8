/** The types of the page's API client, from the OpenAPI document: the operations the page uses, and their schemas. */
import { format, resolveConfig } from 'prettier';

export const pageTypesFile = new URL('../../services/page/src/browser/api/operations.ts', import.meta.url);

type Json = Readonly<Record<string, unknown>>;

const fieldsOf = (value: unknown): Json =>
  typeof value === 'object' && value !== null ? (value as Json) : {};
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const nameOf = (reference: unknown): string => String(reference).replace('#/components/schemas/', '');
const quoted = (key: string): string => (/^[A-Za-z_]\w*$/.test(key) ? key : `'${key}'`);

/** The type of a JSON schema; references become names. */
function typeOf(schemaLike: unknown): string {
  const schema = fieldsOf(schemaLike);
  if ('$ref' in schema) return nameOf(schema['$ref']);
  if ('const' in schema) return JSON.stringify(schema['const']);
  if ('enum' in schema)
    return listOf(schema['enum'])
      .map((value) => JSON.stringify(value))
      .join(' | ');
  const variants = listOf(schema['anyOf'] ?? schema['oneOf']);
  if (variants.length > 0) return variants.map((variant) => `(${typeOf(variant)})`).join(' | ');
  switch (schema['type']) {
    case 'array':
      return `readonly (${typeOf(schema['items'])})[]`;
    case 'object':
      return objectType(schema);
    case 'integer':
    case 'number':
      return 'number';
    case 'string':
    case 'boolean':
    case 'null':
      return String(schema['type']);
    default:
      return 'unknown';
  }
}

/** There are ever more codes, and the page shows the sentences beside them. */
const isCode = (key: string, field: unknown): boolean => key === 'code' && 'enum' in fieldsOf(field);

function objectType(schema: Json): string {
  const required = listOf(schema['required']);
  const [pattern] = Object.values(fieldsOf(schema['patternProperties']));
  if (pattern !== undefined) return `Readonly<Record<string, ${typeOf(pattern)}>>`;
  const values = schema['additionalProperties'];
  if (typeof values === 'object') return `Readonly<Record<string, ${typeOf(values)}>>`;
  const fields = Object.entries(fieldsOf(schema['properties'])).map(
    ([key, field]) =>
      `readonly ${quoted(key)}${required.includes(key) ? '' : '?'}: ${isCode(key, field) ? 'string' : typeOf(field)};`,
  );
  return fields.length === 0 ? 'Readonly<Record<string, unknown>>' : `{ ${fields.join(' ')} }`;
}

/** The names of all schemas that can be reached. */
function reach(value: unknown, schemas: Json, reached: Set<string>): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    const name = nameOf(inner);
    if (key === '$ref' && !reached.has(name)) {
      reached.add(name);
      reach(schemas[name], schemas, reached);
    } else reach(inner, schemas, reached);
  }
}

interface Operation {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly content: Json;
}

function operationsOf(document: Json, used: readonly string[]): readonly Operation[] {
  const all = Object.entries(fieldsOf(document['paths'])).flatMap(([path, item]) =>
    Object.entries(fieldsOf(item)).map(([method, operation]) => {
      const content = fieldsOf(operation);
      return { id: String(content['operationId']), method: method.toUpperCase(), path, content };
    }),
  );
  return used.map((id) => {
    const found = all.find((operation) => operation.id === id);
    if (found === undefined) throw new Error(`The OpenAPI document has no operation ${id}`);
    return found;
  });
}

const jsonSchemaOf = (content: unknown): unknown => {
  const [media] = Object.values(fieldsOf(fieldsOf(content)['content']));
  return media === undefined ? undefined : fieldsOf(media)['schema'];
};

function parameterType({ content }: Operation, place: string): string {
  const parameters = listOf(content['parameters'])
    .map(fieldsOf)
    .filter((one) => one['in'] === place);
  if (parameters.length === 0) return 'undefined';
  const fields = parameters.map((one) => {
    const optional = one['required'] === true ? '' : '?';
    return `readonly ${quoted(String(one['name']))}${optional}: ${typeOf(one['schema'])};`;
  });
  return `{ ${fields.join(' ')} }`;
}

function responseOf({ content }: Operation): unknown {
  const responses = Object.entries(fieldsOf(content['responses']));
  return jsonSchemaOf(responses.find(([status]) => status.startsWith('2'))?.[1]);
}

function operationType(operation: Operation): string {
  const body = jsonSchemaOf(operation.content['requestBody']);
  return [
    `path: ${parameterType(operation, 'path')};`,
    `query: ${parameterType(operation, 'query')};`,
    `headers: ${parameterType(operation, 'header')};`,
    `body: ${body === undefined ? 'undefined' : typeOf(body)};`,
    `response: ${typeOf(responseOf(operation))};`,
  ]
    .map((line) => `readonly ${line}`)
    .join(' ');
}

/** The text of the file. */
export async function pageTypes(document: Json, used: readonly string[]): Promise<string> {
  const schemas = fieldsOf(fieldsOf(document['components'])['schemas']);
  const operations = operationsOf(document, used);
  const reached = new Set<string>();
  for (const operation of operations) {
    reach([operation.content['requestBody'], responseOf(operation)], schemas, reached);
  }
  const lines = [
    '// Generated from the OpenAPI document by `npm run generate:page-types`; a test compares.',
    ...[...reached].toSorted().map((name) => `export type ${name} = ${typeOf(schemas[name])};`),
    'export interface Operations {',
    ...operations.map((operation) => `readonly ${operation.id}: { ${operationType(operation)} };`),
    '}',
    'export const routes = {',
    ...operations.map(({ id, method, path }) => `${id}: ['${method}', '${path}'],`),
    '} as const satisfies Readonly<Record<keyof Operations, readonly [string, string]>>;',
  ];
  const options = await resolveConfig(pageTypesFile);
  return format(lines.join('\n\n').replace(/\n\n(?=readonly|\}|\w+: \[)/g, '\n'), {
    ...options,
    parser: 'typescript',
  });
}

/** What the page asks for. */
export const usedOperations = [
  'startSession',
  'getSession',
  'endSession',
  'getOutgoingServer',
  'patchOutgoingServer',
  'getOutgoingServerApplyStatus',
  'getOutgoingServerHistory',
  'getOutgoingServerVersion',
  'diffOutgoingServerVersions',
  'revertOutgoingServer',
  'startConnectionTest',
  'getConnectionTest',
  'listConnectionTests',
  'listExchangeConnections',
  'createExchangeConnection',
  'getExchangeConnection',
  'putExchangeConnection',
  'deleteExchangeConnection',
  'getExchangeConnectionHistory',
  'diffExchangeConnectionVersions',
  'revertExchangeConnection',
  'startExchangeConnectionTest',
  'getExchangeConnectionTest',
  'listExchangeConnectionTests',
  'listMails',
  'getMail',
  'sendMail',
  'holdMail',
  'releaseMail',
  'cancelMail',
  'resendMail',
  'resolveMail',
  'getQueueStatus',
  'listCertificates',
  'importCertificate',
  'createCertificateKey',
  'putIssuedCertificate',
  'deleteCertificate',
  'listRecipientCertificates',
  'importRecipientCertificates',
] as const;
