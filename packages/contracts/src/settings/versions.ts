import { type Static, Type } from '@sinclair/typebox';
import { FailureSchema } from '../failures.ts';
import { ActorSchema, closed, Instant, Line, NamedObject, Nullable, StringEnum } from '../schemas.ts';

/** What one mailer says of the version it was given. */
const MailerApplyStateSchema = NamedObject('MailerApplyState', {
  id: Type.String({ description: 'Mailer id' }),
  version: Type.Integer({ description: 'The newest version that this mailer has read' }),
  state: StringEnum(['pending', 'applied', 'failed']),
  servingVersion: Nullable(
    Type.Integer({ description: 'The version that mail is sent with. null: none, and mail waits' }),
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

export const changeOperations = ['create', 'put', 'patch', 'revert', 'delete'] as const;
export type ChangeOperation = (typeof changeOperations)[number];

/** One value that differs between two versions. Of a secret only the fact that it changed is shown. */
const DifferenceSchema = NamedObject('Difference', {
  pointer: Type.String({ description: 'JSON pointer (RFC 6901)', examples: ['/smtp/hostname'] }),
  secret: Type.Boolean({ description: 'Whether the value is a secret. `from` and `to` are then null' }),
  from: Type.Unknown(),
  to: Type.Unknown(),
});
export type Difference = Static<typeof DifferenceSchema>;

/** Who changed what, when and why. */
export const ChangeSchema = NamedObject('Change', {
  version: Type.Integer({ minimum: 1 }),
  changedAt: Instant(),
  changedBy: ActorSchema,
  operation: StringEnum(changeOperations),
  revertedTo: Nullable(Type.Integer({ minimum: 0 })),
  reason: Nullable(Type.String()),
  differences: Type.Array(DifferenceSchema, { description: 'Differences from the previous version' }),
});
export type Change = Static<typeof ChangeSchema>;

export const HistorySchema = NamedObject('History', {
  items: Type.Array(ChangeSchema, { description: 'Newest first' }),
  nextCursor: Nullable(Type.String()),
});
export type History = Static<typeof HistorySchema>;

export const DiffSchema = NamedObject('Diff', {
  from: Type.Integer(),
  to: Type.Integer(),
  differences: Type.Array(DifferenceSchema),
});
export type Diff = Static<typeof DiffSchema>;

export const RevertSchema = Type.Object(
  {
    version: Type.Integer({ minimum: 0, description: 'The version whose values are restored' }),
    reason: Type.Optional(Line(500)),
  },
  { ...closed, $id: 'Revert' },
);
