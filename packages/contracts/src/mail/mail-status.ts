import { type Static, Type } from '@sinclair/typebox';
import { AddressSchema } from '../address.ts';
import { FailureSchema } from '../mailer/failure.ts';
import { smimeEncryptModes } from '../settings/outgoing-server.ts';
import { Instant, Nullable, StringEnum } from '../schema-helpers.ts';
import { HistoryEntrySchema } from './mail-history.ts';
import { onUnknownPolicies } from './on-unknown.ts';
import { RecipientResultSchema } from './recipient-result.ts';

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

/** One try to hand the mail over. `settingsVersion` is the one version everything in this attempt came from. */
export const AttemptSchema = Type.Object({
  number: Type.Integer({ minimum: 1 }),
  startedAt: Instant(),
  endedAt: Nullable(Instant()),
  settingsVersion: Type.Integer(),
  server: Type.String({ examples: ['mail.acme.example:587'] }),
  tls: Nullable(Type.String({ examples: ['TLSv1.3 TLS_AES_256_GCM_SHA384'] })),
  outcome: Nullable(StringEnum(['sent', 'partly-sent', 'deferred', 'failed', 'unknown'])),
  reply: Nullable(Type.String()),
  failure: Nullable(FailureSchema),
});
export type Attempt = Static<typeof AttemptSchema>;

/** Why the mail went out the way it did; fixed by the first attempt, so every resend is the same. */
/** What S/MIME made of the mail; every resend gets these very bytes. */
export const SmimeDecisionSchema = Type.Object({
  signedWith: Nullable(Type.String(), { description: 'Id of the certificate; null: not signed' }),
  encrypt: StringEnum(smimeEncryptModes),
  withoutCertificate: Type.Array(Type.String(), {
    description: 'when-possible: recipients without a usable certificate, so their message is not encrypted',
  }),
  messages: Type.Array(
    Type.Object({
      for: Nullable(Type.String(), { description: 'A hidden recipient; null: all the others' }),
      encrypted: Type.Boolean(),
      sha256: Type.String({ description: 'Of the message, in the content store' }),
      sizeBytes: Type.Integer(),
    }),
  ),
});
export type SmimeDecision = Static<typeof SmimeDecisionSchema>;

export const DecisionsSchema = Type.Object({
  serverId: Type.String(),
  sender: StringEnum(['explicit', 'default', 'message'], {
    description: 'Which rule chose the sender; message: it stands in the finished message',
  }),
  from: AddressSchema,
  envelopeFrom: Type.String(),
  copies: Type.Array(Type.Object({ address: Type.String(), rule: StringEnum(['copy-to-sender']) })),
  onUnknown: Type.Optional(
    StringEnum(onUnknownPolicies, {
      description: 'What becomes of an unknown outcome. Absent in old events: as the request said, else hold',
    }),
  ),
  smime: Type.Optional(SmimeDecisionSchema),
});
export type Decisions = Static<typeof DecisionsSchema>;

/** Why a mail is held: sending is switched off, or somebody asked for it. Only the first ends by itself. */
export const heldReasons = ['mail-disabled', 'requested'] as const;
export type HeldReason = (typeof heldReasons)[number];

const summaryFields = {
  id: Type.String(),
  messageId: Nullable(Type.String()),
  state: StringEnum(mailStates),
  businessReference: Nullable(Type.String()),
  metadata: Type.Record(Type.String(), Type.String()),
  subject: Nullable(Type.String()),
  acceptedAt: Instant(),
  nextAttemptAt: Nullable(Instant()),
  heldFor: Nullable(StringEnum(heldReasons)),
  notAfter: Instant({ description: 'What still waits then expires' }),
  failure: Nullable(FailureSchema, {
    description: 'Of a mail that ended without reaching everyone: why. The reply stands at the recipient',
  }),
  recipients: Type.Array(RecipientResultSchema),
};

export const MailSummarySchema = Type.Object(summaryFields);
export type MailSummary = Static<typeof MailSummarySchema>;

export const MailStatusSchema = Type.Object({
  ...summaryFields,
  attempts: Type.Array(AttemptSchema),
  decisions: Nullable(DecisionsSchema, { description: 'null until the first attempt' }),
  waitingFor: Nullable(FailureSchema, { description: 'Why a waiting mail does not move' }),
  sendAt: Nullable(Instant(), { description: 'Not sent before this time, as it was asked for' }),
  round: Type.Integer({ minimum: 1, description: 'Each resend opens another one' }),
  history: Type.Array(HistoryEntrySchema, { description: 'Oldest first, the last 50' }),
});
export type MailStatus = Static<typeof MailStatusSchema>;

export const MailListSchema = Type.Object({
  items: Type.Array(MailSummarySchema, { description: 'Newest first' }),
  nextCursor: Nullable(Type.String()),
});
export type MailList = Static<typeof MailListSchema>;

/** The answer to an accepted mail. */
export const MailAcceptedSchema = Type.Object({
  id: Type.String(),
  messageId: Nullable(Type.String()),
  state: StringEnum(mailStates),
});
export type MailAccepted = Static<typeof MailAcceptedSchema>;
