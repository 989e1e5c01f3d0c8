import { type Static, Type } from '@sinclair/typebox';
import { closed, Instant, Line, Nullable, optional, StringEnum } from '../schema-helpers.ts';
import { StoredSecretSchema } from './sealed-secret.ts';

export const encryptions = ['none', 'starttls', 'implicit'] as const;
export type Encryption = (typeof encryptions)[number];

export const authentications = ['none', 'windows', 'password'] as const;

export const windowsMechanisms = ['negotiate', 'kerberos', 'ntlm'] as const;
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
export const SmtpContentSchema = Type.Object({ ...smtpFields, password: Nullable(StoredSecretSchema) });
export type SmtpContent = Static<typeof SmtpContentSchema>;

/** The SMTP half as it stands in events, old ones included. */
export const StoredSmtpContentSchema = Type.Object({
  ...SmtpContentSchema.properties,
  ...optional(laterSmtpFields),
});

/** The SMTP half as it is read: whether a password is set and since when, never the password. */
export const SmtpViewSchema = Type.Object({
  ...smtpFields,
  effectivePort: Type.Integer({ readOnly: true, description: 'The port, or the default of the encryption' }),
  passwordSet: Type.Boolean({ readOnly: true }),
  passwordSetAt: Nullable(Instant(), { readOnly: true }),
});
export type SmtpView = Static<typeof SmtpViewSchema>;

/** The SMTP half as a PUT sends it: an absent field takes its default, an absent password stays. */
export const SmtpPutSchema = Type.Partial(
  Type.Object({ ...smtpFields, password: Nullable(password) }),
  closed,
);

/** The SMTP half as a merge patch (RFC 7396): absent keeps, null resets to the default. */
export const SmtpPatchSchema = Type.Object(
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
