/*
 * A document that the generators of clients understand. Validation stays with the schemas of the routes; here each part
 * is said in the form that most languages have:
 *
 * - `type: [x, null]` where a value may be null, `format: date-time` for an instant, `int64` for what an int32 may not hold
 * - patterns without `\u` escapes and beyond ASCII, which RE2 (Go) and PCRE (PHP) read otherwise or not at all
 * - values of an answer are open: `x-extensible-enum` names today's, and a client must take others, since a new code would
 *   otherwise break it. Values of a request are closed, and so is what a request shares with an answer.
 */
import { isDeepStrictEqual } from 'node:util';
import { isInstantPattern } from '@postausgang/contracts';

export type Json = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function mapValues(object: Json, map: (value: unknown) => unknown): Json {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(value)]));
}

/** The document with each answer that is a problem said once, under the names of its codes: `VersionConflict`. */
export function withNamedProblems(document: Json): Json {
  const named: Record<string, unknown> = {};
  const share = (answer: unknown): unknown => {
    const { content, description } = objectOf(answer);
    const codes = [...String(description).matchAll(/`([a-z-]+)`/g)].map(([, code = '']) => code);
    if (!('application/problem+json' in objectOf(content)) || codes.length === 0) return answer;
    const name = codes.map(pascalCase).join('Or');
    if (!isDeepStrictEqual((named[name] ??= answer), answer)) return answer;
    return { $ref: `#/components/responses/${name}` };
  };
  const paths = mapValues(objectOf(document['paths']), (item) =>
    mapValues(objectOf(item), (operation) => {
      const responses = mapValues(objectOf(objectOf(operation)['responses']), share);
      return { ...objectOf(operation), responses };
    }),
  );
  return { ...document, paths, components: { ...objectOf(document['components']), responses: named } };
}

const pascalCase = (code: string): string =>
  code.replaceAll(/(?:^|-)([a-z])/g, (_match, letter: string) => letter.toUpperCase());

/** How one schema is said, whose parts are said already. */
type Form = (schema: Json) => Json;

/** The document with all its schemas in portable form. */
export function portableDocument(document: Json): Json {
  const components = objectOf(document['components']);
  const schemas = objectOf(components['schemas']);
  const requested = namesReachableFrom(requestsOf(document), schemas);
  const answered: Form = (schema) => {
    const shared = objectOf(requested.has(nameOf(schema)) ? schemas[nameOf(schema)] : undefined);
    return withNull(opened(portableValue('enum' in shared ? shared : schema)));
  };
  const named = Object.entries(schemas).map(([name, schema]) => [
    name,
    portableSchema(schema, requested.has(name) ? asRequested : answered),
  ]);
  return {
    ...document,
    paths: portableParts(document['paths'], asRequested, answered),
    components: { ...components, schemas: Object.fromEntries(named) },
  };
}

const asRequested: Form = (schema) => withoutNull(withNull(portableValue(schema)));

const objectOf = (value: unknown): Json => (isObject(value) ? value : {});

/** Everything of the operations but their answers. */
const requestsOf = ({ paths }: Json): readonly unknown[] =>
  Object.values(objectOf(paths))
    .flatMap((item) => Object.values(objectOf(item)))
    .flatMap((operation) => [objectOf(operation)['parameters'], objectOf(operation)['requestBody']]);

/** The name of a schema that stands elsewhere. */
const nameOf = ({ $ref }: Json): string => (typeof $ref === 'string' ? ($ref.split('/').at(-1) ?? '') : '');

function namesReachableFrom(part: unknown, schemas: Json, found = new Set<string>()): ReadonlySet<string> {
  if (Array.isArray(part)) {
    for (const one of part) namesReachableFrom(one, schemas, found);
  } else if (isObject(part)) {
    const name = nameOf(part);
    if (name !== '' && !found.has(name)) {
      found.add(name);
      namesReachableFrom(schemas[name], schemas, found);
    }
    namesReachableFrom(Object.values(part), schemas, found);
  }
  return found;
}

/** Parts of the document that have schemas somewhere below. */
function portableParts(part: unknown, form: Form, answered: Form): unknown {
  if (Array.isArray(part)) return part.map((one) => portableParts(one, form, answered));
  if (!isObject(part)) return part;
  return Object.fromEntries(
    Object.entries(part).map(([key, value]) => {
      if (key === 'schema') return [key, portableSchema(value, form)];
      if (key === 'example' || key === 'examples') return [key, value];
      return [key, portableParts(value, key === 'responses' ? answered : form, answered)];
    }),
  );
}

function portableSchema(schema: unknown, form: Form): unknown {
  if (Array.isArray(schema)) return schema.map((one) => portableSchema(one, form));
  if (!isObject(schema)) return schema;
  const parts = Object.entries(schema).map(([key, value]) => {
    if (key === 'properties') return [key, mapValues(objectOf(value), (one) => portableSchema(one, form))];
    return [key, schemaKeywords.has(key) ? portableSchema(value, form) : value];
  });
  return form(Object.fromEntries(parts));
}

/** Keywords whose value is a schema, or a list of schemas. */
const schemaKeywords = new Set(['items', 'additionalProperties', 'anyOf', 'oneOf', 'allOf', 'not']);

const largestInt32 = 2 ** 31 - 1;

function portableValue({ pattern, maxLength, ...schema }: Json): Json {
  if (isInstantPattern(pattern)) return { ...schema, format: 'date-time' };
  const { type, maximum = Infinity } = schema;
  return {
    ...schema,
    ...(maxLength === undefined ? {} : { maxLength }),
    ...(typeof pattern === 'string' ? { pattern: portablePattern(pattern) } : {}),
    ...(type === 'integer' ? { format: Number(maximum) > largestInt32 ? 'int64' : 'int32' } : {}),
  };
}

/** Beyond ASCII the service refuses more than the pattern says. */
function portablePattern(pattern: string): string {
  return pattern
    .replaceAll(String.raw`\u007F-\u009F`, String.raw`\u007F`)
    .replaceAll(String.raw`\u2028\u2029`, '')
    .replaceAll(/\\u00([\da-f]{2})/gi, String.raw`\x$1`);
}

function opened({ enum: values, ...schema }: Json): Json {
  if (!Array.isArray(values)) return { ...schema, ...(values === undefined ? {} : { enum: values }) };
  return { ...schema, examples: schema['examples'] ?? [values[0]], 'x-extensible-enum': values };
}

const isNull = ({ type }: Json): boolean => type === 'null';

/** `anyOf` of a schema and null as one schema. A reference stays beside its null. */
function withNull(schema: Json): Json {
  const { anyOf, ...rest } = schema;
  const variants = Array.isArray(anyOf) ? anyOf.map(objectOf) : [];
  const [other, ...more] = variants.filter((one) => !isNull(one));
  if (typeof other?.['type'] !== 'string' || more.length > 0 || !variants.some(isNull)) return schema;
  const values = other['enum'];
  return {
    ...other,
    ...rest,
    type: [other['type'], 'null'],
    ...(Array.isArray(values) ? { enum: [...values, null] } : {}),
  };
}

/**
 * What is a reference, or one of several schemas, or null: generators know no null beside these in a request. Null means
 * there what leaving it out means.
 */
function withoutNull(schema: Json): Json {
  const { anyOf, ...rest } = schema;
  if (!Array.isArray(anyOf)) return schema;
  const [first, ...more] = anyOf.map(objectOf).filter((one) => !isNull(one));
  return more.length === 0 ? { ...rest, ...first } : { ...rest, anyOf: [first, ...more] };
}
