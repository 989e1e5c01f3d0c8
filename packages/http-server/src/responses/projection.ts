type Schema = Readonly<Record<string, unknown>>;

/** Copies of a value what a schema names; undefined where the value has not the shape of the schema. */
export type Projection = (value: unknown) => unknown;

type ProjectionOf = (schema: unknown) => Projection;

/** Whether a value fits a schema. */
export type Fits = (schema: object, value: unknown) => boolean;

function asSchema(value: unknown): Schema {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function projectObject(schema: Schema, projectionOf: ProjectionOf): Projection {
  const fields = Object.entries(asSchema(schema['properties'])).map(
    ([name, field]) => [name, projectionOf(field)] as const,
  );
  return (value) => {
    if (!isRecord(value)) return undefined;
    const projected: Record<string, unknown> = {};
    for (const [name, project] of fields) {
      const field = value[name];
      if (field !== undefined) projected[name] = project(field);
    }
    return projected;
  };
}

function projectMap(schema: Schema, projectionOf: ProjectionOf): Projection {
  const patterns = Object.entries(asSchema(schema['patternProperties'])).map(
    ([pattern, field]) => [new RegExp(pattern, 'u'), projectionOf(field)] as const,
  );
  return (value) => {
    if (!isRecord(value)) return undefined;
    const entries = Object.entries(value).flatMap(([key, field]): [string, unknown][] => {
      const known = patterns.find(([pattern]) => pattern.test(key));
      return known === undefined ? [] : [[key, known[1](field)]];
    });
    return Object.fromEntries(entries);
  };
}

function projectArray(schema: Schema, projectionOf: ProjectionOf): Projection {
  const project = projectionOf(schema['items']);
  return (value) => (Array.isArray(value) ? value.map((item) => project(item)) : undefined);
}

/** Of several variants the one that fits and keeps the most: a first match could lose fields. */
function projectUnion(variants: readonly unknown[], projectionOf: ProjectionOf, fits: Fits): Projection {
  const rest = variants.filter((variant) => asSchema(variant)['type'] !== 'null');
  const allowsNull = rest.length < variants.length;
  const choices = rest.map((variant) => [asSchema(variant), projectionOf(variant)] as const);
  const [only] = choices;
  return (value) => {
    if (value === null) return allowsNull ? null : undefined;
    if (only !== undefined && choices.length === 1) return only[1](value);
    const projected = choices.filter(([schema]) => fits(schema, value)).map(([, project]) => project(value));
    const bySize = projected.map((one) => [JSON.stringify(one)?.length ?? 0, one] as const);
    return bySize.toSorted(([a], [b]) => b - a)[0]?.[1];
  };
}

const unsupported = ['$ref', 'allOf', 'not', 'if'];

function isPrimitive(value: unknown): boolean {
  return value === null || typeof value !== 'object';
}

function buildProjection(schemaLike: unknown, projectionOf: ProjectionOf, fits: Fits): Projection {
  const schema = asSchema(schemaLike);
  const strange = unsupported.find((keyword) => keyword in schema);
  if (strange !== undefined) throw new Error(`A response schema must not use ${strange}`);
  const variants = schema['anyOf'] ?? schema['oneOf'];
  if (Array.isArray(variants)) return projectUnion(variants, projectionOf, fits);
  if (schema['type'] === 'array') return projectArray(schema, projectionOf);
  if ('patternProperties' in schema) return projectMap(schema, projectionOf);
  if ('properties' in schema) return projectObject(schema, projectionOf);
  if (schema['type'] === undefined || schema['type'] === 'object') return (value) => value;
  return (value) => (isPrimitive(value) ? value : undefined);
}

/**
 * Compiles the projections of response schemas. A schema without `type` (`Type.Unknown()`) lets everything pass.
 * `fits` is asked only for unions of several variants. A schema has one projection, however many responses and other
 * schemas it is part of: they take megabytes otherwise.
 */
export function createProjector(fits: Fits): (schema: unknown) => Projection {
  const known = new Map<unknown, Projection>();
  const projectionOf: ProjectionOf = (schema) => {
    const projection = known.get(schema) ?? buildProjection(schema, projectionOf, fits);
    known.set(schema, projection);
    return projection;
  };
  return projectionOf;
}
