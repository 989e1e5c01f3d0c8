import { type Static, Type } from '@sinclair/typebox';
import { Instant, Nullable, StringEnum } from '../schema-helpers.ts';
import { mailVerbs } from './mail-command.ts';
import { recipientOutcomes } from './recipient-result.ts';

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
export const HistoryEntrySchema = Type.Object({
  at: Instant(),
  entry: StringEnum(historyEntries),
  verb: Nullable(StringEnum(mailVerbs), { description: 'null: the service did it by itself' }),
  actor: Nullable(Type.String()),
  requestedBy: Nullable(Type.String({ description: 'The API key it came with' })),
  reason: Nullable(Type.String({ description: 'As whoever asked for it gave it' })),
  detail: Nullable(Type.String({ description: 'A stable code, where there is something to say' })),
  recipients: Type.Array(
    Type.Object({
      address: Type.String(),
      before: StringEnum(recipientOutcomes),
      after: StringEnum(recipientOutcomes),
      correctedAddress: Type.Optional(Type.String()),
      reply: Type.Optional(Type.String({ description: 'What the server had said before (untrusted text)' })),
    }),
    { description: 'Whose outcome it changed, at most 100 of them' },
  ),
});
export type HistoryEntry = Static<typeof HistoryEntrySchema>;
