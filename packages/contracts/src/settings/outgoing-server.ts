import { type Static, Type } from '@sinclair/typebox';
import { AddressPatchSchema, AddressSchema } from '../address.ts';
import { FindingSchema } from '../errors/problem.ts';
import { onUnknownPolicies } from '../mail/on-unknown.ts';
import { ApplyStatusSchema } from '../mailer/apply-status.ts';
import { closed, Instant, Line, Nullable, optional, StringEnum } from '../schema-helpers.ts';
import { LimitsPatchSchema, LimitsPutSchema, LimitsSchema } from './limits.ts';
import {
  SmtpContentSchema,
  SmtpPatchSchema,
  SmtpPutSchema,
  SmtpViewSchema,
  StoredSmtpContentSchema,
} from './smtp-settings.ts';

export const serverTypes = ['smtp', 'exchange'] as const;
export type ServerType = (typeof serverTypes)[number];

const copyToSenderModes = ['off', 'bcc', 'auto'] as const;

export const whenDisabledModes = ['reject', 'hold'] as const;
export type WhenDisabled = (typeof whenDisabledModes)[number];

export const smimeEncryptModes = ['off', 'when-possible', 'required', 'gateway'] as const;

const contentEncryptions = ['aes-256-cbc', 'aes-256-gcm'] as const;

const keyTransports = ['rsa-pkcs1', 'rsa-oaep'] as const;
const rsaSignatures = ['pkcs1', 'pss'] as const;

const firstSmimeFields = {
  sign: Type.Boolean(),
  encrypt: StringEnum(smimeEncryptModes, {
    description:
      'when-possible: a message whose recipients do not all have a certificate goes out unencrypted. required: it ' +
      'fails. gateway: everything is encrypted to `gatewayCertificateId`',
  }),
  certificateId: Nullable(Line(100), {
    description: 'Own certificate: signs, and is always among those that mail is encrypted to',
  }),
};
const laterSmimeFields = {
  gatewayCertificateId: Nullable(Line(100), { description: 'Recipient certificate of the gateway' }),
  contentEncryption: StringEnum(contentEncryptions, {
    description: 'aes-256-gcm is newer; older readers cannot open it',
  }),
  keyTransport: StringEnum(keyTransports, { description: 'For recipients with RSA keys' }),
  rsaSignature: StringEnum(rsaSignatures, { description: 'Signatures with RSA keys' }),
};
const smimeFields = { ...firstSmimeFields, ...laterSmimeFields };
const exchangeFields = { connectionId: Nullable(Line(100)) };
/*
 * Stored events live for ever, so a field that came after the first version is absent in old ones. It stands in the
 * `later…` of its part: there it is optional in a stored event, and `completeContent` gives it its default when the
 * event is folded. Everywhere else content is complete.
 */
const laterCommonFields = {
  onUnknown: Nullable(StringEnum(onUnknownPolicies), {
    description:
      'When the connection breaks after the final dot, unless the mail says so itself. null: hold with SMTP, ' +
      'reconcile with Exchange',
  }),
};
const firstCommonFields = {
  senderAddress: Nullable(AddressSchema, { description: 'Default sender' }),
  timeoutSeconds: Type.Integer({ description: 'Inactivity limit, 5 to 3600', examples: [60] }),
  copyToSender: StringEnum(copyToSenderModes),
  whenDisabled: StringEnum(whenDisabledModes, {
    description: 'What becomes of new mail while sending is off',
  }),
};
const commonFields = { ...firstCommonFields, ...laterCommonFields };

/** Everything an outgoing server holds. Both halves are kept, whichever `serverType` says is in use. */
export const OutgoingServerContentSchema = Type.Object({
  enabled: Type.Boolean(),
  serverType: StringEnum(serverTypes),
  ...commonFields,
  smtp: SmtpContentSchema,
  exchange: Type.Object(exchangeFields),
  smime: Type.Object(smimeFields),
  limits: LimitsSchema,
});
export type OutgoingServerContent = Static<typeof OutgoingServerContentSchema>;

/** The content as it stands in events, old ones included: fields that came later may be absent. */
export const StoredOutgoingServerContentSchema = Type.Object({
  ...OutgoingServerContentSchema.properties,
  ...optional(laterCommonFields),
  smime: Type.Object({ ...firstSmimeFields, ...optional(laterSmimeFields) }),
  limits: Type.Optional(LimitsSchema),
  smtp: StoredSmtpContentSchema,
});
export type StoredOutgoingServerContent = Static<typeof StoredOutgoingServerContentSchema>;

/** What GET answers. `warnings` are the findings that do not count while sending is off. */
export const OutgoingServerViewSchema = Type.Object({
  id: Type.String(),
  version: Type.Integer({ minimum: 0, description: 'Also the ETag. 0: never saved' }),
  enabled: Type.Boolean(),
  serverType: StringEnum(serverTypes),
  ...commonFields,
  smtp: SmtpViewSchema,
  exchange: Type.Object(exchangeFields),
  smime: Type.Object(smimeFields),
  limits: LimitsSchema,
  warnings: Type.Array(FindingSchema),
  applied: ApplyStatusSchema,
  updatedAt: Nullable(Instant()),
  updatedBy: Nullable(Type.String()),
});
export type OutgoingServerView = Static<typeof OutgoingServerViewSchema>;

const putCommon = {
  enabled: Type.Boolean(),
  ...Type.Partial(Type.Object(commonFields)).properties,
  smime: Type.Optional(Type.Partial(Type.Object(smimeFields), closed)),
  limits: Type.Optional(LimitsPutSchema),
};
const exchangePut = Type.Partial(Type.Object(exchangeFields), closed);

export const SmtpServerPutSchema = Type.Object(
  {
    serverType: Type.Literal('smtp'),
    ...putCommon,
    smtp: SmtpPutSchema,
    exchange: Type.Optional(exchangePut),
  },
  { ...closed, title: 'SMTP server' },
);
export const ExchangeServerPutSchema = Type.Object(
  {
    serverType: Type.Literal('exchange'),
    ...putCommon,
    exchange: exchangePut,
    smtp: Type.Optional(SmtpPutSchema),
  },
  { ...closed, title: 'Exchange server' },
);

/**
 * What PUT takes: a union discriminated by `serverType`. An absent field takes its default, but the half of the
 * other server type is kept when it is absent, and so is a stored password.
 */
export const OutgoingServerPutSchema = Type.Unsafe<
  Static<typeof SmtpServerPutSchema> | Static<typeof ExchangeServerPutSchema>
>({
  type: 'object',
  discriminator: { propertyName: 'serverType' },
  required: ['serverType'],
  oneOf: [SmtpServerPutSchema, ExchangeServerPutSchema],
});
export type OutgoingServerPut = Static<typeof OutgoingServerPutSchema>;

/** What PATCH takes: a JSON merge patch (RFC 7396). Absent keeps, null resets to the default. */
export const OutgoingServerPatchSchema = Type.Object(
  {
    enabled: Type.Optional(Type.Boolean()),
    serverType: Type.Optional(StringEnum(serverTypes)),
    senderAddress: Type.Optional(Nullable(AddressPatchSchema)),
    timeoutSeconds: Type.Optional(Nullable(commonFields.timeoutSeconds)),
    copyToSender: Type.Optional(Nullable(commonFields.copyToSender)),
    whenDisabled: Type.Optional(Nullable(commonFields.whenDisabled)),
    onUnknown: Type.Optional(commonFields.onUnknown),
    smtp: Type.Optional(SmtpPatchSchema),
    exchange: Type.Optional(exchangePut),
    limits: Type.Optional(LimitsPatchSchema),
    smime: Type.Optional(
      Type.Object(
        {
          sign: Type.Optional(Nullable(smimeFields.sign)),
          encrypt: Type.Optional(Nullable(smimeFields.encrypt)),
          certificateId: Type.Optional(smimeFields.certificateId),
          gatewayCertificateId: Type.Optional(smimeFields.gatewayCertificateId),
          contentEncryption: Type.Optional(Nullable(smimeFields.contentEncryption)),
          keyTransport: Type.Optional(Nullable(smimeFields.keyTransport)),
          rsaSignature: Type.Optional(Nullable(smimeFields.rsaSignature)),
        },
        closed,
      ),
    ),
  },
  closed,
);
export type OutgoingServerPatch = Static<typeof OutgoingServerPatchSchema>;
