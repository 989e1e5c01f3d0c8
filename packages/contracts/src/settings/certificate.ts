import { type Static, Type } from '@sinclair/typebox';
import { FindingSchema } from '../problems.ts';
import { closed, hint as text, Instant, Line, NamedObject, Nullable, StringEnum } from '../schemas.ts';
import { type ContentOf, drawProperties, viewProperties } from './field-schemas.ts';
import { choiceField, type FieldTable, secretField, valueField } from './fields.ts';
import type { TextsOf } from './form.ts';
import { ChangeSchema } from './versions.ts';

export const certificateKinds = ['own', 'trusted', 'recipient'] as const;
export type CertificateKind = (typeof certificateKinds)[number];

/** What a certificate of somebody can be used for; trusting one needs no usage. */
export const certificateUses = ['sign', 'encrypt', 'client'] as const;
export type CertificateUse = (typeof certificateUses)[number];

const names = Type.Array(Line(1000));

/** What a certificate says of itself. Whoever made it can have written anything into it. */
const CertificateDetailsSchema = Type.Object({
  subject: Type.String({ examples: ['C=DE, O=ACME GmbH, CN=Rechnungsstelle'] }),
  issuer: Type.String(),
  serialNumber: Type.String(),
  addresses: { ...names, description: 'Mail addresses, of subjectAltName and subject' },
  dnsNames: names,
  ipAddresses: names,
  validFrom: Instant(),
  validTo: Instant(),
  fingerprintSha256: Type.String({ description: 'Hexadecimal, separated by colons' }),
  publicKey: Type.Object({
    type: Type.String({ examples: ['rsa', 'ec'] }),
    bits: Nullable(Type.Integer()),
    curve: Nullable(Type.String()),
  }),
  publicKeySha256: Type.String({ description: 'base64url' }),
  isAuthority: Type.Boolean(),
  isSelfSigned: Type.Boolean(),
  keyUsage: Nullable(Type.Array(Type.String()), { description: 'null: unrestricted' }),
  extendedKeyUsage: Nullable(Type.Array(Type.String()), {
    description: 'Object identifiers. null: unrestricted',
  }),
  goodFor: Type.Array(StringEnum(certificateUses), {
    description: 'The uses that the key and the key usages allow, regardless of expiry',
  }),
});

const pem = Type.String({ maxLength: 100_000 });

/** The fields of a certificate. Only its name can be changed; everything else follows from files, keys and requests. */
export const certificateFields = {
  name: valueField(Line(100), '', 'text', {
    description: 'Display name',
    examples: ['S/MIME 2026'],
    mandatory: true,
    required: 'required',
  }),
  kind: choiceField(certificateKinds, 'own', {
    description:
      'own: with a private key, to sign and to authenticate. trusted: an authority, or the certificate of one server. ' +
      'recipient: mail to its addresses is encrypted with it',
    mandatory: true,
  }),
  certificate: valueField(Nullable(pem), null, 'none', {
    description: 'PEM. null: it has been requested but not issued yet',
    compare: [],
  }),
  details: valueField(Nullable(CertificateDetailsSchema), null, 'none', {
    description: 'What the certificate contains',
    compare: ['subject', 'validTo', 'fingerprintSha256'],
  }),
  chain: valueField(Type.Array(pem), [], 'none', {
    description: 'PEM: the issuer, the issuer of the issuer, and so on',
  }),
  signingRequest: valueField(Nullable(pem), null, 'none', {
    description: 'PEM (PKCS#10) of a key that was created here: what an authority certifies',
  }),
  publicKeySha256: valueField(Nullable(Type.String()), null, 'none', {
    description: 'The key that the private key belongs to',
    compare: [],
  }),
  privateKey: secretField({ control: 'none' }),
} as const satisfies FieldTable;

/** What people read about the fields of a certificate. */
export const certificateTexts: TextsOf<typeof certificateFields> = {
  '/name': {
    label: text('Name', 'Name'),
    help: text('A name for this certificate.', 'Wie das Zertifikat hier heißt.'),
  },
  '/kind': {
    label: text('Use', 'Verwendung'),
    help: text(
      'The file of your own certificate must contain its private key. The key is stored encrypted and never ' +
        'leaves the mailer again.',
      'Ein eigenes Zertifikat braucht seinen privaten Schlüssel in der Datei. Er wird verschlüsselt gespeichert ' +
        'und verlässt den Mailer nie wieder.',
    ),
    choices: {
      own: text('Yours (with private key)', 'Eigenes (mit privatem Schlüssel)'),
      trusted: text('Trusted', 'Vertrauenswürdig'),
      recipient: text('Recipient', 'Empfänger'),
    },
  },
  '/certificate': { label: text('Certificate', 'Zertifikat') },
  '/details': {
    label: text('Details', 'Angaben'),
    members: {
      subject: { label: text('Issued to', 'Ausgestellt für') },
      validTo: { label: text('Valid until', 'Gültig bis') },
      fingerprintSha256: { label: text('SHA-256 fingerprint', 'SHA-256') },
    },
  },
  '/chain': { label: text('Certificates of the issuers', 'Zertifikate der Aussteller') },
  '/signingRequest': { label: text('Certificate request', 'Zertifikatsanforderung') },
  '/publicKeySha256': { label: text('Public key', 'Öffentlicher Schlüssel') },
  '/privateKey': { label: text('Private key', 'Privater Schlüssel') },
};

const { name, kind } = drawProperties(certificateFields, 'content');

/** The private key is PKCS#8, sealed to the mailers. */
export type CertificateContent = ContentOf<typeof certificateFields>;

/** The content as it is in events, old ones included: fields that came later may be absent. */
export const StoredCertificateContentSchema = Type.Object(drawProperties(certificateFields, 'stored'));

const view = {
  id: Type.String(),
  version: Type.Integer({ minimum: 1, description: 'Also the ETag' }),
  ...viewProperties(certificateFields),
  issuerKnown: Type.Boolean({
    description: 'Whether the chain leads to a trusted authority, or the certificate is one',
  }),
  daysLeft: Nullable(Type.Integer(), { description: 'Days until expiry. Negative: days since expiry' }),
  warnings: Type.Array(FindingSchema, { description: 'What prevents its use at present' }),
  usedBy: Type.Array(Type.String(), {
    description: 'The resources that use it. It cannot be deleted while it is in use',
  }),
  updatedAt: Instant(),
  updatedBy: Type.String(),
};

export const CertificateViewSchema = NamedObject('CertificateView', view);
export type CertificateView = Static<typeof CertificateViewSchema>;

export const CertificateListSchema = NamedObject('CertificateList', {
  items: Type.Array(CertificateViewSchema),
});

/** An earlier version. Null: there was none yet, or no longer. */
export const CertificateVersionSchema = NamedObject('CertificateVersion', {
  change: Nullable(ChangeSchema),
  certificate: Nullable(CertificateViewSchema),
});
export type CertificateVersion = Static<typeof CertificateVersionSchema>;

const file = {
  content: Type.String({
    minLength: 1,
    maxLength: 1_500_000,
    writeOnly: true,
    description: 'The file as base64: PEM, DER, PKCS#7 or PKCS#12. Never returned',
  }),
  password: Type.Optional(
    Type.String({
      maxLength: 1024,
      writeOnly: true,
      description: 'The password of PKCS#12 files and encrypted keys. Not stored',
    }),
  ),
};

const keyContent = Type.Optional(
  Type.String({
    minLength: 1,
    maxLength: 100_000,
    writeOnly: true,
    description: 'base64 of a second file with the private key, where it is not in the first. Never returned',
  }),
);

/** A certificate file to be imported. */
export const ImportCertificateSchema = Type.Object(
  { name, kind, ...file, keyContent },
  { ...closed, $id: 'ImportCertificate' },
);
export type ImportCertificate = Static<typeof ImportCertificateSchema>;

/** The certificate that an authority has issued for a key that is here already. */
export const IssuedCertificateSchema = Type.Object(file, { ...closed, $id: 'IssuedCertificate' });
export type IssuedCertificate = Static<typeof IssuedCertificateSchema>;

const subjectText = Line(200, {
  pattern: '^[^\\u0000-\\u001F\\u007F-\\u009F]*\\S[^\\u0000-\\u001F\\u007F-\\u009F]*$',
});

/** A key to be created, and whom an authority is to certify it for. */
export const CreateKeySchema = Type.Object(
  {
    name,
    keyType: StringEnum(['rsa-2048', 'rsa-3072', 'rsa-4096', 'p-256', 'p-384']),
    subject: Type.Object(
      {
        commonName: subjectText,
        organization: Type.Optional(subjectText),
        organizationalUnit: Type.Optional(subjectText),
        locality: Type.Optional(subjectText),
        state: Type.Optional(subjectText),
        country: Type.Optional(Type.String({ pattern: '^[A-Z]{2}$' })),
        addresses: Type.Optional(Type.Array(Line(254), { maxItems: 20 })),
        dnsNames: Type.Optional(Type.Array(Line(253), { maxItems: 20 })),
      },
      closed,
    ),
  },
  { ...closed, $id: 'CreateKey' },
);
export type CreateKey = Static<typeof CreateKeySchema>;

/** What can be changed of a certificate: its name. */
export const CertificatePatchSchema = Type.Object(
  { name: Type.Optional(name) },
  { ...closed, $id: 'CertificatePatch' },
);
export type CertificatePatch = Static<typeof CertificatePatchSchema>;

/** A file with certificates of recipients to be imported, any number. */
export const ImportRecipientsSchema = Type.Object(
  { ...file, name: Type.Optional(Line(100, { description: 'Absent: the addresses of the certificate' })) },
  { ...closed, $id: 'ImportRecipients' },
);

/** What became of each certificate of the file. */
export const ImportedRecipientsSchema = NamedObject('ImportedRecipients', {
  items: Type.Array(
    Type.Object({
      state: StringEnum(['imported', 'known', 'refused']),
      id: Nullable(Type.String(), { description: 'null if the certificate was refused' }),
      subject: Type.String(),
      addresses: Type.Array(Type.String()),
      validTo: Type.String(),
      findings: Type.Array(FindingSchema),
    }),
  ),
});

const credentialStates = ['valid', 'expiring', 'expired'] as const;

/** Something that ends by itself some day: a certificate, or a client secret whose end is known. */
export const CredentialSchema = Type.Object({
  resource: Type.String({ examples: ['certificates/5b1c…', 'exchange-connections/b4c7d9e2'] }),
  credential: StringEnum(['certificate', 'client-secret']),
  name: Type.String(),
  expiresAt: Instant(),
  daysLeft: Type.Integer(),
  state: StringEnum(credentialStates, { description: 'expiring: within 60 days' }),
  usedBy: Type.Array(Type.String()),
});
export type Credential = Static<typeof CredentialSchema>;

export const CredentialListSchema = NamedObject('CredentialList', {
  items: Type.Array(CredentialSchema, { description: 'Sorted by expiry, the earliest first' }),
});
