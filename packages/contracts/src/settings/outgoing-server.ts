import { type Static, Type } from '@sinclair/typebox';
import { ApplyStatusSchema } from '../apply-status.ts';
import { onUnknownPolicies } from '../mail/mail-request.ts';
import { FindingSchema } from '../problems.ts';
import {
  AddressPatchSchema,
  AddressSchema,
  closed,
  Instant,
  Line,
  NamedObject,
  Nullable,
  optional,
  StoredSecretSchema,
  StringEnum,
} from '../schemas.ts';

const limitPresets = ['none', 'exchange-online'] as const;
export type LimitPreset = (typeof limitPresets)[number];

const limit = (description: string) => Nullable(Type.Integer(), { description });

/** How much may be sent through a server, by all mailers together. */
const limitFields = {
  preset: StringEnum(limitPresets, {
    description: 'exchange-online: 3 connections, 30 mails a minute, 10,000 recipients a day, as announced',
  }),
  maxConnections: limit('At one time, 1 to 100. null: as the preset says'),
  mailsPerMinute: limit('In any 60 seconds. null: as the preset says'),
  recipientsPerDay: limit('In any 24 hours, at least 100. null: as the preset says'),
};

const LimitsSchema = Type.Object(limitFields);
export type Limits = Static<typeof LimitsSchema>;

/** Limits in a PUT: an absent field takes its default. */
const LimitsPutSchema = Type.Partial(Type.Object(limitFields), closed);

/** Limits as a merge patch: absent keeps, null resets. */
const LimitsPatchSchema = Type.Object(
  {
    preset: Type.Optional(Nullable(limitFields.preset)),
    maxConnections: Type.Optional(limitFields.maxConnections),
    mailsPerMinute: Type.Optional(limitFields.mailsPerMinute),
    recipientsPerDay: Type.Optional(limitFields.recipientsPerDay),
  },
  closed,
);

const encryptions = ['none', 'starttls', 'implicit'] as const;
export type Encryption = (typeof encryptions)[number];

export const authentications = ['none', 'windows', 'password'] as const;

const windowsMechanisms = ['negotiate', 'kerberos', 'ntlm'] as const;
export type WindowsMechanism = (typeof windowsMechanisms)[number];

const certificateId = Nullable(Line(100));

/** Fields that came after the first version; see `OutgoingServerContentSchema`. */
const laterSmtpFields = {
  windowsMechanism: StringEnum(windowsMechanisms, {
    description:
      'windows: negotiate is Kerberos, and NTLMv2 where that is not possible and a domain user is given; ntlm needs one',
  }),
  servicePrincipal: Nullable(
    Line(300, {
      description: 'windows: instead of SMTPSVC/<hostname>',
      examples: ['SMTPSVC/mail.acme.example'],
    }),
  ),
};

/** What the SMTP half holds, the password apart. Only structure is enforced here; content is the domain's matter. */
const firstSmtpFields = {
  hostname: Nullable(Line(253, { description: 'Host name or IP address', examples: ['mail.acme.example'] })),
  port: Nullable(
    Type.Integer({ description: 'null: 25, 587 or 465, as the encryption asks for', examples: [587] }),
  ),
  encryption: StringEnum(encryptions, {
    description: 'starttls and implicit are always required and verified, never opportunistic',
  }),
  authentication: StringEnum(authentications, {
    description: 'windows: Kerberos with the identity of the mailer, or NTLMv2 with a domain user',
  }),
  username: Nullable(
    Line(320, { description: 'windows: the domain user for NTLM, as DOMAIN\\user or user@domain' }),
  ),
  allowCleartextAuthentication: Type.Boolean({
    description: 'Allows to sign in over an unencrypted connection',
  }),
  clientCertificateId: certificateId,
  trustedCertificateId: certificateId,
};
const smtpFields = { ...firstSmtpFields, ...laterSmtpFields };

const password = Type.String({
  maxLength: 1024,
  minLength: 1,
  pattern: '^[^\\u0000-\\u001F\\u007F]*$',
  writeOnly: true,
  description: 'Never returned. Absent: keep the stored one. null: delete it.',
});

/** The SMTP half as it is stored. */
const SmtpContentSchema = Type.Object({ ...smtpFields, password: Nullable(StoredSecretSchema) });
export type SmtpContent = Static<typeof SmtpContentSchema>;

/** The SMTP half as it stands in events, old ones included. */
const StoredSmtpContentSchema = Type.Object({
  ...SmtpContentSchema.properties,
  ...optional(laterSmtpFields),
});

/** The SMTP half as it is read: whether a password is set and since when, never the password. */
const SmtpViewSchema = Type.Object({
  ...smtpFields,
  effectivePort: Type.Integer({ readOnly: true, description: 'The port, or the default of the encryption' }),
  passwordSet: Type.Boolean({ readOnly: true }),
  passwordSetAt: Nullable(Instant(), { readOnly: true }),
});
export type SmtpView = Static<typeof SmtpViewSchema>;

/** The SMTP half as a PUT sends it: an absent field takes its default, an absent password stays. */
const SmtpPutSchema = Type.Partial(Type.Object({ ...smtpFields, password: Nullable(password) }), closed);

/** The SMTP half as a merge patch (RFC 7396): absent keeps, null resets to the default. */
const SmtpPatchSchema = Type.Object(
  {
    hostname: Type.Optional(smtpFields.hostname),
    port: Type.Optional(smtpFields.port),
    encryption: Type.Optional(Nullable(smtpFields.encryption)),
    authentication: Type.Optional(Nullable(smtpFields.authentication)),
    username: Type.Optional(smtpFields.username),
    allowCleartextAuthentication: Type.Optional(Nullable(smtpFields.allowCleartextAuthentication)),
    clientCertificateId: Type.Optional(certificateId),
    trustedCertificateId: Type.Optional(certificateId),
    windowsMechanism: Type.Optional(Nullable(smtpFields.windowsMechanism)),
    servicePrincipal: Type.Optional(smtpFields.servicePrincipal),
    password: Type.Optional(Nullable(password)),
  },
  closed,
);
export type SmtpPatch = Static<typeof SmtpPatchSchema>;

const serverTypes = ['smtp', 'exchange'] as const;
export type ServerType = (typeof serverTypes)[number];

const copyToSenderModes = ['off', 'bcc', 'auto'] as const;

const whenDisabledModes = ['reject', 'hold'] as const;
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
export const OutgoingServerViewSchema = NamedObject('OutgoingServerView', {
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

const SmtpServerPutSchema = Type.Object(
  {
    serverType: Type.Literal('smtp'),
    ...putCommon,
    smtp: SmtpPutSchema,
    exchange: Type.Optional(exchangePut),
  },
  { ...closed, $id: 'OutgoingServerPutSmtp', title: 'SMTP server' },
);
const ExchangeServerPutSchema = Type.Object(
  {
    serverType: Type.Literal('exchange'),
    ...putCommon,
    exchange: exchangePut,
    smtp: Type.Optional(SmtpPutSchema),
  },
  { ...closed, $id: 'OutgoingServerPutExchange', title: 'Exchange server' },
);

/**
 * What PUT takes: a union discriminated by `serverType`. An absent field takes its default, but the half of the
 * other server type is kept when it is absent, and so is a stored password.
 */
export const OutgoingServerPutSchema = Type.Unsafe<
  Static<typeof SmtpServerPutSchema> | Static<typeof ExchangeServerPutSchema>
>({
  $id: 'OutgoingServerPut',
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
  { ...closed, $id: 'OutgoingServerPatch' },
);
export type OutgoingServerPatch = Static<typeof OutgoingServerPatchSchema>;
