import { type Static, Type } from '@sinclair/typebox';
import { FailureSchema } from '../mailer/failure.ts';
import { StringEnum } from '../schema-helpers.ts';

/** What became of one recipient. `pending` and `deferred` are not outcomes yet. */
export const recipientOutcomes = [
  'pending',
  'deferred',
  'sent',
  'rejected',
  'expired',
  'cancelled',
  'unknown',
] as const;
export type RecipientOutcome = (typeof recipientOutcomes)[number];

/** Who may supersede an unknown outcome: a person, or the server when it was asked for the message. */
export const resolvers = ['person', 'reconciliation'] as const;

export const RecipientResultSchema = Type.Object({
  address: Type.String(),
  outcome: StringEnum(recipientOutcomes),
  reply: Type.Optional(
    Type.String({ description: 'What the server said of this recipient (untrusted text)' }),
  ),
  failure: Type.Optional(FailureSchema),
  correctedFrom: Type.Optional(
    Type.String({ description: 'The address the mail was asked for, before a resend' }),
  ),
  resolvedBy: Type.Optional(
    StringEnum(resolvers, { description: 'Who said what became of an unknown outcome' }),
  ),
});
export type RecipientResult = Static<typeof RecipientResultSchema>;
