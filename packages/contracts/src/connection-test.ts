import { type Static, Type } from '@sinclair/typebox';
import { FailureSchema } from './failures.ts';
import { closed, Instant, Line, maxAddressLength, NamedObject, Nullable, StringEnum } from './schemas.ts';
import { ExchangeConnectionPatchSchema } from './settings/exchange-connection.ts';
import { OutgoingServerPatchSchema } from './settings/outgoing-server-schemas.ts';

/**
 * The steps of a test, in their order. Each is ok, failed, or skipped because of what came before. Which of them there
 * are is up to what is tested, see `testStepsOf`.
 */
const connectionTestSteps = [
  'token',
  'resolve',
  'connect',
  'greeting',
  'tls',
  'ehlo',
  'authenticate',
  'mailbox',
  'mail-from',
  'rcpt-to',
  'data',
  'probe',
] as const;
export type ConnectionTestStepName = (typeof connectionTestSteps)[number];

/** The ways to hand mail over that have steps of their own. */
export type TestedProtocol = 'smtp' | 'smtp-oauth' | 'graph' | 'ews';

const smtpOnly: readonly ConnectionTestStepName[] = ['greeting', 'ehlo', 'mail-from', 'rcpt-to', 'data'];
const without = (...names: readonly ConnectionTestStepName[]): readonly ConnectionTestStepName[] =>
  connectionTestSteps.filter((name) => !names.includes(name));

/** The steps of a test by protocol, in their order. */
export const testStepsOf: Readonly<Record<TestedProtocol, readonly ConnectionTestStepName[]>> = {
  smtp: without('token', 'mailbox'),
  'smtp-oauth': without('mailbox'),
  graph: without(...smtpOnly),
  ews: without(...smtpOnly),
};

/** The server's certificate as the test saw it. All of it is untrusted text from the server. */
const PeerCertificateSchema = Type.Object({
  subject: Type.String(),
  issuer: Type.String(),
  subjectAltNames: Type.Array(Type.String()),
  validFrom: Type.String(),
  validTo: Type.String(),
  daysLeft: Type.Integer(),
  fingerprintSha256: Type.String(),
  pem: Type.Optional(Type.String({ description: 'The certificate to import as a trusted certificate' })),
});
export type PeerCertificate = Static<typeof PeerCertificateSchema>;

export const ConnectionTestStepSchema = Type.Object({
  name: StringEnum(connectionTestSteps),
  state: StringEnum(['ok', 'failed', 'skipped']),
  milliseconds: Type.Optional(Type.Integer({ minimum: 0 })),
  detail: Type.Optional(
    Type.String({ description: 'What the step found: an address, a TLS version, a mechanism' }),
  ),
  reply: Type.Optional(Type.String({ description: 'The reply of the server (untrusted text)' })),
  certificate: Type.Optional(PeerCertificateSchema),
  chain: Type.Optional(
    Type.Array(PeerCertificateSchema, { description: 'The certificates that the server sent with its own' }),
  ),
  hint: Type.Optional(FailureSchema),
  /** What works, and yet should be changed. */
  warning: Type.Optional(FailureSchema),
});
export type ConnectionTestStep = Static<typeof ConnectionTestStepSchema>;

const probe = Type.Object(
  {
    to: Line(maxAddressLength, { description: 'The address to send one real mail to' }),
    from: Type.Optional(
      Line(maxAddressLength, {
        description:
          'Sender of that mail. Default: the default sender. Only a real mail shows whether Exchange accepts the sender',
      }),
    ),
  },
  closed,
);

/** What a test is asked for: nothing (the saved settings), a draft as a merge patch over them, a mail to oneself. */
export const ConnectionTestRequestSchema = Type.Object(
  { draft: Type.Optional(OutgoingServerPatchSchema), probe: Type.Optional(probe) },
  { ...closed, $id: 'ConnectionTestRequest' },
);
export type ConnectionTestRequest = Static<typeof ConnectionTestRequestSchema>;

/** The same for an Exchange connection alone, whether a server uses it or not. */
export const ExchangeConnectionTestRequestSchema = Type.Object(
  { draft: Type.Optional(ExchangeConnectionPatchSchema), probe: Type.Optional(probe) },
  { ...closed, $id: 'ExchangeConnectionTestRequest' },
);
export type ExchangeConnectionTestRequest = Static<typeof ExchangeConnectionTestRequestSchema>;

export const ConnectionTestSchema = NamedObject('ConnectionTest', {
  id: Type.String(),
  resource: Type.String({ description: 'The tested resource', examples: ['outgoing-servers/default'] }),
  serverId: Nullable(Type.String(), { description: 'ID of the outgoing server. null for other resources' }),
  state: StringEnum(['running', 'ok', 'failed']),
  requestedAt: Instant(),
  requestedBy: Type.String(),
  startedAt: Nullable(Instant()),
  finishedAt: Nullable(Instant()),
  settingsVersion: Type.Integer({
    description: 'The saved version that was tested, or that the draft is based on',
  }),
  draft: Type.Boolean(),
  probeTo: Nullable(Type.String()),
  mailerId: Nullable(Type.String()),
  steps: Type.Array(ConnectionTestStepSchema),
});
export type ConnectionTest = Static<typeof ConnectionTestSchema>;

export const ConnectionTestListSchema = NamedObject('ConnectionTestList', {
  items: Type.Array(ConnectionTestSchema, { description: 'Newest first' }),
  nextCursor: Nullable(Type.String()),
});
export type ConnectionTestList = Static<typeof ConnectionTestListSchema>;
