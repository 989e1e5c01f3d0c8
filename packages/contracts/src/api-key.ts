import { type Static, Type } from '@sinclair/typebox';
import { priorities } from './mail/mail-request.ts';
import { closed, Instant, Line, NamedObject, Nullable, NullableInstantAhead, StringEnum } from './schemas.ts';

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
  'mail:content',
  'mail:manage',
  'mail:manage:all',
  'audit:read',
  'admin',
] as const;
export type Scope = (typeof scopes)[number];

/** What each scope allows, for the OpenAPI document. */
export const scopeTexts = {
  'settings:read': 'read the settings, without secrets',
  'settings:write': 'change the settings',
  'secrets:write':
    'with `settings:write`: enter passwords, client secrets and private keys, and allow their use',
  'connection:test': 'test the connection to the mail server',
  'mail:send': 'send mail',
  'mail:read': 'read the mails that the key itself asked for',
  'mail:read:all': 'read all mails',
  'mail:content':
    'read texts, attachments and source of the mails that the key itself asked for; with `mail:read:all`, of all mails',
  'mail:manage': 'hold, release, cancel, resend and resolve the mails that the key itself asked for',
  'mail:manage:all': 'the same for all mails',
  'audit:read': 'read the history of the settings and the API keys',
  admin: 'everything, API keys included',
} as const satisfies Record<Scope, string>;

export const ScopeSchema = StringEnum(scopes, { $id: 'Scope' });

/** The scopes that include a smaller one. */
export const widerScope: Readonly<Partial<Record<Scope, Scope>>> = {
  'mail:read': 'mail:read:all',
  'mail:manage': 'mail:manage:all',
};

const keyFields = {
  name: Line(100, { minLength: 1, examples: ['billing module'] }),
  scopes: Type.Array(ScopeSchema, { minItems: 1, maxItems: scopes.length, uniqueItems: true }),
};

const quota = (description: string) =>
  Type.Optional(Nullable(Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description })));

/** How much mail a key may ask for. Null or absent: without a limit. */
export const KeyQuotasSchema = Type.Object(
  {
    mailsPerMinute: quota('Mails accepted in 60 seconds'),
    mailsPerDay: quota('Mails accepted in 24 hours'),
    recipientsPerMinute: quota('Recipients of these mails, each mail counted by itself'),
    recipientsPerDay: quota('The same in 24 hours'),
    bytesPerMinute: quota('Bytes of texts and attachments, decoded, or of finished messages'),
    bytesPerDay: quota('The same in 24 hours'),
  },
  { ...closed, $id: 'KeyQuotas' },
);
export type KeyQuotas = Static<typeof KeyQuotasSchema>;

const permissions = {
  quotas: Nullable(KeyQuotasSchema, { description: 'How much mail the key may ask for; null: no limit' }),
  recipientDomains: Nullable(
    Type.Array(Line(253, { minLength: 1, examples: ['acme.example', '*.acme.example'] }), {
      minItems: 1,
      maxItems: 200,
      uniqueItems: true,
      description: 'Mail may go to these domains only; with `*.` to all below a domain. null: to any',
    }),
  ),
};

const handling = {
  priority: Type.Optional(
    Nullable(StringEnum(priorities), {
      description:
        'The priority of its mail where neither the mail nor its sender says another. null or absent: normal',
    }),
  ),
};

const senderPermissions = {
  senders: Type.Optional(
    Nullable(
      Type.Array(Line(100, { minLength: 1, examples: ['c81e728d', 'default'] }), {
        maxItems: 200,
        uniqueItems: true,
        description:
          'IDs of senders. The key may send with their addresses, and with those of `senderDomains`. `default` is the ' +
          'default sender. Without both of them: with any address that the outgoing server allows',
      }),
    ),
  ),
  senderDomains: Type.Optional(
    Nullable(
      Type.Array(Line(253, { minLength: 1, examples: ['acme.example', '*.acme.example'] }), {
        maxItems: 200,
        uniqueItems: true,
        description: 'The key may send with addresses of these domains; with `*.` of all below a domain',
      }),
    ),
  ),
};

export const CreateApiKeySchema = Type.Object(
  {
    ...keyFields,
    expiresAt: Type.Optional(NullableInstantAhead()),
    quotas: Type.Optional(permissions.quotas),
    recipientDomains: Type.Optional(permissions.recipientDomains),
    ...senderPermissions,
    ...handling,
  },
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
  ...permissions,
  ...senderPermissions,
  ...handling,
  bootstrap: Type.Boolean({
    description:
      'The admin key of the first start: 24 hours after its creation it counts only while there is no other admin key',
  }),
  createdAt: Instant(),
  createdBy: Type.String(),
  expiresAt: Nullable(Instant()),
  revokedAt: Nullable(Instant()),
  lastUsedAt: Nullable(Instant(), {
    description:
      'When the key was used, up to 24 hours before its last use; null: never since this is recorded',
  }),
});
export type ApiKey = Static<typeof ApiKeySchema>;

/** A new key. `key` is shown this once; only its SHA-256 is kept. */
export const CreatedApiKeySchema = Type.Composite([ApiKeySchema, Type.Object({ key: Type.String() })], {
  $id: 'CreatedApiKey',
});
export type CreatedApiKey = Static<typeof CreatedApiKeySchema>;

export const ApiKeyListSchema = NamedObject('ApiKeyList', { items: Type.Array(ApiKeySchema) });
export type ApiKeyList = Static<typeof ApiKeyListSchema>;
