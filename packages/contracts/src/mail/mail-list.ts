import { type Static, type TInteger, Type } from '@sinclair/typebox';
import { NamedObject, Nullable } from '../schemas.ts';
import { type MailState, mailStates, MailSummarySchema } from './mail-status.ts';

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
    description:
      'false: counting ended after 10,000 mails, and there are at least as many as the answer says',
  }),
});
