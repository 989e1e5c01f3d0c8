import { type Static, type TInteger, Type } from '@sinclair/typebox';
import { type FailureCode, failureTexts } from '../failures.ts';
import { closed, Instant, Line, NamedObject, Nullable, StringEnum } from '../schemas.ts';
import { AnsweredCommandSchema, CancelMailSchema } from './mail-command.ts';
import { RequesterSchema } from './mail-request.ts';
import { type MailState, mailStates, MailStateSchema, MailSummarySchema } from './mail-status.ts';

/** A page of mails. */
export const MailListSchema = NamedObject('MailList', {
  items: Type.Array(MailSummarySchema, { description: 'In the order of `sort`' }),
  nextCursor: Nullable(Type.String(), { description: 'null: this is the last page' }),
});
export type MailList = Static<typeof MailListSchema>;

/** How many mails match a filter. */
export const MailCountsSchema = NamedObject('MailCounts', {
  total: Type.Integer({ minimum: 0 }),
  states: Type.Object(
    Object.fromEntries(mailStates.map((state) => [state, Type.Integer({ minimum: 0 })])) as Record<
      MailState,
      TInteger
    >,
  ),
  complete: Type.Boolean({
    description: 'false: counting ended early, and there are at least as many mails as the answer says',
  }),
});

/** What can be asked of many mails at once, by one command. */
export const bulkVerbs = ['resend', 'release', 'cancel'] as const;
export type BulkVerb = (typeof bulkVerbs)[number];

/** Which mails. Everything that is named has to be so. */
export const MailFilterSchema = Type.Object(
  {
    states: Type.Optional(
      Type.Array(MailStateSchema, {
        minItems: 1,
        maxItems: mailStates.length,
        description: 'Only mails in these states. Absent: the states in which the verb can have an effect',
      }),
    ),
    failure: Type.Optional(
      StringEnum(Object.keys(failureTexts) as FailureCode[], {
        description: 'Only mails with a recipient that has this failure',
      }),
    ),
    businessReference: Type.Optional(Line(200, { description: 'Only mails with exactly this reference' })),
    since: Type.Optional(Instant({ description: 'Only mails accepted at this time or later' })),
    until: Type.Optional(Instant({ description: 'Only mails accepted before this time' })),
  },
  { ...closed, $id: 'MailFilter' },
);
export type MailFilter = Static<typeof MailFilterSchema>;

const asked = {
  filter: MailFilterSchema,
  notAfter: Type.Optional(
    Nullable(Instant({ description: 'For resend and release: the mails expire at this time' })),
  ),
  ...CancelMailSchema.properties,
};

export const BulkMailSchema = Type.Object(
  {
    ...asked,
    dryRun: Type.Optional(Type.Boolean({ description: 'Only count the mails' })),
  },
  { ...closed, $id: 'BulkMail' },
);

/** What a bulk command will do, or would do. */
export const BulkMailAnswerSchema = NamedObject('BulkMailAnswer', {
  id: Nullable(Type.String({ description: 'The ID of the command; null for a dry run' })),
  verb: StringEnum(bulkVerbs),
  matched: Type.Integer({ minimum: 0, description: 'How many mails the filter matches at this moment' }),
});
export type BulkMailAnswer = Static<typeof BulkMailAnswerSchema>;

export const MailBulkRequestedSchema = Type.Object(
  {
    verb: StringEnum(bulkVerbs),
    ...asked,
    requestedBy: Type.Optional(Line(200, { description: 'The API key of the request' })),
    of: Type.Optional(
      Type.Unsafe<Static<typeof RequesterSchema>>({
        ...RequesterSchema,
        description: 'Only mails of this requester',
      }),
    ),
  },
  closed,
);

export const MailBulkExpandedSchema = Type.Object({
  command: AnsweredCommandSchema,
  matched: Type.Integer({ minimum: 0, description: 'How many mails got a command of their own' }),
});
