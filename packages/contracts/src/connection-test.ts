import { type Static, Type } from '@sinclair/typebox';
import { FailureSchema } from './failures.ts';
import {
  closed,
  hint,
  Instant,
  Line,
  type LocalizedText,
  maxAddressLength,
  NamedObject,
  Nullable,
  StringEnum,
} from './schemas.ts';
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
const PeerCertificateSchema = NamedObject('PeerCertificate', {
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

/** What a step does not show though it is ok. Codes are stable. */
const testNoteTexts = {
  'outside-accepted': hint(
    'The server also accepts recipients of other domains. Some servers decide on that again when they have the ' +
      'whole message. Only a test mail to an outside address shows it.',
    'Der Server nimmt auch Empfänger fremder Domains an. Manche Server entscheiden darüber erneut, wenn sie ' +
      'die ganze Nachricht haben. Das zeigt nur eine Testmail an eine fremde Adresse.',
  ),
  'judged-with-message': hint(
    'Exchange decides on sender and recipients only when it has the whole message. Only a test mail to an ' +
      'outside address shows whether mail to other domains goes out.',
    'Exchange entscheidet über Absender und Empfänger erst, wenn es die ganze Nachricht hat. Ob E-Mails an ' +
      'fremde Domains hinausgehen, zeigt nur eine Testmail an eine fremde Adresse.',
  ),
} as const satisfies Record<string, LocalizedText>;
type TestNoteCode = keyof typeof testNoteTexts;

const TestNoteSchema = NamedObject('ConnectionTestNote', {
  code: StringEnum(Object.keys(testNoteTexts) as TestNoteCode[]),
  en: Type.String(),
  de: Type.String(),
});
export type TestNote = Static<typeof TestNoteSchema>;

export function testNote(code: TestNoteCode): TestNote {
  return { code, ...testNoteTexts[code] };
}

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
  note: Type.Optional(TestNoteSchema),
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
  { ...closed, $id: 'ConnectionTestProbe' },
);

const outsideAddress = Type.Optional(
  Line(maxAddressLength, {
    description:
      'SMTP: an address of another organization. The server is asked whether it takes mail for it (RCPT), and no mail is ' +
      'sent there. Default: an address of example.com',
    examples: ['kunde@example.com'],
  }),
);

/** What a test is asked for: nothing (the saved settings), a draft as a merge patch over them, a mail to oneself. */
export const ConnectionTestRequestSchema = Type.Object(
  { draft: Type.Optional(OutgoingServerPatchSchema), outsideAddress, probe: Type.Optional(probe) },
  { ...closed, $id: 'ConnectionTestRequest' },
);
export type ConnectionTestRequest = Static<typeof ConnectionTestRequestSchema>;

/** The same for an Exchange connection alone, whether a server uses it or not. */
export const ExchangeConnectionTestRequestSchema = Type.Object(
  { draft: Type.Optional(ExchangeConnectionPatchSchema), outsideAddress, probe: Type.Optional(probe) },
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
