import { type Static, Type } from '@sinclair/typebox';
import { FailureSchema } from './failures.ts';
import { Instant, NamedObject, Nullable, StringEnum } from './schemas.ts';

/** What one mailer says of the version it was given. */
const MailerApplyStateSchema = Type.Object({
  id: Type.String({ description: 'Mailer id' }),
  version: Type.Integer({ description: 'The newest version this mailer has seen' }),
  state: StringEnum(['pending', 'applied', 'failed']),
  servingVersion: Nullable(
    Type.Integer({ description: 'The version mail is sent with; null: none, mail waits' }),
  ),
  failure: Nullable(FailureSchema),
  reportedAt: Nullable(Instant()),
});
export type MailerApplyState = Static<typeof MailerApplyStateSchema>;

/**
 * How far a version has come. `applied`: every live mailer uses it. `failed`: at least one could not, and keeps
 * serving the version before. `pending`: some have not answered yet. `no-mailer`: nobody is there to answer.
 */
export const ApplyStatusSchema = NamedObject('ApplyStatus', {
  state: StringEnum(['applied', 'pending', 'failed', 'no-mailer']),
  version: Type.Integer(),
  mailers: Type.Array(MailerApplyStateSchema),
});
export type ApplyStatus = Static<typeof ApplyStatusSchema>;
