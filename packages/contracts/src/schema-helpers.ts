import {
  Kind,
  type SchemaOptions,
  type TOptional,
  type TSchema,
  type TUnsafe,
  Type,
  TypeRegistry,
} from '@sinclair/typebox';

interface StringEnumSchema {
  readonly enum: readonly unknown[];
}

TypeRegistry.Set<StringEnumSchema>('StringEnum', (schema, value) => schema.enum.includes(value));

/**
 * One of a few fixed strings, as `{"type": "string", "enum": [...]}`. `Type.Union` of literals would give an
 * `anyOf` of one-value enums, which OpenAPI generators turn into unusable types.
 */
export function StringEnum<const T extends readonly string[]>(
  values: T,
  options: SchemaOptions = {},
): TUnsafe<T[number]> {
  return Type.Unsafe<T[number]>({ ...options, [Kind]: 'StringEnum', type: 'string', enum: [...values] });
}

/** The schema or null. */
export function Nullable<T extends TSchema>(schema: T, options: SchemaOptions = {}) {
  return Type.Union([schema, Type.Null()], options);
}

/** The fields, each of them optional. */
export function optional<Fields extends Readonly<Record<string, TSchema>>>(fields: Fields) {
  const entries = Object.entries(fields).map(([name, schema]) => [name, Type.Optional(schema)]);
  return Object.fromEntries(entries) as { [Name in keyof Fields]: TOptional<Fields[Name]> };
}

/** Any C0 or C1 control character, DEL, or a Unicode line or paragraph separator. */
const noControlCharacters = '^[^\\u0000-\\u001F\\u007F-\\u009F\\u2028\\u2029]*$';

/** A single line of text: no control characters, so it can stand in a header, a log line or an SMTP command. */
export function Line(maxLength: number, options: SchemaOptions = {}) {
  return Type.String({ maxLength, pattern: noControlCharacters, ...options });
}

const instantPattern = '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,9})?(Z|[+-]\\d{2}:\\d{2})$';

/** An instant as RFC 3339 writes it: `2026-11-23T08:15:00Z`. Whether the day exists is checked by the domain. */
export function Instant(options: SchemaOptions = {}) {
  return Type.String({
    maxLength: 40,
    pattern: instantPattern,
    examples: ['2026-11-23T08:15:00Z'],
    ...options,
  });
}

/** Options of every object in a request body: an unknown field is an error, never dropped. */
export const closed = { additionalProperties: false } as const;
