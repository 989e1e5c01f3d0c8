/**
 * The types of the page's API client: what the operations that the page uses take and answer, in the types of the
 * contracts.
 */
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as contracts from '@postausgang/contracts';
import { format, resolveConfig } from 'prettier';

const browser = fileURLToPath(new URL('../../services/page/src/browser', import.meta.url));
export const pageTypesFile = `${browser}/api/operations.ts`;

type Json = Readonly<Record<string, unknown>>;

const fieldsOf = (value: unknown): Json =>
  typeof value === 'object' && value !== null ? (value as Json) : {};
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const quoted = (key: string): string => (/^[A-Za-z_]\w*$/.test(key) ? key : `'${key}'`);
const property = (key: string, isRequired: boolean, type: string): string =>
  `${quoted(key)}${isRequired ? '' : '?'}: ${type};`;

const mostValues = 50;

/** The type of a JSON schema. A schema with a name is one of the contracts, and its type is theirs. */
function typeOf(schemaLike: unknown, named: Set<string>): string {
  const schema = fieldsOf(schemaLike);
  if ('$ref' in schema) {
    const name = String(schema['$ref']).replace('#/components/schemas/', '');
    if (!(`${name}Schema` in contracts)) throw new Error(`The contracts have no ${name}Schema`);
    named.add(name);
    return name;
  }
  const [type, orNull] = listOf(schema['type']);
  if (orNull !== undefined) return `(${typeOf({ ...schema, type }, named)}) | null`;
  const values = listOf(schema['enum'] ?? schema['x-extensible-enum']);
  // Nobody picks from a hundred codes in code: what a person has typed goes to the API, which says what is wrong with it.
  if (values.length > mostValues) return 'string';
  if (values.length > 0) return values.map((value) => JSON.stringify(value)).join(' | ');
  const variants = listOf(schema['anyOf'] ?? schema['oneOf']);
  if (variants.length > 0) return variants.map((variant) => `(${typeOf(variant, named)})`).join(' | ');
  switch (schema['type']) {
    case 'array':
      return `readonly (${typeOf(schema['items'], named)})[]`;
    case 'object': {
      const required = listOf(schema['required']);
      const fields = Object.entries(fieldsOf(schema['properties']));
      return `{ ${fields.map(([key, field]) => property(key, required.includes(key), typeOf(field, named))).join(' ')} }`;
    }
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

const jsonSchemaOf = (content: unknown): unknown =>
  fieldsOf(Object.values(fieldsOf(fieldsOf(content)['content']))[0])['schema'];

/** What an operation takes in its query and body and what it answers; its path says what the path takes. */
function operationType(operation: Json, named: Set<string>): string {
  const query = listOf(operation['parameters'])
    .map(fieldsOf)
    .filter((one) => one['in'] === 'query')
    .map((one) => property(String(one['name']), one['required'] === true, typeOf(one['schema'], named)));
  const body = jsonSchemaOf(operation['requestBody']);
  const responses = Object.entries(fieldsOf(operation['responses']));
  const response = jsonSchemaOf(responses.find(([status]) => status.startsWith('2'))?.[1]);
  return [
    ...(query.length === 0 ? [] : [`query: { ${query.join(' ')} };`]),
    ...(body === undefined ? [] : [`body: ${typeOf(body, named)};`]),
    ...(response === undefined ? [] : [`response: ${typeOf(response, named)};`]),
  ].join(' ');
}

/** What the page asks for: `GET /v1/mails/{id}`. */
function usedOperations(): readonly string[] {
  const files = globSync(`${browser}/**/*.ts`).filter((file) => file !== pageTypesFile);
  const calls = files.flatMap((file) => [
    ...readFileSync(file, 'utf8').matchAll(/call\('([A-Z]+ \/v1\/[^']+)'/g),
  ]);
  const byPath = (operation: string): string => operation.split(' ').toReversed().join(' ');
  return [...new Set(calls.map(([, operation = '']) => operation))].toSorted((a, b) =>
    byPath(a) < byPath(b) ? -1 : 1,
  );
}

/** The text of the file. */
export async function pageTypes(document: Json): Promise<string> {
  const paths = fieldsOf(document['paths']);
  const named = new Set<string>();
  const operations = usedOperations().map((used) => {
    const [method = '', path = ''] = used.split(' ');
    const operation = fieldsOf(paths[path])[method.toLowerCase()];
    if (operation === undefined) throw new Error(`The OpenAPI document has no ${used}`);
    return `'${used}': { ${operationType(fieldsOf(operation), named)} };`;
  });
  const lines = [
    '// Generated from the OpenAPI document by `npm run generate:page-types`; a test compares. Types only, so it is not served.',
    "import type * as contracts from '@postausgang/contracts';",
    "import type { Static } from '@sinclair/typebox';",
    '',
    ...[...named].toSorted().map((name) => `export type ${name} = Static<typeof contracts.${name}Schema>;`),
    '',
    'export interface Operations {',
    ...operations,
    '}',
  ];
  return format(lines.join('\n'), { ...(await resolveConfig(pageTypesFile)), parser: 'typescript' });
}
