import { Type } from '@sinclair/typebox';
import { onUnknownPolicies } from '../mail/mail-request.ts';
import { AddressPatchSchema, AddressSchema, Line, Nullable, StringEnum } from '../schemas.ts';
import { type ContentOf } from './field-schemas.ts';
import {
  certificateField,
  choiceField,
  type Condition,
  type FieldTable,
  grantField,
  numberField,
  secretField,
  booleanField,
  textField,
  valueField,
} from './fields.ts';

const serverTypes = ['smtp', 'exchange', 'test-mailbox'] as const;
const copyToSenderModes = ['off', 'bcc', 'auto'] as const;
const whenDisabledModes = ['reject', 'hold'] as const;
const onForeignSenderModes = ['refuse', 'rewrite'] as const;
const encryptions = ['none', 'starttls', 'implicit'] as const;
export const authentications = ['none', 'windows', 'password', 'external'] as const;
const windowsMechanisms = ['negotiate', 'kerberos', 'ntlm'] as const;
export const smimeEncryptModes = ['off', 'when-possible', 'required', 'gateway'] as const;
const contentEncryptions = ['auto', 'aes-256-cbc', 'aes-256-gcm'] as const;
const keyTransports = ['rsa-pkcs1', 'rsa-oaep'] as const;
const rsaSignatures = ['pkcs1', 'pss'] as const;
const limitPresets = ['none', 'exchange-online'] as const;

const always: Condition = [{}];
const usesWindows: Condition = [{ '/smtp/authentication': ['windows'] }];
const usesExternal: Condition = [{ '/smtp/authentication': ['external'] }];
const usesLogin: Condition = [
  { '/smtp/authentication': ['password'] },
  { '/smtp/authentication': ['windows'], '/smtp/windowsMechanism': ['ntlm'] },
];
const signs: Condition = [{ '/smime/sign': [true] }];
const encrypts: Condition = [{ '/smime/encrypt': ['when-possible', 'required', 'gateway'] }];

const limit = (min: number, max: number, description: string) =>
  numberField({ description, range: { min, max, finding: 'limit-out-of-range' } });

const fromPolicies = ['any', 'known', 'known-or-domains'] as const;

/**
 * Which addresses mail may be sent from. New servers allow what is known and one domain; servers that were saved before there
 * were policies allow what they have always allowed.
 */
const fromPolicyPart = {
  group: 'mail',
  later: true,
  keptWhenAbsent: true,
  fields: {
    kind: choiceField(fromPolicies, 'known-or-domains', {
      description:
        'Which addresses mail may be sent from. known: those of active senders, and the default sender. ' +
        'known-or-domains: also those of `domains`. any: every address',
      control: 'select',
      whenAbsent: 'any',
    }),
    domains: valueField(
      Type.Array(Line(253, { minLength: 1, examples: ['acme.example', '*.acme.example'] }), {
        maxItems: 200,
      }),
      [],
      'domains',
      {
        description: 'With `*.` all below a domain. Empty: the domain of the default sender',
        shown: [{ '/fromPolicy/kind': ['known-or-domains'] }],
        format: 'domain',
      },
    ),
  },
} as const;

/** The fields of an outgoing server. Both halves are kept, whichever `serverType` says. */
export const outgoingServerFields = {
  enabled: booleanField(false, {
    control: 'switch',
    description:
      'Whether mail is sent. While it is false, content is saved without being checked, and `warnings` says what ' +
      'would be wrong',
    mandatory: true,
  }),
  serverType: choiceField(serverTypes, 'smtp', {
    description:
      'smtp, exchange: the half of the content that is in use; the other half is kept. test-mailbox: the built-in test ' +
      'mailbox, which delivers nothing',
    mandatory: true,
    check: true,
  }),
  senderAddress: {
    ...valueField(Nullable(AddressSchema), null, 'address', {
      description: 'Default sender',
      group: 'mail',
      required: 'sender-address-required',
      compare: ['name', 'address'],
      format: 'mail-address',
    }),
    patch: Nullable(AddressPatchSchema),
  },
  copyToSender: choiceField(copyToSenderModes, 'off', {
    description:
      'bcc: every mail also goes to its sender. auto: unless the server keeps a copy of sent mail itself',
    group: 'mail',
  }),
  fromPolicy: fromPolicyPart,
  onForeignSender: choiceField(onForeignSenderModes, 'refuse', {
    description:
      'What happens to a mail whose `from` the policy does not allow. rewrite: it is sent as the default sender, and replies ' +
      'go to `from`. Finished messages are refused in any case',
    group: 'mail',
    shown: [{ '/fromPolicy/kind': ['known', 'known-or-domains'] }],
    later: true,
  }),
  timeoutSeconds: valueField(Type.Integer(), 60, 'minutes', {
    description: 'Inactivity limit, 5 to 3600',
    examples: [60],
    group: 'mail',
    range: { min: 5, max: 3600, finding: 'timeout-out-of-range' },
  }),
  whenDisabled: choiceField(whenDisabledModes, 'reject', {
    description: 'What happens to new mail while sending is off',
    group: 'more',
  }),
  onUnknown: valueField(Nullable(StringEnum(onUnknownPolicies)), null, 'select', {
    description:
      'What happens to a mail when the connection breaks after the final dot, unless the mail has its own policy. ' +
      'null: hold with SMTP, reconcile with Exchange',
    group: 'more',
    later: true,
  }),
  smtp: {
    shown: [{ '/serverType': ['smtp'] }],
    keptWhenAbsent: true,
    fields: {
      authentication: choiceField(authentications, 'password', {
        description:
          'windows: Kerberos with the identity of the mailer, or NTLMv2 with a domain user. ' +
          'external: the client certificate is the sign-in (SASL EXTERNAL)',
        destination: true,
      }),
      hostname: textField(253, {
        description: 'Host name or IP address',
        examples: ['mail.acme.example'],
        control: 'url',
        required: 'hostname-required',
        format: 'host',
        destination: true,
      }),
      port: numberField({
        description: 'null: 25, 587 or 465, depending on the encryption',
        examples: [587],
        range: { min: 1, max: 65_535, finding: 'port-out-of-range' },
        destination: true,
      }),
      windowsMechanism: choiceField(windowsMechanisms, 'negotiate', {
        description:
          'For windows. negotiate: Kerberos, or NTLMv2 if Kerberos is not possible and a domain user is given. ' +
          'ntlm: needs a domain user',
        control: 'select',
        shown: usesWindows,
        later: true,
        destination: true,
      }),
      servicePrincipal: textField(300, {
        description:
          'For windows. Replaces SMTPSVC/<hostname>. The class is SMTPSVC or smtp; a host other than hostname has to ' +
          'be one of KERBEROS_HOSTS',
        examples: ['SMTPSVC/mail.acme.example'],
        shown: usesWindows,
        format: 'service-principal',
        check: true,
        later: true,
      }),
      username: textField(320, {
        description: 'For windows: the domain user for NTLM, as DOMAIN\\user or user@domain',
        shown: usesLogin,
        required: 'username-required',
      }),
      password: secretField({ shown: usesLogin, required: 'password-required' }),
      authorizationIdentity: textField(320, {
        description: 'For external. Whom to act as (RFC 4422 §3.4.1). null: the account of the certificate',
        shown: usesExternal,
        later: true,
      }),
      encryption: choiceField(encryptions, 'starttls', {
        description: 'starttls and implicit are always required and verified, never opportunistic',
        control: 'select',
        destination: true,
        check: true,
      }),
      allowCleartextAuthentication: booleanField(false, {
        description: 'Allows authentication over an unencrypted connection',
        shown: [{ '/smtp/encryption': ['none'], '/smtp/authentication': ['windows', 'password'] }],
        required: 'cleartext-authentication',
      }),
      clientCertificateId: certificateField(
        'own',
        { client: always },
        {
          group: 'certificates',
          description: 'Own certificate that the mailer presents to the mail server',
          required: 'certificate-required',
          requiredWhen: usesExternal,
        },
      ),
      identityGrant: grantField({ group: 'certificates' }),
      trustedCertificateId: certificateField(
        'trusted',
        {},
        {
          group: 'certificates',
          description: 'Authority or server certificate to trust instead of the public authorities',
          destination: true,
        },
      ),
    },
  },
  exchange: {
    shown: [{ '/serverType': ['exchange'] }],
    keptWhenAbsent: true,
    fields: {
      connectionId: valueField(Nullable(Line(100)), null, 'reference', {
        description: 'The Exchange connection that mail is sent through',
        required: 'exchange-connection-required',
        names: { resource: 'exchange-connections' },
      }),
    },
  },
  smime: {
    group: 'smime',
    fields: {
      encrypt: choiceField(smimeEncryptModes, 'off', {
        description:
          'when-possible: a message is sent unencrypted if a recipient has no certificate. required: it fails. ' +
          'gateway: every message is encrypted to `gatewayCertificateId`',
        control: 'select',
      }),
      sign: booleanField(false, { description: 'Whether messages are signed' }),
      certificateId: certificateField(
        'own',
        { sign: signs, encrypt: encrypts },
        {
          description: 'Own certificate. It signs, and every encrypted message can also be read with it',
          shown: [...signs, ...encrypts],
          required: 'certificate-required',
          check: true,
        },
      ),
      gatewayCertificateId: certificateField(
        'recipient',
        { encrypt: always },
        {
          description: 'Recipient certificate of the gateway',
          shown: [{ '/smime/encrypt': ['gateway'] }],
          required: 'certificate-required',
          later: true,
        },
      ),
      contentEncryption: choiceField(contentEncryptions, 'auto', {
        description:
          'auto: aes-256-gcm where the certificates of all recipients of a message declare it (RFC 4262), else ' +
          'aes-256-cbc. aes-256-gcm is newer; older mail programs cannot read it',
        control: 'select',
        shown: encrypts,
        later: true,
        whenAbsent: 'aes-256-cbc',
      }),
      keyTransport: choiceField(keyTransports, 'rsa-pkcs1', {
        description: 'For recipients with RSA keys',
        control: 'select',
        shown: encrypts,
        later: true,
      }),
      rsaSignature: choiceField(rsaSignatures, 'pkcs1', {
        description: 'For signatures with RSA keys',
        control: 'select',
        shown: signs,
        later: true,
      }),
    },
  },
  limits: {
    group: 'more',
    later: true,
    fields: {
      preset: choiceField(limitPresets, 'none', {
        description:
          'exchange-online: 3 connections, 30 mails a minute, 10,000 recipients a day, as announced',
      }),
      maxConnections: limit(
        1,
        100,
        'At the same time, 1 to 100: all mailers together never have more. null: as in the preset; where that names ' +
          'none, each mailer begins with 5 and finds by itself how many it needs, 20 at most',
      ),
      mailsPerMinute: limit(1, 1_000_000, 'In any 60 seconds. null: as in the preset'),
      // With less, the owners of twelve partitions could not share a day.
      recipientsPerDay: limit(100, 1_000_000_000, 'In any 24 hours, at least 100. null: as in the preset'),
    },
  },
} as const satisfies FieldTable;

export type OutgoingServerContent = ContentOf<typeof outgoingServerFields>;
export type ServerType = OutgoingServerContent['serverType'];
export type WhenDisabled = OutgoingServerContent['whenDisabled'];
export type SmtpContent = OutgoingServerContent['smtp'];
export type Encryption = SmtpContent['encryption'];
export type WindowsMechanism = SmtpContent['windowsMechanism'];
export type Limits = OutgoingServerContent['limits'];
export type LimitPreset = Limits['preset'];

/** A change after which nothing is sent, and what is asked for waits until sending is switched on again. */
export const sendingSwitchedOff = { enabled: false, whenDisabled: 'hold' } as const;
