import { type Static, Type } from '@sinclair/typebox';
import { FindingSchema } from '../problems.ts';
import { closed, Instant, Line, maxAddressLength, NamedObject, Nullable } from '../schemas.ts';
import { type ContentOf, drawProperties, viewProperties, withReadOnly } from './field-schemas.ts';
import {
  certificateField,
  choiceField,
  type Condition,
  type FieldRules,
  type FieldTable,
  grantField,
  numberField,
  secretField,
  booleanField,
  textField,
  valueField,
} from './fields.ts';
import { ApplyStatusSchema, ChangeSchema } from './versions.ts';

/** In the order in which they are to be preferred. */
export const exchangeProtocols = ['graph', 'smtp-oauth', 'ews'] as const;

export const exchangeAuthentications = ['oauth', 'basic', 'ntlm', 'negotiate'] as const;

const exchangeClouds = ['global', 'us-government', 'us-government-dod', 'china', 'custom'] as const;

const usesEws: Condition = [{ '/protocol': ['ews'] }];
const usesOauth: Condition = [{ '/authentication': ['oauth'] }];
const mayUseOauth: Condition = [{ '/protocol': ['graph', 'smtp-oauth'] }, ...usesOauth];
const usesLogin: Condition = [{ '/authentication': ['basic', 'ntlm'] }];
const mayUseLogin: Condition = [{ '/protocol': ['ews'], '/authentication': ['basic', 'ntlm'] }];

const urlField = <const Rules extends FieldRules>(rules: Rules) =>
  valueField(Nullable(Line(500, { pattern: '^https://[^\\s\\u0000-\\u001F\\u007F]*$' })), null, 'text', {
    format: 'https-url',
    ...rules,
  });

const name = valueField(Line(100), '', 'text', {
  description: 'Display name',
  examples: ['Exchange Online, invoices'],
  mandatory: true,
});
const nameInRequests = { ...name.schema, minLength: 1 };

/** The fields of an Exchange connection. Unlike those of a server, they are checked even when they are not in use. */
export const exchangeConnectionFields = {
  name: { ...name, input: nameInRequests, patch: nameInRequests },
  email: textField(maxAddressLength, {
    description: 'The mailbox that mail is sent through',
    examples: ['erp@acme.example'],
    control: 'email',
    required: 'mailbox-required',
    format: 'mail-address',
  }),
  protocol: choiceField(exchangeProtocols, 'graph', {
    description: 'ews: for on-premises Exchange; the end of EWS for Exchange Online has been announced',
    control: 'select',
    mandatory: true,
    destination: true,
  }),
  authentication: choiceField(exchangeAuthentications, 'oauth', {
    description: 'Anything but oauth needs ews',
    control: 'select',
    shown: usesEws,
    destination: true,
    check: true,
  }),
  ewsUrl: urlField({
    description: 'EWS address of an on-premises server, such as https://mail.acme.example/EWS/Exchange.asmx',
    shown: usesEws,
    required: 'url-required',
    requiredWhen: [
      { '/protocol': ['ews'], '/cloud': ['custom'] },
      { '/protocol': ['ews'], '/authentication': ['basic', 'ntlm', 'negotiate'] },
    ],
    destination: true,
  }),
  cloud: choiceField(exchangeClouds, 'global', {
    description: 'Determines the authority and the endpoints. custom: they have fields of their own',
    control: 'select',
    shown: mayUseOauth,
    destination: true,
  }),
  tenantId: textField(200, {
    description: 'The tenant in Microsoft Entra: its GUID, or one of its domains',
    examples: ['72f988bf-86f1-41af-91ab-2d7cd011db47'],
    shown: mayUseOauth,
    required: 'tenant-required',
    requiredWhen: usesOauth,
    check: true,
    destination: true,
  }),
  clientId: textField(200, {
    description: 'The application that is registered in Microsoft Entra',
    shown: mayUseOauth,
    required: 'client-id-required',
    requiredWhen: usesOauth,
    destination: true,
  }),
  clientSecret: secretField({
    shown: mayUseOauth,
    required: 'client-secret-required',
    requiredWhen: [{ '/authentication': ['oauth'], '/clientCertificateId': [null] }],
  }),
  clientSecretExpiresAt: valueField(Nullable(Instant()), null, 'date', {
    description: 'When the client secret expires. Entra shows the date once, when the secret is created',
    shown: mayUseOauth,
    format: 'instant',
  }),
  clientCertificateId: certificateField(
    'own',
    {},
    {
      description: 'RSA certificate of the certificate store, instead of a client secret',
      shown: mayUseOauth,
      check: true,
    },
  ),
  identityGrant: grantField(),
  username: textField(320, {
    description: 'For basic and ntlm; for ntlm also as DOMAIN\\user',
    examples: ['ACME\\erp'],
    shown: mayUseLogin,
    required: 'username-required',
    requiredWhen: usesLogin,
  }),
  password: secretField({ shown: mayUseLogin, required: 'password-required', requiredWhen: usesLogin }),
  servicePrincipal: textField(300, {
    description:
      'For negotiate. Replaces HTTP/<host of ewsUrl>. The class is HTTP; a host other than that of ewsUrl has to be ' +
      'one of KERBEROS_HOSTS',
    examples: ['HTTP/mail.acme.example'],
    shown: [{ '/protocol': ['ews'], '/authentication': ['negotiate'] }],
    format: 'service-principal',
    check: true,
  }),
  authorityUrl: urlField({
    description: 'Replaces the authority of the cloud',
    shown: [
      { '/protocol': ['graph', 'smtp-oauth'], '/cloud': ['custom'] },
      { '/authentication': ['oauth'], '/cloud': ['custom'] },
    ],
    required: 'url-required',
    requiredWhen: [{ '/authentication': ['oauth'], '/cloud': ['custom'] }],
    destination: true,
  }),
  graphUrl: urlField({
    description: 'Replaces the Graph endpoint of the cloud',
    shown: [{ '/protocol': ['graph'], '/cloud': ['custom'] }],
    required: 'url-required',
    destination: true,
  }),
  smtpHostname: textField(253, {
    description: 'Replaces the SMTP server of the cloud',
    shown: [{ '/protocol': ['smtp-oauth'] }],
    required: 'hostname-required',
    requiredWhen: [{ '/protocol': ['smtp-oauth'], '/cloud': ['custom'] }],
    format: 'host',
    destination: true,
  }),
  smtpPort: numberField({
    description: 'null: 587',
    shown: [{ '/protocol': ['smtp-oauth'] }],
    range: { min: 1, max: 65_535, finding: 'port-out-of-range' },
    destination: true,
  }),
  scope: textField(500, {
    description:
      'Replaces the scope that follows from the endpoint. Its origin is that of the endpoint, or that of the cloud ' +
      'for it',
    shown: mayUseOauth,
    check: true,
    destination: true,
  }),
  trustedCertificateId: certificateField(
    'trusted',
    {},
    {
      description: 'Authority or server certificate to trust instead of the public authorities',
      group: 'certificates',
      destination: true,
    },
  ),
  impersonation: booleanField(false, {
    description: 'For ews: the connection acts as the mailbox `email`. With oauth it always does',
    group: 'mail',
    shown: usesEws,
  }),
  saveSentCopy: booleanField(true, {
    description: 'For ews: the server saves a copy in Sent Items. graph always does, smtp-oauth never',
    group: 'mail',
    shown: usesEws,
  }),
} as const satisfies FieldTable;

export type ExchangeConnectionContent = ContentOf<typeof exchangeConnectionFields>;
export type ExchangeCloud = ExchangeConnectionContent['cloud'];

/** The content as it is in events, old ones included: fields that came later may be absent. */
export const StoredExchangeConnectionContentSchema = Type.Object(
  drawProperties(exchangeConnectionFields, 'stored'),
);

const view = {
  id: Type.String(),
  version: Type.Integer({ minimum: 1, description: 'Also the ETag' }),
  ...viewProperties(exchangeConnectionFields),
  warnings: Type.Array(FindingSchema, {
    description: 'What keeps the connection from being used now, or was written past the API',
  }),
  usedBy: Type.Array(Type.String(), {
    description: 'The resources that use it. While there are any, it cannot be deleted',
  }),
  updatedAt: Instant(),
  updatedBy: Type.String(),
};

/** What GET answers. */
export const ExchangeConnectionViewSchema = NamedObject('ExchangeConnectionView', {
  ...view,
  applied: Nullable(ApplyStatusSchema, { description: 'null while nothing uses it' }),
});
export type ExchangeConnectionView = Static<typeof ExchangeConnectionViewSchema>;

export const ExchangeConnectionListSchema = NamedObject('ExchangeConnectionList', {
  items: Type.Array(ExchangeConnectionViewSchema, { description: 'By name' }),
});

/** An earlier version, as it was; null: it did not exist, or was deleted. */
export const ExchangeConnectionVersionSchema = NamedObject('ExchangeConnectionVersion', {
  change: Nullable(ChangeSchema),
  connection: Nullable(Type.Object(view)),
});
export type ExchangeConnectionVersion = Static<typeof ExchangeConnectionVersionSchema>;

/** What POST takes: an absent field takes its default. */
export const ExchangeConnectionCreateSchema = Type.Object(drawProperties(exchangeConnectionFields, 'put'), {
  ...closed,
  $id: 'ExchangeConnectionCreate',
});

/** What PUT takes: an absent field takes its default, absent secrets stay, and what only GET answers is ignored. */
export const ExchangeConnectionPutSchema = {
  ...withReadOnly(ExchangeConnectionCreateSchema, ExchangeConnectionViewSchema),
  $id: 'ExchangeConnectionPut',
};
export type ExchangeConnectionPut = Static<typeof ExchangeConnectionPutSchema>;

/** What PATCH takes: a JSON merge patch (RFC 7396). Absent keeps, null resets to the default. */
export const ExchangeConnectionPatchSchema = Type.Object(drawProperties(exchangeConnectionFields, 'patch'), {
  ...closed,
  $id: 'ExchangeConnectionPatch',
});
export type ExchangeConnectionPatch = Static<typeof ExchangeConnectionPatchSchema>;
