import { type Static, type TInteger, Type } from '@sinclair/typebox';
import { type FailureCode, failureTexts } from '../failures.ts';
import {
  closed,
  Instant,
  Line,
  NamedObject,
  Nullable,
  NullableInstantAhead,
  StringEnum,
} from '../schemas.ts';
import {
  AnsweredCommandSchema,
  CancelMailSchema,
  commandRefusals,
  ResendMailSchema,
  ResolveMailSchema,
} from './mail-command.ts';
import { priorities, RequesterSchema } from './mail-request.ts';
import { type MailState, mailStates, MailStateSchema, MailSummarySchema } from './mail-status.ts';

/** A page of mails. */
export const MailListSchema = NamedObject('MailList', {
  items: Type.Array(MailSummarySchema, { description: 'In the order of `sort`' }),
  nextCursor: Nullable(Type.String(), { description: 'null: this is the last page' }),
  complete: Type.Boolean({
    description:
      'false: the history is still being read, and mails that had ended are missing. See `history` of the queue',
  }),
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

/** How many mails wait that are to be sent as a sender of the settings. */
export const MailsNamingSenderSchema = NamedObject('MailsNamingSender', {
  senderId: Type.String({ examples: ['c81e728d'] }),
  waiting: Type.Integer({
    minimum: 0,
    description: 'Mails that are queued, deferred, held or being sent',
    examples: [3],
  }),
});
export type MailsNamingSender = Static<typeof MailsNamingSenderSchema>;

/** What can be asked of many mails at once, by one command. */
export const bulkVerbs = ['resend', 'release', 'cancel', 'hold', 'resolve'] as const;
export type BulkVerb = (typeof bulkVerbs)[number];

/** The verbs that have a route of their own beside `POST /v1/mails/actions`. */
export const bulkRouteVerbs = ['resend', 'release', 'cancel'] as const satisfies readonly BulkVerb[];

const words = 'Whole words, in this order; a word that ends with `*` is the beginning of one';
const address = 'An address, a domain with its `@`, or words of an address';
const search = (description: string, example: string) =>
  Type.Optional(Line(200, { minLength: 1, description, examples: [example] }));

/** Which mails, apart from their state. Everything that is named has to be so. */
export const mailFilterFields = {
  id: Type.Optional(
    Type.String({
      maxLength: 20_000,
      pattern: '^[A-Za-z0-9._~-]+(,[A-Za-z0-9._~-]+)*$',
      description: 'Only the mails with these IDs, separated by commas',
    }),
  ),
  q: search(
    'Only mails that have each of these words in the subject, an address, the name of an attachment, the reference or the ' +
      'name of the requester',
    'rechnung 4711',
  ),
  recipient: search(`Only mails with this recipient. ${address}`, 'kunde@example.com'),
  sender: search(`Only mails from this sender. ${address}`, '@acme.example'),
  subject: search(`Only mails with this text in the subject. ${words}`, 'rechnung 471*'),
  attachment: search(`Only mails with this text in the name of an attachment. ${words}`, 'rechnung.pdf'),
  requestedBy: search('Only mails of this requester: its ID, or words of its name', '/erp/billing'),
  messageId: search(
    'Only the mails with this Message-ID. Its angle brackets may be absent',
    '4711@acme.example',
  ),
  priority: Type.Optional(StringEnum(priorities, { description: 'Only mails of this priority' })),
  businessReference: Type.Optional(Line(200, { description: 'Only mails with exactly this reference' })),
  businessReferencePrefix: Type.Optional(
    Line(200, {
      minLength: 1,
      description: 'Only mails whose reference begins with this text',
      examples: ['invoice/47'],
    }),
  ),
  failure: Type.Optional(
    StringEnum(Object.keys(failureTexts) as FailureCode[], {
      description: 'Only mails with a recipient that has this failure',
    }),
  ),
  since: Type.Optional(Instant({ description: 'Only mails accepted at this time or later' })),
  until: Type.Optional(Instant({ description: 'Only mails accepted before this time' })),
};

/** The states of a filter, as a query has them. */
export const mailStatesField = Type.Optional(
  Type.String({
    pattern: `^(${mailStates.join('|')})(,(${mailStates.join('|')}))*$`,
    description: 'Only mails in one of these states, separated by commas',
    examples: ['failed,expired,unknown'],
  }),
);

/** Which mails. Everything that is named has to be so. Search and actions take the same filter. */
export const MailFilterSchema = Type.Object(
  {
    ...mailFilterFields,
    state: mailStatesField,
    states: Type.Optional(
      Type.Array(MailStateSchema, {
        minItems: 1,
        maxItems: mailStates.length,
        description:
          'The same as `state`, as a list. If both are absent: the states in which the verb can have an effect',
      }),
    ),
  },
  { ...closed, $id: 'MailFilter' },
);
export type MailFilter = Static<typeof MailFilterSchema>;

const asked = {
  filter: MailFilterSchema,
  notAfter: Type.Optional(
    NullableInstantAhead({ description: 'For resend and release: the mails expire at this time' }),
  ),
  ...CancelMailSchema.properties,
};
const dryRun = Type.Optional(Type.Boolean({ description: 'Only count the mails' }));
/** What only one of the verbs needs. */
const ofVerb = {
  outcome: Type.Optional(
    Type.Unsafe<'sent' | 'not-sent'>({
      ...ResolveMailSchema.properties.outcome,
      description: 'For resolve, which requires it: the actual outcome of the mails',
    }),
  ),
  confirmRedirected: Type.Optional(
    Type.Boolean({
      description: `For resend. ${ResendMailSchema.properties.confirmRedirected.description ?? ''}`,
    }),
  ),
};

export const BulkMailSchema = Type.Object({ ...asked, dryRun }, { ...closed, $id: 'BulkMail' });

/** One verb for all mails of a filter. */
export const MailActionSchema = Type.Object(
  { verb: StringEnum(bulkVerbs), ...asked, ...ofVerb, dryRun },
  { ...closed, $id: 'MailAction' },
);
export type MailAction = Static<typeof MailActionSchema>;

/** What a bulk command will do, or would do. */
export const BulkMailAnswerSchema = NamedObject('BulkMailAnswer', {
  id: Nullable(Type.String({ description: 'The ID of the command; null for a dry run' })),
  verb: StringEnum(bulkVerbs),
  matched: Type.Integer({ minimum: 0, description: 'How many mails the filter matches at this moment' }),
});
export type BulkMailAnswer = Static<typeof BulkMailAnswerSchema>;

/** Why an action has changed nothing about a mail: a refusal of the verb, or it was so already. */
export const actionSkips = [...commandRefusals, 'nothing-to-do'] as const;
export type ActionSkip = (typeof actionSkips)[number];

const count = (description: string) => Type.Integer({ minimum: 0, description });

/** How far an action is. */
export const MailActionStatusSchema = NamedObject('MailActionStatus', {
  id: Type.String(),
  verb: StringEnum(bulkVerbs),
  state: StringEnum(['running', 'finished']),
  filter: MailFilterSchema,
  matched: count('The mails of the action. While it is running, as many as are known'),
  done: count('Mails for which the verb has had its effect'),
  skipped: count('Mails that the verb has left as they were'),
  reasons: Type.Array(Type.Object({ code: StringEnum(actionSkips), count: Type.Integer({ minimum: 1 }) }), {
    description: 'Why mails were skipped, the most frequent reason first',
  }),
  actor: Nullable(Type.String()),
  reason: Nullable(Type.String()),
  requestedAt: Instant(),
  finishedAt: Nullable(Instant()),
});
export type MailActionStatus = Static<typeof MailActionStatusSchema>;

export const MailActionListSchema = NamedObject('MailActionList', {
  items: Type.Array(MailActionStatusSchema),
  nextCursor: Nullable(Type.String(), { description: 'Where the next page begins; null on the last page' }),
});
export type MailActionList = Static<typeof MailActionListSchema>;

export const MailBulkRequestedSchema = Type.Object(
  {
    verb: StringEnum(bulkVerbs),
    ...asked,
    ...ofVerb,
    requestedBy: Type.Optional(Line(200, { description: 'The API key of the request' })),
    of: Type.Optional(
      Type.Unsafe<Static<typeof RequesterSchema>>({
        ...RequesterSchema,
        description: 'Only mails of this requester',
      }),
    ),
    counted: Type.Optional(count('How many mails the filter matched when the command was given')),
  },
  closed,
);

export const MailBulkExpandedSchema = Type.Object({
  command: AnsweredCommandSchema,
  matched: Type.Integer({ minimum: 0, description: 'How many mails got a command of their own' }),
});
