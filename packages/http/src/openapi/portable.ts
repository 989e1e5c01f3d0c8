/*
 * A document that the generators of clients understand. Validation stays with the schemas of the routes; here each part
 * is said in the form that most languages have:
 *
 * - `type: [x, null]` where a value may be null, `format: date-time` for an instant, `int64` for what an int32 may not hold,
 *   `format: binary` for bytes
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
    return exclusive(withNull(opened(portableValue('enum' in shared ? shared : schema))));
  };
  const named = createNames();
  for (const [name, schema] of Object.entries(schemas)) {
    const isRequested = requested.has(name);
    named.add(name, portableSchema(schema, isRequested ? asRequested : answered), isRequested);
  }
  const portable = portableParts(document['paths'], asRequested, answered);
  const paths = mapValues(objectOf(portable), (item) =>
    mapValues(objectOf(item), (operation) => withNamedBodies(objectOf(operation), named)),
  );
  return { ...document, paths, components: { ...components, schemas: Object.fromEntries(named.schemas) } };
}

/** What an operation takes is called by it, `SendMailRequest`, unless it has a name; so is what it answers. */
function withNamedBodies(operation: Json, named: ReturnType<typeof createNames>): Json {
  const { operationId, requestBody, responses } = operation;
  const name = capitalized(String(operationId));
  const nameBodies = (body: unknown, kind: 'Request' | 'Answer'): Json => {
    const content = mapValues(objectOf(objectOf(body)['content']), (media) => {
      const { schema, ...rest } = objectOf(media);
      return { ...rest, schema: named.refer(`${name}${kind}`, schema, kind === 'Request') };
    });
    return { ...objectOf(body), ...('content' in objectOf(body) ? { content } : {}) };
  };
  return {
    ...operation,
    ...(requestBody === undefined ? {} : { requestBody: nameBodies(requestBody, 'Request') }),
    responses: mapValues(objectOf(responses), (answer) => nameBodies(answer, 'Answer')),
  };
}

/**
 * Gives each object and each union inside a schema a name of its own, made of the names on the way there: generators would
 * number them, name them after the first place that has them, or make no type at all. `SenderList.items` is made of
 * `SenderListItem`s.
 */
function createNames() {
  const schemas = new Map<string, Json>();

  function add(name: string, schema: unknown, isRequested: boolean): void {
    const named = withNamesInside(name, objectOf(schema), isRequested);
    if (!isDeepStrictEqual(schemas.get(name) ?? named, named))
      throw new Error(`Two schemas are called ${name}`);
    schemas.set(name, named);
  }

  function withNamesInside(name: string, schema: Json, isRequested: boolean): Json {
    const parts = Object.entries(schema).map(([key, value]) => {
      if (key === 'properties') {
        const inner = (property: string) => `${name}${capitalized(property)}`;
        const named = Object.entries(objectOf(value)).map(([property, one]) => [
          property,
          refer(inner(property), one, isRequested),
        ]);
        return [key, Object.fromEntries(named)];
      }
      if (key === 'items') return [key, refer(singular(name), value, isRequested)];
      if (key === 'additionalProperties') return [key, refer(`${name}Value`, value, isRequested)];
      if (!unions.has(key) || !Array.isArray(value)) return [key, value];
      return [key, value.map((one, index) => refer(`${name}Variant${index + 1}`, one, isRequested))];
    });
    return Object.fromEntries(parts);
  }

  function refer(name: string, schema: unknown, isRequested: boolean): unknown {
    if (!isObject(schema)) return schema;
    if (!isType(schema)) return withNamesInside(name, schema, isRequested);
    const { description, ...type } = schema;
    const isNullable = Array.isArray(type['type']) && !isRequested;
    add(name, isNullable ? { ...type, type: 'object' } : type, isRequested);
    const reference = { $ref: `#/components/schemas/${name}` };
    const described = description === undefined ? {} : { description };
    return isNullable
      ? { anyOf: [reference, { type: 'null' }], ...described }
      : { ...reference, ...described };
  }

  return { add, refer, schemas };
}

const unions = new Set(['anyOf', 'oneOf', 'allOf']);

/** Whether a schema becomes a type of its own in most languages. */
function isType({ properties, anyOf, oneOf }: Json): boolean {
  const variants = [anyOf, oneOf].flat().filter((one) => isObject(one) && !isNull(one));
  return properties !== undefined || variants.length > 1;
}

const capitalized = (name: string): string => `${name.charAt(0).toUpperCase()}${name.slice(1)}`;

/** What a list is made of: `Steps` of a `Step`, `Copies` of a `Copy`. */
function singular(name: string): string {
  if (name.endsWith('ies')) return `${name.slice(0, -3)}y`;
  return name.endsWith('s') ? name.slice(0, -1) : `${name}Item`;
}

/** An instant in a query is a text: Python writes a date there in another form than in JSON, and PHP not at all. */
const asParameter: Form = (schema) => (isInstantPattern(schema['pattern']) ? schema : asRequested(schema));

const asRequested: Form = (schema) => exclusive(withoutNull(withNull(portableValue(schema))));

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
      if (key === 'schema') return [key, portableSchema(value, 'in' in part ? asParameter : form)];
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

function portableValue({ pattern, maxLength, contentMediaType, ...schema }: Json): Json {
  if (isInstantPattern(pattern)) return { ...schema, format: 'date-time' };
  if (contentMediaType !== undefined) return { ...schema, type: 'string', format: 'binary' };
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

/** One of several schemas: a value is of one of them. For `anyOf`, some generators read it as all of them at once. */
function exclusive(schema: Json): Json {
  const { anyOf, ...rest } = schema;
  if (!Array.isArray(anyOf) || anyOf.map(objectOf).some(isNull)) return schema;
  return { ...rest, oneOf: anyOf };
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
