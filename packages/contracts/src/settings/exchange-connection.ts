import { type Static, Type } from '@sinclair/typebox';
import { ApplyStatusSchema } from '../apply-status.ts';
import { FindingSchema } from '../problems.ts';
import {
  closed,
  Instant,
  Line,
  maxAddressLength,
  NamedObject,
  Nullable,
  StoredSecretSchema,
  StringEnum,
} from '../schemas.ts';
import { ChangeSchema } from './history.ts';

/** In the order in which they are to be preferred. */
export const exchangeProtocols = ['graph', 'smtp-oauth', 'ews'] as const;

export const exchangeAuthentications = ['oauth', 'basic', 'ntlm', 'negotiate'] as const;

export const exchangeClouds = ['global', 'us-government', 'us-government-dod', 'china', 'custom'] as const;
export type ExchangeCloud = (typeof exchangeClouds)[number];

const url = Nullable(Line(500, { pattern: '^https://[^\\s\\u0000-\\u001F\\u007F]*$' }));

/** What a connection holds, the secrets apart. Only structure is enforced here; content is the domain's matter. */
const fields = {
  name: Line(100, { description: 'What people call it', examples: ['Exchange Online, invoices'] }),
  email: Nullable(
    Line(maxAddressLength, {
      description: 'The mailbox that mail is sent through',
      examples: ['erp@acme.example'],
    }),
  ),
  protocol: StringEnum(exchangeProtocols, {
    description: 'ews: on-premises; Exchange Online has announced the end of EWS',
  }),
  authentication: StringEnum(exchangeAuthentications, {
    description: 'Anything but oauth only with ews',
  }),
  cloud: StringEnum(exchangeClouds, { description: 'Whose authority and endpoints; custom: those below' }),
  tenantId: Nullable(Line(200, { examples: ['72f988bf-86f1-41af-91ab-2d7cd011db47'] })),
  clientId: Nullable(Line(200)),
  clientCertificateId: Nullable(
    Line(100, { description: 'RSA certificate of the certificate store, instead of a client secret' }),
  ),
  clientSecretExpiresAt: Nullable(Instant(), {
    description: 'When the client secret expires; Entra shows it once, when the secret is made',
  }),
  authorityUrl: { ...url, description: 'Instead of the authority of the cloud' },
  scope: Nullable(Line(500, { description: 'Instead of the scope that follows from the endpoint' })),
  graphUrl: { ...url, description: 'Instead of the Graph endpoint of the cloud' },
  smtpHostname: Nullable(Line(253, { description: 'Instead of the SMTP server of the cloud' })),
  smtpPort: Nullable(Type.Integer({ description: 'null: 587' })),
  ewsUrl: {
    ...url,
    description: 'EWS address of an own server, such as https://mail.acme.example/EWS/Exchange.asmx',
  },
  impersonation: Type.Boolean({
    description: 'ews: acts as the mailbox `email`. With oauth it always does',
  }),
  saveSentCopy: Type.Boolean({
    description: 'ews: the server files a copy in Sent Items. graph always does, smtp-oauth never asks',
  }),
  username: Nullable(
    Line(320, { description: 'basic and ntlm; ntlm also as DOMAIN\\user', examples: ['ACME\\erp'] }),
  ),
  servicePrincipal: Nullable(
    Line(300, {
      description: 'negotiate: instead of HTTP/<host of ewsUrl>',
      examples: ['HTTP/mail.acme.example'],
    }),
  ),
  trustedCertificateId: Nullable(Line(100, { description: 'Authority or certificate to trust' })),
};

const secret = Type.String({
  maxLength: 1024,
  minLength: 1,
  pattern: '^[^\\u0000-\\u001F\\u007F]*$',
  writeOnly: true,
  description: 'Never returned. Absent: keep the stored one. null: delete it.',
});

/** Everything an Exchange connection holds. */
export const ExchangeConnectionContentSchema = Type.Object({
  ...fields,
  clientSecret: Nullable(StoredSecretSchema),
  password: Nullable(StoredSecretSchema),
});
export type ExchangeConnectionContent = Static<typeof ExchangeConnectionContentSchema>;

const view = {
  id: Type.String(),
  version: Type.Integer({ minimum: 1, description: 'Also the ETag' }),
  ...fields,
  clientSecretSet: Type.Boolean({ readOnly: true }),
  clientSecretSetAt: Nullable(Instant(), { readOnly: true }),
  passwordSet: Type.Boolean({ readOnly: true }),
  passwordSetAt: Nullable(Instant(), { readOnly: true }),
  warnings: Type.Array(FindingSchema, {
    description: 'What keeps it from being used: by now, or because it was written past the API',
  }),
  usedBy: Type.Array(Type.String(), { description: 'Resources that use it; while there are any it stays' }),
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

const { name, protocol, ...optional } = fields;

/** What POST and PUT take: an absent field takes its default, absent secrets stay. */
export const ExchangeConnectionPutSchema = Type.Object(
  {
    name: { ...name, minLength: 1 },
    protocol,
    ...Type.Partial(Type.Object({ ...optional, clientSecret: Nullable(secret), password: Nullable(secret) }))
      .properties,
  },
  { ...closed, $id: 'ExchangeConnectionPut' },
);
export type ExchangeConnectionPut = Static<typeof ExchangeConnectionPutSchema>;

/** What PATCH takes: a JSON merge patch (RFC 7396). Absent keeps, null resets to the default. */
export const ExchangeConnectionPatchSchema = Type.Object(
  {
    name: Type.Optional({ ...name, minLength: 1 }),
    email: Type.Optional(fields.email),
    protocol: Type.Optional(protocol),
    authentication: Type.Optional(Nullable(fields.authentication)),
    cloud: Type.Optional(Nullable(fields.cloud)),
    tenantId: Type.Optional(fields.tenantId),
    clientId: Type.Optional(fields.clientId),
    clientCertificateId: Type.Optional(fields.clientCertificateId),
    clientSecretExpiresAt: Type.Optional(fields.clientSecretExpiresAt),
    authorityUrl: Type.Optional(fields.authorityUrl),
    scope: Type.Optional(fields.scope),
    graphUrl: Type.Optional(fields.graphUrl),
    smtpHostname: Type.Optional(fields.smtpHostname),
    smtpPort: Type.Optional(fields.smtpPort),
    ewsUrl: Type.Optional(fields.ewsUrl),
    impersonation: Type.Optional(Nullable(fields.impersonation)),
    saveSentCopy: Type.Optional(Nullable(fields.saveSentCopy)),
    username: Type.Optional(fields.username),
    servicePrincipal: Type.Optional(fields.servicePrincipal),
    trustedCertificateId: Type.Optional(fields.trustedCertificateId),
    clientSecret: Type.Optional(Nullable(secret)),
    password: Type.Optional(Nullable(secret)),
  },
  { ...closed, $id: 'ExchangeConnectionPatch' },
);
export type ExchangeConnectionPatch = Static<typeof ExchangeConnectionPatchSchema>;
