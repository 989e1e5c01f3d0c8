import { type Static, Type } from '@sinclair/typebox';
import { closed, Instant, Line, NamedObject, Nullable, StringEnum } from './schemas.ts';

/**
 * What a key may do. `admin` includes all the others. `mail:read` and `mail:manage` are about the mail that the key itself
 * asked for; with `:all` behind it, the same is about everybody's mail.
 */
export const scopes = [
  'settings:read',
  'settings:write',
  'secrets:write',
  'connection:test',
  'mail:send',
  'mail:read',
  'mail:read:all',
  'mail:manage',
  'mail:manage:all',
  'audit:read',
  'admin',
] as const;
export type Scope = (typeof scopes)[number];

/** The scopes that include a smaller one. */
export const widerScope: Readonly<Partial<Record<Scope, Scope>>> = {
  'mail:read': 'mail:read:all',
  'mail:manage': 'mail:manage:all',
};

const keyFields = {
  name: Line(100, { minLength: 1, examples: ['billing module'] }),
  scopes: Type.Array(StringEnum(scopes), { minItems: 1, maxItems: scopes.length, uniqueItems: true }),
};

export const CreateApiKeySchema = Type.Object(
  { ...keyFields, expiresAt: Type.Optional(Nullable(Instant())) },
  { ...closed, $id: 'CreateApiKey' },
);
export type CreateApiKey = Static<typeof CreateApiKeySchema>;

/** A key as it is listed: never the key itself. */
export const ApiKeySchema = NamedObject('ApiKey', {
  id: Type.String(),
  ...keyFields,
  mailScopes: StringEnum(['own', 'all'], {
    description:
      'Which mail `mail:read` and `mail:manage` are about without `:all`. all: the key is of an earlier version',
  }),
  createdAt: Instant(),
  createdBy: Type.String(),
  expiresAt: Nullable(Instant()),
  revokedAt: Nullable(Instant()),
});
export type ApiKey = Static<typeof ApiKeySchema>;

/** A new key. `key` is shown this once; only its SHA-256 is kept. */
export const CreatedApiKeySchema = Type.Composite([ApiKeySchema, Type.Object({ key: Type.String() })], {
  $id: 'CreatedApiKey',
});
export type CreatedApiKey = Static<typeof CreatedApiKeySchema>;

export const ApiKeyListSchema = NamedObject('ApiKeyList', { items: Type.Array(ApiKeySchema) });
export type ApiKeyList = Static<typeof ApiKeyListSchema>;
