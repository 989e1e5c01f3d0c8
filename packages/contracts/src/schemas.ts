import {
  Kind,
  type SchemaOptions,
  type Static,
  type TProperties,
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

/** Any C0 or C1 control character, DEL, or a Unicode line or paragraph separator. */
const noControlCharacters = '^[^\\u0000-\\u001F\\u007F-\\u009F\\u2028\\u2029]*$';

/** A single line of text: no control characters, so it can stand in a header, a log line or an SMTP command. */
export function Line(maxLength: number, options: SchemaOptions = {}) {
  return Type.String({ maxLength, pattern: noControlCharacters, ...options });
}

const instantPattern = '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,9})?(Z|[+-]\\d{2}:\\d{2})$';

/** Whether a pattern is that of an instant, which OpenAPI calls `date-time`. */
export const isInstantPattern = (pattern: unknown): boolean => pattern === instantPattern;

/** An instant as RFC 3339 writes it: `2026-11-23T08:15:00Z`. Whether the day exists is checked by the domain. */
export function Instant(options: SchemaOptions = {}) {
  return Type.String({
    maxLength: 40,
    pattern: instantPattern,
    examples: ['2026-11-23T08:15:00Z'],
    ...options,
  });
}

/** An instant that lies ahead, or null. Its example is null, since every date passes. */
export function NullableInstantAhead(options: SchemaOptions = {}) {
  return Nullable(Instant(options), { examples: [null] });
}

/** An object with a name, which stands for it in the OpenAPI document. Other schemas have it as their `$id`. */
export function NamedObject<Fields extends TProperties>($id: string, fields: Fields) {
  return Type.Object(fields, { $id });
}

/** Options of every object in a request body: an unknown field is an error, never dropped. */
export const closed = { additionalProperties: false } as const;

/** Longest address that fits into an SMTP path: 256 octets less the angle brackets (RFC 5321 §4.5.3.1.3). */
export const maxAddressLength = 254;

const name = Line(200, { description: 'Display name', examples: ['ACME GmbH'] });
const address = Line(maxAddressLength, { description: 'addr-spec', examples: ['erp@acme.example'] });

/**
 * A mail address with its display name. The schema enforces structure only; whether `address` is a valid
 * addr-spec is decided by the strict grammar of the domain (code `address-invalid`).
 */
export const AddressSchema = Type.Object(
  { name: Type.Optional(name), address },
  { ...closed, $id: 'Address' },
);
export type Address = Static<typeof AddressSchema>;

/** A merge patch of an address (RFC 7396): absent keeps, a null name removes it. */
export const AddressPatchSchema = Type.Object(
  { name: Type.Optional(Nullable(name)), address: Type.Optional(address) },
  closed,
);
export type AddressPatch = Static<typeof AddressPatchSchema>;

/** A sentence for people, in the two languages of the product. Programs use the code beside it. */
export const LocalizedTextSchema = NamedObject('LocalizedText', {
  en: Type.String({ description: 'English' }),
  de: Type.String({ description: 'German' }),
});
export type LocalizedText = Static<typeof LocalizedTextSchema>;

/** What to do, in both languages. */
export function hint(en: string, de: string): LocalizedText {
  return { en, de };
}

/** Who did something: an API key, a person known by a token, or the service itself. */
export const ActorSchema = NamedObject('Actor', {
  kind: StringEnum(['api-key', 'token', 'system']),
  id: Line(200),
  name: Line(200),
  address: Type.Optional(Line(100, { description: 'IP address of the client, where it is known' })),
});
export type Actor = Static<typeof ActorSchema>;

/**
 * A secret as the log holds it: a JWE (RFC 7516, flattened JSON serialization) to the mailer's public key, and the
 * digest of the only destination it may be sent to. The digest also stands in the JWE's `aad`, so it cannot be
 * exchanged.
 */
export const SealedSecretSchema = Type.Object({
  keyId: Type.String({ description: 'RFC 7638 thumbprint of the mailer key' }),
  destination: Type.String({ description: 'SHA-256 of the destination, base64url' }),
  jwe: Type.Object({
    protected: Type.String(),
    iv: Type.String(),
    ciphertext: Type.String(),
    tag: Type.String(),
    aad: Type.String(),
  }),
});
export type SealedSecret = Static<typeof SealedSecretSchema>;

/** A secret field of the settings: since when it is set, and the sealed value. */
export const StoredSecretSchema = Type.Object({ setAt: Instant(), sealed: SealedSecretSchema });
export type StoredSecret = Static<typeof StoredSecretSchema>;

/** What somebody with the scope `secrets:write` has allowed: an identity may be proven at one destination. */
export const IdentityGrantSchema = Type.Object({
  grantedAt: Nullable(Instant(), {
    description: 'null: it follows from settings that were saved before there were grants',
  }),
  destination: Type.String({
    description:
      'Digest (SHA-256, base64url) of identity and destination: certificate or service principal, server, ' +
      'and for OAuth authority, tenant, client and scope. With any of it changed, the grant no longer counts',
  }),
});
export type IdentityGrant = Static<typeof IdentityGrantSchema>;

/** Why a problem arises, and what the reader can do now. Each is one or two sentences. */
export interface ProblemTexts {
  readonly cause: LocalizedText;
  readonly remedy: LocalizedText;
}

export function explain(causeEn: string, causeDe: string, remedyEn: string, remedyDe: string): ProblemTexts {
  return { cause: { en: causeEn, de: causeDe }, remedy: { en: remedyEn, de: remedyDe } };
}
