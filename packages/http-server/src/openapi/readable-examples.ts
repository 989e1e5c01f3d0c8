type Json = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isPatternAlone(schema: unknown): boolean {
  return isObject(schema) && 'pattern' in schema && !('examples' in schema);
}

function isNull(schema: unknown): boolean {
  return isObject(schema) && schema['type'] === 'null';
}

function exampleOf(schema: Json): Json {
  if ('examples' in schema) return {};
  const { anyOf } = schema;
  if (Array.isArray(anyOf) && anyOf.some(isNull) && anyOf.some(isPatternAlone)) return { examples: [null] };
  const excludesControls = isPatternAlone(schema) && String(schema['pattern']).startsWith('^[^\\u0000');
  return excludesControls ? { examples: ['text'] } : {};
}

function addTo(node: unknown, isVariant: boolean): unknown {
  if (Array.isArray(node)) return node.map((item) => addTo(item, isVariant));
  if (!isObject(node)) return node;
  const entries = Object.entries(node).map(([key, value]) => [key, addTo(value, key === 'anyOf')] as const);
  return { ...Object.fromEntries(entries), ...(isVariant ? {} : exampleOf(node)) };
}

/**
 * Gives lines of text without an example one: null where it is allowed, else "text". Swagger UI would otherwise fill
 * its forms with random characters that match the pattern.
 */
export function withReadableExamples(document: Json): Json {
  return Object.fromEntries(Object.entries(document).map(([key, value]) => [key, addTo(value, false)]));
}
