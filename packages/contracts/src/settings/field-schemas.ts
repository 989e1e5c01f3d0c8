/** The schemas of the API and of the events, drawn from a field table. */
import {
  KindGuard,
  type Static,
  type TBoolean,
  type TObject,
  type TOptional,
  type TProperties,
  type TSchema,
  type TUnsafe,
  Type,
} from '@sinclair/typebox';
import { closed, Instant, Nullable } from '../schemas.ts';
import { type Field, type FieldTable, isPart, type Part } from './fields.ts';

/**
 * The forms in which a table becomes a schema. `content`: complete. `stored`: as it is in events, old ones included.
 * `put`: an absent field takes its default, an absent secret stays. `patch`: a JSON merge patch (RFC 7396), in which
 * absent keeps and null resets to the default.
 */
type Form = 'content' | 'stored' | 'put' | 'patch';

type OptionalIn<Entry, In extends Form> = {
  readonly content: false;
  readonly stored: Entry extends { readonly later: true } ? true : false;
  readonly put: Entry extends { readonly mandatory: true } ? false : true;
  readonly patch: true;
}[In];

type DrawnField<One, In extends Form> =
  One extends Field<infer Schema, infer Input, infer Patch>
    ? { readonly content: Schema; readonly stored: Schema; readonly put: Input; readonly patch: Patch }[In]
    : never;

/** A part that came later was complete from the beginning. */
type FormOfPart<Entry, In extends Form> = In extends 'stored'
  ? Entry extends { readonly later: true }
    ? 'content'
    : 'stored'
  : In;

type DrawnEntry<Entry, In extends Form> =
  Entry extends Part<infer Fields> ? TObject<Drawn<Fields, FormOfPart<Entry, In>>> : DrawnField<Entry, In>;

/** Nobody enters a grant. */
type NameIn<Table, Name extends keyof Table, In extends Form> = In extends 'put' | 'patch'
  ? Table[Name] extends { readonly grant: true }
    ? never
    : Name
  : Name;

type Drawn<Table, In extends Form> = {
  [Name in keyof Table as NameIn<Table, Name, In>]: OptionalIn<Table[Name], In> extends true
    ? TOptional<DrawnEntry<Table[Name], In>>
    : DrawnEntry<Table[Name], In>;
};

const schemaIn = { content: 'schema', stored: 'schema', put: 'input', patch: 'patch' } as const;

/** The complete content of a resource with these fields. */
export type ContentOf<Table> = Static<TObject<Drawn<Table, 'content'>>>;

/** The content as it is in events, old ones included. */
export type StoredContentOf<Table> = Static<TObject<Drawn<Table, 'stored'>>>;

/** The properties of an object schema with all fields of the table. */
export function drawProperties<Table extends FieldTable, In extends Form>(
  table: Table,
  form: In,
): Drawn<Table, In> {
  const drawn = Object.entries(table).filter(
    ([, entry]) => isPart(entry) || entry.grant !== true || form === 'content' || form === 'stored',
  );
  const properties = drawn.map(([name, entry]) => {
    const schema = isPart(entry) ? drawPart(entry, form) : entry[schemaIn[form]];
    return [name, isOptionalIn(entry, form) ? Type.Optional(schema) : schema];
  });
  return Object.fromEntries(properties) as Drawn<Table, In>;
}

function drawPart({ fields, later }: Part, form: Form): TSchema {
  const properties = drawProperties(fields, form === 'stored' && later === true ? 'content' : form);
  return Type.Object(properties, form === 'put' || form === 'patch' ? closed : {});
}

function isOptionalIn(entry: Field | Part, form: Form): boolean {
  switch (form) {
    case 'content':
      return false;
    case 'stored':
      return entry.later === true;
    case 'put':
      return isPart(entry) || entry.mandatory !== true;
    case 'patch':
      return true;
    default:
      return form satisfies never;
  }
}

type SecretIn<Table> = {
  [Name in keyof Table & string]: Table[Name] extends { readonly secret: true } ? Name : never;
}[keyof Table & string];

type GrantIn<Table> = {
  [Name in keyof Table & string]: Table[Name] extends { readonly grant: true } ? Name : never;
}[keyof Table & string];

type Viewed<Table> = {
  [Name in Exclude<keyof Table, SecretIn<Table> | GrantIn<Table>>]: Table[Name] extends Part<infer Fields>
    ? TObject<Viewed<Fields>>
    : DrawnField<Table[Name], 'content'>;
} & { [Name in SecretIn<Table> as `${Name}Set`]: TBoolean } & {
  [Name in SecretIn<Table> as `${Name}SetAt`]: TUnsafe<string | null>;
} & { [Name in GrantIn<Table> as `${Name}edAt`]: TUnsafe<string | null> };

/** The content as it is read. Of a secret: whether it is set and since when. Of a grant: since when. */
export function viewProperties<Table extends FieldTable>(table: Table): Viewed<Table> {
  const properties = Object.entries(table).map(([name, entry]): TProperties => {
    if (isPart(entry)) return { [name]: Type.Object(viewProperties(entry.fields)) };
    if (entry.grant === true) {
      const { description } = entry;
      return { [`${name}edAt`]: Nullable(Instant(), { readOnly: true, description }) };
    }
    if (entry.secret !== true) return { [name]: entry.schema };
    return {
      [`${name}Set`]: Type.Boolean({ readOnly: true }),
      [`${name}SetAt`]: Nullable(Instant(), { readOnly: true }),
    };
  });
  return Object.assign({}, ...properties);
}

/** The properties with a name in the OpenAPI document for each object among them: `OutgoingServerLimits`. */
export function withNames<Properties extends TProperties>(name: string, properties: Properties): Properties {
  const named = Object.entries(properties).map(([key, schema]) => {
    const $id = `${name}${key.charAt(0).toUpperCase()}${key.slice(1)}`;
    return [key, KindGuard.IsObject(schema) ? { ...schema, $id } : schema];
  });
  return Object.fromEntries(named) as Properties;
}

const ignored = Type.Optional(
  Type.Unsafe<unknown>({ readOnly: true, description: 'As GET answers it. Ignored in a request' }),
);

/**
 * What a PUT takes: the content, and everything else that GET answers. That is ignored, whatever it says, so that what was
 * read can be sent back. The type stays that of the content, since nothing reads the rest.
 */
export function withReadOnly<Put extends TObject>(put: Put, view: TObject): Put {
  const properties: TProperties = { ...put.properties };
  for (const [name, shown] of Object.entries(view.properties)) {
    const written = properties[name];
    if (written === undefined) properties[name] = ignored;
    else if (KindGuard.IsObject(written) && KindGuard.IsObject(shown)) {
      properties[name] = withReadOnly(written, shown);
    }
  }
  return { ...put, properties };
}

/** The content as it is read. */
export type ViewedContentOf<Table> = Static<TObject<Viewed<Table>>>;
