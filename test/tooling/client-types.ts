/** The types of the client: every schema and every operation of the OpenAPI document. */
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';

export const clientTypesFile = fileURLToPath(
  new URL('../../packages/client/src/operations.ts', import.meta.url),
);

type Json = Readonly<Record<string, unknown>>;

const fieldsOf = (value: unknown): Json =>
  typeof value === 'object' && value !== null ? (value as Json) : {};
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const nameOf = ($ref: unknown): string => String($ref).split('/').at(-1) ?? '';
const quoted = (key: string): string => (/^[A-Za-z_]\w*$/.test(key) ? key : `'${key}'`);
const union = (values: readonly unknown[]): string =>
  values.map((value) => JSON.stringify(value)).join(' | ');

function comment({ description }: Json): string {
  return typeof description === 'string' ? `\n/** ${description.trim().replaceAll('*/', '* /')} */\n` : '';
}

function property(key: string, isRequired: boolean, schema: Json): string {
  return `${comment(schema)}readonly ${quoted(key)}${isRequired ? '' : '?'}: ${typeOf(schema)};`;
}

const mostValues = 50;

/** The type of a JSON schema. A schema with a name is referred to by it. */
function typeOf(schemaLike: unknown): string {
  const schema = fieldsOf(schemaLike);
  if ('$ref' in schema) return nameOf(schema['$ref']);
  const [type, orNull] = listOf(schema['type']);
  if (orNull !== undefined) return `(${typeOf({ ...schema, type })}) | null`;
  if ('const' in schema) return JSON.stringify(schema['const']);
  const known = listOf(schema['x-extensible-enum']).filter((value) => value !== null);
  if (known.length > 0) return `Open<${union(known)}>`;
  const values = listOf(schema['enum']).filter((value) => value !== null);
  // Nobody picks from a hundred codes in code: what a person has typed goes to the API, which says what is wrong with it.
  if (values.length > mostValues) return 'string';
  if (values.length > 0) return union(values);
  const variants = listOf(schema['anyOf'] ?? schema['oneOf']);
  if (variants.length > 0) return variants.map((variant) => `(${typeOf(variant)})`).join(' | ');
  switch (schema['type']) {
    case 'array':
      return `readonly (${typeOf(schema['items'])})[]`;
    case 'object':
      return objectType(schema);
    case 'integer':
      return 'number';
    case 'number':
    case 'string':
    case 'boolean':
    case 'null':
      return String(schema['type']);
    default:
      return 'unknown';
  }
}

function objectType({ properties, required, additionalProperties }: Json): string {
  const fields = Object.entries(fieldsOf(properties)).map(([key, field]) =>
    property(key, listOf(required).includes(key), fieldsOf(field)),
  );
  if (fields.length > 0) return `{ ${fields.join('\n')} }`;
  const values = typeof additionalProperties === 'object' ? typeOf(additionalProperties) : 'unknown';
  return `Readonly<Record<string, ${values}>>`;
}

const mediaOf = (content: unknown): readonly (readonly [string, Json])[] =>
  Object.entries(fieldsOf(fieldsOf(content)['content'])).map(([type, media]) => [type, fieldsOf(media)]);

/** JSON has the type of its schema. What is not JSON goes as it is, and comes as text. */
function bodyType(content: unknown, other: string): string | undefined {
  const types = mediaOf(content).map(([type, { schema }]) =>
    /[/+]json$/.test(type) ? typeOf(schema) : other,
  );
  return types.length === 0 ? undefined : [...new Set(types)].join(' | ');
}

/** What an operation takes in its query and body and what it answers; its path says what the path takes. */
function operationType(operation: Json): string {
  const query = listOf(operation['parameters'])
    .map(fieldsOf)
    .filter((one) => one['in'] === 'query')
    .map(({ name, required, description, schema }) =>
      property(String(name), required === true, { ...fieldsOf(schema), description }),
    );
  const body = bodyType(operation['requestBody'], 'string | Uint8Array');
  const answers = Object.entries(fieldsOf(operation['responses'])).filter(([status]) =>
    status.startsWith('2'),
  );
  const found = answers.map(([, answer]) => bodyType(answer, 'string'));
  const isEver = found.some((type) => type !== undefined);
  const types = new Set(isEver ? found.map((type) => type ?? 'undefined') : []);
  return [
    ...(query.length === 0 ? [] : [`readonly query: { ${query.join('\n')} };`]),
    ...(body === undefined ? [] : [`readonly body: ${body};`]),
    ...(types.size === 0 ? [] : [`readonly answer: ${[...types].join(' | ')};`]),
  ].join('\n');
}

/** The text of the file. */
export async function clientTypes(document: Json): Promise<string> {
  const schemas = Object.entries(fieldsOf(fieldsOf(document['components'])['schemas']));
  const operations = Object.entries(fieldsOf(document['paths'])).flatMap(([path, item]) =>
    Object.entries(fieldsOf(item)).map(([method, described]) => {
      const operation = fieldsOf(described);
      const name = `${method.toUpperCase()} ${path}`;
      return `\n/** ${String(operation['summary'])} */\n'${name}': { ${operationType(operation)} };`;
    }),
  );
  const lines = [
    '// Generated from the OpenAPI document by `npm run generate:client-types`; a test compares. Types only.',
    '',
    '/** For a program that is released with the service: `later: never` here closes the lists of values. */',
    'export interface Releases {}',
    '/** One of these values, or one of a later release of the service. */',
    'export type Open<Known extends string> =',
    '  Known | (Releases extends { readonly later: infer Later } ? Later : string & Record<never, never>);',
    '',
    ...schemas.map(
      ([name, schema]) => `${comment(fieldsOf(schema))}export type ${name} = ${typeOf(schema)};\n`,
    ),
    '/** Every operation by its method and path: what it takes and what it answers. */',
    'export interface Operations {',
    ...operations,
    '}',
  ];
  return format(lines.join('\n'), { ...(await resolveConfig(clientTypesFile)), parser: 'typescript' });
}
