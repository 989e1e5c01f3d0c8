const subschemaMaps = ['properties', 'patternProperties'];
const subschemas = ['items', 'additionalProperties', 'anyOf', 'oneOf', 'allOf'];

function isOpenObject(schema: object): boolean {
  if (!('properties' in schema) && !('patternProperties' in schema)) return false;
  return !('additionalProperties' in schema) || schema.additionalProperties === true;
}

function fieldsOf(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}

/**
 * Where a schema lets unknown fields pass: the path of the first object without `additionalProperties: false`.
 * Maps need it too, or a key that does not match the pattern of the map takes any value.
 */
export function findOpenObject(schema: unknown, path = ''): string | undefined {
  if (typeof schema !== 'object' || schema === null) return undefined;
  if (Array.isArray(schema)) return firstOf(Object.entries(schema), path);
  if (isOpenObject(schema)) return path === '' ? '/' : path;
  const inner = fieldsOf(schema).flatMap(([keyword, value]): [string, unknown][] => {
    if (subschemaMaps.includes(keyword)) return fieldsOf(value);
    return subschemas.includes(keyword) ? [[keyword, value]] : [];
  });
  return firstOf(inner, path);
}

function firstOf(schemas: readonly [string, unknown][], path: string): string | undefined {
  for (const [name, schema] of schemas) {
    const open = findOpenObject(schema, `${path}/${name}`);
    if (open !== undefined) return open;
  }
  return undefined;
}
