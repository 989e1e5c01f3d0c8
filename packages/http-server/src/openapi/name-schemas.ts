/**
 * Gives the schemas of an OpenAPI document their names. The contracts are plain values without `$id`, so the document
 * is generated with every schema written out; here each part that reads exactly like a named schema becomes a
 * reference to it. What is not referenced is left out.
 */
type Json = Readonly<Record<string, unknown>>;

const prefix = '#/components/schemas/';

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function reference(name: string): Json {
  return { $ref: `${prefix}${name}` };
}

/** Replaces named schemas by references, outermost first. `self` is the name of the schema that is walked. */
function withReferences(node: unknown, names: ReadonlyMap<string, string>, self?: string): unknown {
  if (Array.isArray(node)) return node.map((item) => withReferences(item, names));
  if (!isObject(node)) return node;
  const name = names.get(JSON.stringify(node));
  if (name !== undefined && name !== self) return reference(name);
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, withReferences(value, names)]));
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function tagOf(variant: unknown, tag: string): string | undefined {
  const properties = isObject(variant) ? variant['properties'] : undefined;
  const field = isObject(properties) ? properties[tag] : undefined;
  return isObject(field) && typeof field['const'] === 'string' ? field['const'] : undefined;
}

interface Union {
  readonly tag: string;
  readonly variants: readonly unknown[];
}

function unionOf(schema: unknown): Union | undefined {
  if (!isObject(schema) || !isObject(schema['discriminator']) || !Array.isArray(schema['oneOf']))
    return undefined;
  return { tag: String(schema['discriminator']['propertyName']), variants: schema['oneOf'] };
}

/** The variants of a discriminated union get names too: `OutgoingServerPut` gives `OutgoingServerPutSmtp`. */
function variantsOf(name: string, schema: unknown): [string, unknown][] {
  const union = unionOf(schema);
  return (union?.variants ?? []).flatMap((variant): [string, unknown][] => {
    const tag = tagOf(variant, union?.tag ?? '');
    return tag === undefined ? [] : [[name + capitalized(tag), variant]];
  });
}

/** OpenAPI tells variants apart by a mapping to references; ajv does not know the keyword, so it comes in here. */
function withMapping(name: string, schema: unknown, referenced: unknown): unknown {
  const union = unionOf(schema);
  if (union === undefined || !isObject(referenced)) return referenced;
  const mapping = union.variants.flatMap((variant): [string, string][] => {
    const tag = tagOf(variant, union.tag);
    return tag === undefined ? [] : [[tag, `${prefix}${name}${capitalized(tag)}`]];
  });
  return { ...referenced, discriminator: { propertyName: union.tag, mapping: Object.fromEntries(mapping) } };
}

function referencesIn(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap(referencesIn);
  if (!isObject(node)) return [];
  return Object.entries(node).flatMap(([key, value]) =>
    key === '$ref' && typeof value === 'string' ? [value.slice(prefix.length)] : referencesIn(value),
  );
}

function reachable(start: unknown, schemas: Json): Json {
  const found = new Set<string>();
  let next = referencesIn(start);
  while (next.length > 0) {
    const fresh = next.filter((name) => !found.has(name));
    for (const name of fresh) found.add(name);
    next = fresh.flatMap((name) => referencesIn(schemas[name]));
  }
  return Object.fromEntries(Object.entries(schemas).filter(([name]) => found.has(name)));
}

/** How a schema reads, also where the generator has moved its examples out to the media type around it. */
function textsOf(schema: unknown): string[] {
  if (!isObject(schema) || !('examples' in schema)) return [JSON.stringify(schema)];
  const { examples: _examples, ...bare } = schema;
  return [JSON.stringify(schema), JSON.stringify(bare)];
}

/** The document with references in place of its named schemas, which stand in `components.schemas` already. */
export function nameSchemas(document: Json): Json {
  const components = isObject(document['components']) ? document['components'] : {};
  const given = Object.entries(isObject(components['schemas']) ? components['schemas'] : {});
  const all = [...given, ...given.flatMap(([name, schema]) => variantsOf(name, schema))];
  const names = new Map(all.flatMap(([name, schema]) => textsOf(schema).map((text) => [text, name])));
  const schemas = Object.fromEntries(
    all.map(([name, schema]) => [name, withMapping(name, schema, withReferences(schema, names, name))]),
  );
  const paths = withReferences(document['paths'], names);
  return { ...document, paths, components: { ...components, schemas: reachable(paths, schemas) } };
}
