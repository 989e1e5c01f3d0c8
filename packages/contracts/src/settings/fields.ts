/*
 * The words of a field table. Each kind of settings resource has one table: what a field holds, its default, when it is
 * needed, what it has to look like, and how it is entered. The schemas of the API and of the events are drawn from it,
 * and so are completion, planning, findings, differences and views in `@postausgang/settings`, and the form of the page.
 *
 * A table is plain data: conditions and formats are named, not functions, so that it can be sent to a browser.
 */
import { type Static, type TSchema, type TUnsafe, Type } from '@sinclair/typebox';
import type { FindingCode } from '../findings.ts';
import { IdentityGrantSchema, Line, Nullable, StoredSecretSchema, StringEnum } from '../schemas.ts';
import type { CertificateKind, CertificateUse } from './certificate.ts';

/** True in any of these cases: every field that the case names, by JSON pointer, has one of the values. */
export type Condition = readonly Readonly<Record<string, readonly (string | boolean | null)[]>>[];

/** The part of the form that a field is in. */
export type FieldGroup = 'connection' | 'mail' | 'smime' | 'certificates' | 'more';

/**
 * How people enter a value. `choices` are all in sight, those of `select` open; a `reference` selects one of the
 * resources that the field names; an `address` has two fields; `addresses` are a line of them, `domains` a line of
 * domains or of addresses without names. `none`: nobody enters it; it follows from something else.
 */
export type Control =
  | 'switch'
  | 'check'
  | 'text'
  | 'email'
  | 'url'
  | 'number'
  | 'minutes'
  | 'date'
  | 'choices'
  | 'select'
  | 'reference'
  | 'address'
  | 'addresses'
  | 'domains'
  | 'secret'
  | 'none';

/** What a text has to be. `@postausgang/settings` has the function and the finding for each. */
export type TextFormat =
  'host' | 'domain' | 'mail-address' | 'address-or-domain' | 'https-url' | 'instant' | 'service-principal';

/** The resource whose id a field holds. A use of a certificate is needed when its condition is true. */
export type NamedResource =
  | { readonly resource: 'exchange-connections' }
  | {
      readonly resource: 'certificates';
      readonly kind: CertificateKind;
      readonly uses: { readonly [Use in CertificateUse]?: Condition };
    };

/** Everything about a field but its type and its texts. */
export interface FieldRules {
  /** For users of the API. */
  readonly description: string;
  readonly examples?: readonly unknown[];
  /** Absent: that of the part, or `connection`. */
  readonly group?: FieldGroup;
  readonly control?: Control;
  /** When the field is in use: only then the form shows it. Absent: always, as long as its part is in use. */
  readonly shown?: Condition;
  /** The finding when the field is needed but empty or false. */
  readonly required?: FindingCode;
  /** When `required` counts. Absent: whenever the field is in use. */
  readonly requiredWhen?: Condition;
  /** Of an address or a list: what each entry has to be. */
  readonly format?: TextFormat;
  readonly range?: { readonly min: number; readonly max: number; readonly finding: FindingCode };
  readonly names?: NamedResource;
  /** The members that differences list instead of the value. None: the value follows from another field. */
  readonly compare?: readonly string[];
  /** Given in every PUT, and never reset by null. */
  readonly mandatory?: true;
  /** Absent in old events: the field came after the first version, so every new field says this. */
  readonly later?: true;
  /** What events without the field mean, where that is not the default of new content. */
  readonly whenAbsent?: unknown;
  /** Decides who receives the secret of the resource: with another value the secret has to be entered again. */
  readonly destination?: true;
  /** There is a check that no other rule can express, a function of `@postausgang/settings`. */
  readonly check?: true;
}

/** A field of a table. `schema` is that of content and views; requests take `input`, merge patches `patch`. */
export interface Field<
  Schema extends TSchema = TSchema,
  Input extends TSchema = TSchema,
  Patch extends TSchema = TSchema,
> extends FieldRules {
  readonly schema: Schema;
  readonly input: Input;
  readonly patch: Patch;
  readonly default: Static<Schema>;
  readonly control: Control;
  /** The content holds a sealed secret, and views only say whether there is one. */
  readonly secret?: true;
  /** The content holds a grant. Requests have no such field, and views only say when it was given. */
  readonly grant?: true;
}

/** Fields that are one object of the content. */
export interface Part<Fields extends Readonly<Record<string, Field>> = Readonly<Record<string, Field>>> {
  readonly fields: Fields;
  readonly group?: FieldGroup;
  readonly shown?: Condition;
  readonly later?: true;
  /** A PUT without the part keeps all of it. Otherwise the absent part takes its defaults. */
  readonly keptWhenAbsent?: true;
}

export type FieldTable = Readonly<Record<string, Field | Part>>;

type NullOr<Schema extends TSchema> = TUnsafe<Static<Schema> | null>;

type ValueField<Schema extends TSchema, Rules> = Rules &
  Field<Schema, Schema, Rules extends { readonly mandatory: true } ? Schema : NullOr<Schema>>;

/** A field of any type. */
export function valueField<Schema extends TSchema, const Rules extends FieldRules>(
  schema: Schema,
  initial: Static<Schema>,
  control: Control,
  rules: Rules,
): ValueField<Schema, Rules> {
  const { description, examples, mandatory } = rules;
  const described = { ...schema, description, ...(examples === undefined ? {} : { examples }) };
  const patch = mandatory === true ? described : nullOr(described);
  return { control, ...rules, schema: described, input: described, patch, default: initial } as ValueField<
    Schema,
    Rules
  >;
}

function nullOr(schema: TSchema): TSchema {
  const variants: readonly TSchema[] = schema['anyOf'] ?? [];
  return variants.some(({ type }) => type === 'null') ? schema : Nullable(schema);
}

/** A line of text, or null. */
export function textField<const Rules extends FieldRules>(maxLength: number, rules: Rules) {
  return valueField(Nullable(Line(maxLength)), null, 'text', rules);
}

/** An integer, or null. */
export function numberField<const Rules extends FieldRules>(rules: Rules) {
  return valueField(Nullable(Type.Integer()), null, 'number', rules);
}

export function booleanField<const Rules extends FieldRules>(initial: boolean, rules: Rules) {
  return valueField(Type.Boolean(), initial, 'check', rules);
}

/** One of a few values. */
export function choiceField<const Values extends readonly string[], const Rules extends FieldRules>(
  values: Values,
  initial: Values[number],
  rules: Rules,
) {
  return valueField(StringEnum(values), initial, 'choices', rules);
}

/** The id of a certificate of the store, or null. */
export function certificateField<const Rules extends FieldRules>(
  kind: CertificateKind,
  uses: { readonly [Use in CertificateUse]?: Condition },
  rules: Rules,
) {
  const names: NamedResource = { resource: 'certificates', kind, uses };
  return valueField(Nullable(Line(100)), null, 'reference', { names, ...rules });
}

const secretDescription = 'Never returned. Absent: the stored secret is kept. null: it is deleted';
const secretInput = Nullable(
  Type.String({
    maxLength: 1024,
    minLength: 1,
    pattern: '^[^\\u0000-\\u001F\\u007F]*$',
    writeOnly: true,
    description: secretDescription,
  }),
);

const stored = Nullable(StoredSecretSchema);

type SecretField<Rules> = Rules &
  Field<typeof stored, typeof secretInput, typeof secretInput> & { readonly secret: true };

/** A secret: sealed in the content, written by requests, never read. */
export function secretField<const Rules extends Omit<FieldRules, 'description'>>(
  rules: Rules,
): SecretField<Rules> {
  const schemas = { schema: stored, input: secretInput, patch: secretInput };
  return {
    description: secretDescription,
    control: 'secret',
    ...rules,
    ...schemas,
    default: null,
    secret: true,
  };
}

const grant = Nullable(IdentityGrantSchema);

type GrantField = Field<typeof grant, typeof grant, typeof grant> &
  FieldRules & { readonly grant: true; readonly later: true };

/**
 * The grant for an identity that no secret of the resource stands for: a certificate of the store, or the Kerberos
 * identity of the mailer. It follows from who has named the identity and its destination.
 */
export function grantField(rules: Pick<FieldRules, 'group'> = {}): GrantField {
  return {
    description:
      'When somebody with the scope `secrets:write` allowed the use of the certificate or the Kerberos identity ' +
      'for the present destination',
    control: 'none',
    ...rules,
    schema: grant,
    input: grant,
    patch: grant,
    default: null,
    grant: true,
    later: true,
  };
}

/** A field and its place. */
export interface PlacedField extends Field {
  /** JSON pointer into the content, which is also that of the requests. */
  readonly pointer: string;
  readonly name: string;
  /** The part that holds the field; null: the content itself. */
  readonly part: string | null;
  readonly group: FieldGroup;
  /** The field is in use when all of them are true. */
  readonly inUse: readonly Condition[];
}

export function isPart(entry: Field | Part): entry is Part {
  return 'fields' in entry;
}

/** The fields of a table in its order. */
export function placedFields(table: FieldTable): readonly PlacedField[] {
  return Object.entries(table).flatMap(([name, entry]) =>
    isPart(entry)
      ? Object.entries(entry.fields).map(([inner, field]) => placed(field, inner, name, entry))
      : [placed(entry, name, null)],
  );
}

function placed(field: Field, name: string, part: string | null, of?: Part): PlacedField {
  return {
    ...field,
    name,
    part,
    pointer: part === null ? `/${name}` : `/${part}/${name}`,
    group: field.group ?? of?.group ?? 'connection',
    inUse: [of?.shown, field.shown].filter((condition) => condition !== undefined),
  };
}

/** JSON pointers of all fields whose rules say `Rule`. */
export type PointerTo<Table, Rule = unknown> = {
  [Name in keyof Table & string]: Table[Name] extends Part<infer Fields>
    ? `/${Name}${PointerTo<Fields, Rule>}`
    : Table[Name] extends Rule
      ? `/${Name}`
      : never;
}[keyof Table & string];
