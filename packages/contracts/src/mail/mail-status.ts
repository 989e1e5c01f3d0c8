import { type Static, Type } from '@sinclair/typebox';
import { FailureSchema } from '../failures.ts';
import { FindingSchema } from '../problems.ts';
import { AddressSchema, Instant, NamedObject, Nullable, StringEnum } from '../schemas.ts';
import { smimeEncryptModes } from '../settings/outgoing-server.ts';
import { mailVerbs } from './mail-command.ts';
import { onUnknownPolicies, priorities, RequesterSchema } from './mail-request.ts';

/** What became of one recipient. `pending` and `deferred` are not outcomes yet. */
const recipientOutcomes = [
  'pending',
  'deferred',
  'sent',
  'rejected',
  'expired',
  'cancelled',
  'unknown',
] as const;
export type RecipientOutcome = (typeof recipientOutcomes)[number];
const RecipientOutcomeSchema = StringEnum(recipientOutcomes, { $id: 'RecipientOutcome' });

/** Who may supersede an unknown outcome: a person, or the server when it was asked for the message. */
export const resolvers = ['person', 'reconciliation'] as const;

/** What a server can know a mail by whose reply was lost. */
export const lookupWitnesses = ['message-id', 'date-subject-recipients', 'none'] as const;
export type LookupWitness = (typeof lookupWitnesses)[number];

/** `ambiguous`: the server has a message that may be the mail, or another one like it. */
export const lookupEnds = ['unsupported', 'no-answer', 'ambiguous'] as const;
export type LookupEnd = (typeof lookupEnds)[number];

export const RecipientResultSchema = NamedObject('RecipientResult', {
  address: Type.String(),
  outcome: RecipientOutcomeSchema,
  reply: Type.Optional(
    Type.String({ description: 'The reply of the server for this recipient (untrusted text)' }),
  ),
  failure: Type.Optional(FailureSchema),
  correctedFrom: Type.Optional(
    Type.String({ description: 'The address before it was corrected by a resend' }),
  ),
  resolvedBy: Type.Optional(StringEnum(resolvers, { description: 'Who resolved an unknown outcome' })),
  deliveredTo: Type.Optional(
    Type.Array(Type.String(), {
      description:
        'The mail was redirected: these addresses stood in the envelope instead, and the outcome is theirs',
    }),
  ),
});
export type RecipientResult = Static<typeof RecipientResultSchema>;

const historyEntries = [
  'held',
  'released',
  'cancelled',
  'requeued',
  'resolved',
  'lookup-ended',
  'declined',
] as const;

/**
 * What happened to a mail beside its attempts, and who wanted it. An outcome is final: where a later round or a
 * resolution sets another one, the earlier stands here.
 */
const HistoryEntrySchema = NamedObject('HistoryEntry', {
  at: Instant(),
  entry: StringEnum(historyEntries),
  verb: Nullable(StringEnum(mailVerbs), { description: 'null: the service acted on its own' }),
  actor: Nullable(Type.String()),
  requestedBy: Nullable(Type.String({ description: 'The API key of the request' })),
  reason: Nullable(Type.String({ description: 'The reason given in the request' })),
  detail: Nullable(Type.String({ description: 'A stable code, if there are details' })),
  recipients: Type.Array(
    Type.Object({
      address: Type.String(),
      before: RecipientOutcomeSchema,
      after: RecipientOutcomeSchema,
      correctedAddress: Type.Optional(Type.String()),
      reply: Type.Optional(Type.String({ description: 'The previous reply of the server (untrusted text)' })),
    }),
    { description: 'The recipients whose outcome it changed, at most 100' },
  ),
});
export type HistoryEntry = Static<typeof HistoryEntrySchema>;

/** Why a mail request was set aside. */
export const requestRefusals = [
  'unreadable',
  'invalid',
  'idempotency-conflict',
  'mail-disabled',
  'sender-not-allowed',
] as const;

/** What is known of a request that was set aside, beside the reason. Absent where the record does not tell it. */
export const refusedRequestFields = {
  businessReference: Type.Optional(Nullable(Type.String())),
  metadata: Type.Optional(Type.Record(Type.String(), Type.String())),
  findings: Type.Optional(
    Type.Array(
      // Unlike in an answer the code is open: an event with one that a reader does not know is an event all the same.
      Type.Object({ ...FindingSchema.properties, code: Type.String({ examples: ['address-invalid'] }) }),
      { description: 'What is wrong with the data of the record, as over HTTP' },
    ),
  ),
};

/** A record of the topic of requests that no mail came from, or whose mail could not be sent. */
const RefusedRequestSchema = Type.Object({
  partition: Type.Integer({ minimum: 0 }),
  offset: Type.Integer({ minimum: 0 }),
  code: StringEnum(requestRefusals),
  detail: Type.String(),
  mailId: Nullable(Type.String(), { description: 'null if the record does not contain a readable ID' }),
  refusedAt: Instant(),
  ...refusedRequestFields,
});
export type RefusedRequest = Static<typeof RefusedRequestSchema>;

export const RefusedRequestListSchema = NamedObject('RefusedRequestList', {
  items: Type.Array(RefusedRequestSchema, { description: 'Newest first' }),
  nextCursor: Nullable(Type.String()),
});
export type RefusedRequestList = Static<typeof RefusedRequestListSchema>;

export const mailStates = [
  'queued',
  'sending',
  'deferred',
  'held',
  'sent',
  'partly-sent',
  'failed',
  'expired',
  'cancelled',
  'unknown',
] as const;
export type MailState = (typeof mailStates)[number];
export const MailStateSchema = StringEnum(mailStates, { $id: 'MailState' });

/** How much of a redirected attempt was changed. */
export const redirections = ['message', 'envelope'] as const;
export type Redirection = (typeof redirections)[number];

const notOffered = ['dsn', 'bounce-address'] as const;
export type NotOffered = (typeof notOffered)[number];

/** One try to hand the mail over. `settingsVersion` is the one version everything in this attempt came from. */
export const AttemptSchema = NamedObject('Attempt', {
  number: Type.Integer({ minimum: 1 }),
  startedAt: Instant(),
  endedAt: Nullable(Instant()),
  settingsVersion: Type.Integer(),
  server: Type.String({ examples: ['mail.acme.example:587'] }),
  tls: Nullable(Type.String({ examples: ['TLSv1.3 TLS_AES_256_GCM_SHA384'] })),
  outcome: Nullable(StringEnum(['sent', 'partly-sent', 'deferred', 'failed', 'unknown'])),
  reply: Nullable(Type.String()),
  failure: Nullable(FailureSchema),
  notOffered: Type.Optional(
    Type.Array(StringEnum(notOffered), {
      description:
        'What the mail asks for and the server cannot do; the mail went out without it. dsn: reports of delivery as ' +
        'requested. bounce-address: an envelope sender of its own',
    }),
  ),
  redirected: Type.Optional(
    StringEnum(redirections, {
      description:
        'Set where the mail went to the addresses of the sending mode instead of its recipients. message: the message ' +
        'names the recipients that were meant. envelope: the message was finished before, so only its envelope was changed',
    }),
  ),
});
export type Attempt = Static<typeof AttemptSchema>;

/** Why the mail went out the way it did; fixed by the first attempt, so every resend is the same. */
/** What S/MIME made of the mail; every resend gets these very bytes. */
const SmimeDecisionSchema = NamedObject('SmimeDecision', {
  signedWith: Nullable(Type.String(), { description: 'ID of the certificate. null: the mail is not signed' }),
  encrypt: StringEnum(smimeEncryptModes),
  withoutCertificate: Type.Array(Type.String(), {
    description: 'when-possible: the recipients without a usable certificate. Their message is not encrypted',
  }),
  messages: Type.Array(
    Type.Object({
      for: Nullable(Type.String(), { description: 'A Bcc recipient. null: all other recipients' }),
      encrypted: Type.Boolean(),
      sha256: Type.String({ description: 'Digest of the message in the content store' }),
      sizeBytes: Type.Integer(),
    }),
  ),
});
export type SmimeDecision = Static<typeof SmimeDecisionSchema>;

/** What leads to a sender, in the order in which it counts. */
export const senderRules = [
  'explicit',
  'id',
  'employee-at-branch',
  'employee',
  'department-at-branch',
  'department',
  'branch',
  'purpose',
  'default',
] as const;
export type SenderRule = (typeof senderRules)[number];

export const TriedSenderSchema = NamedObject('TriedSender', {
  rule: StringEnum(senderRules),
  key: Type.String(),
  branch: Nullable(Type.String()),
  result: StringEnum(['found', 'inactive', 'unknown'], {
    description: 'inactive: there is such a sender, but it is not active',
  }),
});
export type TriedSender = Static<typeof TriedSenderSchema>;

/** The sender of a mail that names one, with everything that the sender adds. */
const SenderDecisionSchema = NamedObject('SenderDecision', {
  rule: StringEnum(senderRules, { description: 'What has led to the sender' }),
  senderId: Nullable(Type.String(), { description: 'null: `from`, or the default sender' }),
  senderVersion: Nullable(Type.Integer({ minimum: 1 })),
  tried: Type.Array(TriedSenderSchema, { description: 'What was looked for, in its order' }),
  replyTo: Type.Array(AddressSchema, { description: 'Where replies go, unless the mail says so itself' }),
  mailbox: Nullable(Type.String(), { description: 'The mailbox that Exchange sends through' }),
  certificateId: Nullable(Type.String(), {
    description: 'The certificate that signs instead of the one of the outgoing server',
  }),
  /** The `from` of the mail, which the policy of the outgoing server has replaced by the default sender. */
  rewrittenFrom: Type.Optional(AddressSchema),
});
export type SenderDecision = Static<typeof SenderDecisionSchema>;

export const DecisionsSchema = NamedObject('Decisions', {
  serverId: Type.String(),
  sender: Type.Union([StringEnum(['explicit', 'default', 'message']), SenderDecisionSchema], {
    description:
      'The rule that chose the sender, as a text where the mail does not name one of the settings. message: the finished ' +
      'message contains it',
  }),
  from: AddressSchema,
  envelopeFrom: Type.String(),
  copies: Type.Array(
    Type.Object({ address: Type.String(), rule: StringEnum(['copy-to-sender', 'always-copy']) }),
  ),
  onUnknown: Type.Optional(
    StringEnum(onUnknownPolicies, {
      description:
        'What happens when the outcome is unknown. Absent in old events: the policy of the request, otherwise hold',
    }),
  ),
  smime: Type.Optional(SmimeDecisionSchema),
});
export type Decisions = Static<typeof DecisionsSchema>;

/**
 * Why a mail is held. `mail-disabled`: sending is switched off; only this ends by itself. `requested`: somebody asked for
 * it. `restored`: it comes from a backup in which it had not ended. `sending-mode`: the sending mode is `hold`.
 * `redirected`: it waited while mail was redirected, and now it would reach its recipients. `redirect-certificate`: it is to
 * be encrypted, and there is no certificate for the address that it is redirected to. `redirect-unsafe`: its server takes
 * recipients from the message, and this finished one cannot be changed so that nobody else gets it.
 */
export const heldReasons = [
  'mail-disabled',
  'requested',
  'restored',
  'sending-mode',
  'redirected',
  'redirect-certificate',
  'redirect-unsafe',
] as const;
export type HeldReason = (typeof heldReasons)[number];

const summaryFields = {
  id: Type.String(),
  messageId: Nullable(Type.String()),
  state: MailStateSchema,
  priority: StringEnum(priorities, { description: 'Which mail goes first where mail waits' }),
  businessReference: Nullable(Type.String()),
  metadata: Type.Record(Type.String(), Type.String()),
  subject: Nullable(Type.String()),
  from: Nullable(Type.String(), {
    description: 'The address of the sender. null: the default sender, before the first attempt',
  }),
  attachments: Type.Array(Type.String(), {
    description: 'The file names of the attachments. Those of a finished message are not listed',
  }),
  requestedBy: Nullable(RequesterSchema, { description: 'Whose mail it is. null: nobody knows' }),
  acceptedAt: Instant(),
  nextAttemptAt: Nullable(Instant()),
  heldFor: Nullable(StringEnum(heldReasons)),
  redirected: Type.Boolean({
    description: 'Whether a recipient was redirected: other addresses have the mail, or were to have it',
  }),
  notAfter: Instant({ description: 'Recipients that still wait at this time expire' }),
  failure: Nullable(FailureSchema, {
    description: 'Why a finished mail did not reach every recipient. `recipients` contains the replies',
  }),
  recipients: Type.Array(RecipientResultSchema),
};

/** A mail as a list shows it. */
export const MailSummarySchema = NamedObject('MailSummary', summaryFields);
export type MailSummary = Static<typeof MailSummarySchema>;

export const MailStatusSchema = NamedObject('MailStatus', {
  ...summaryFields,
  attempts: Type.Array(AttemptSchema),
  decisions: Nullable(DecisionsSchema, { description: 'null before the first attempt' }),
  waitingFor: Nullable(FailureSchema, { description: 'Why the mail is waiting' }),
  waitsForMailId: Nullable(Type.String(), {
    description: 'The mail with the same ordering key that has to end first, or null',
  }),
  sendAt: Nullable(Instant(), { description: 'The mail is not sent before this time, as requested' }),
  round: Type.Integer({
    minimum: 1,
    description: 'The number of the generation. Each resend opens another one',
  }),
  history: Type.Array(HistoryEntrySchema, { description: 'The last 50 entries, oldest first' }),
});
export type MailStatus = Static<typeof MailStatusSchema>;

/** The answer to an accepted mail. */
export const MailAcceptedSchema = NamedObject('MailAccepted', {
  id: Type.String(),
  messageId: Nullable(Type.String()),
  state: MailStateSchema,
});
export type MailAccepted = Static<typeof MailAcceptedSchema>;
