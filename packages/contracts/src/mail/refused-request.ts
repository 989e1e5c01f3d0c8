import { type Static, Type } from '@sinclair/typebox';
import { Instant, Nullable, StringEnum } from '../schema-helpers.ts';

/** Why a mail request was set aside. */
export const requestRefusals = ['unreadable', 'invalid', 'idempotency-conflict', 'mail-disabled'] as const;

/** A record of the topic of requests that no mail came from, or whose mail could not be sent. */
export const RefusedRequestSchema = Type.Object({
  partition: Type.Integer({ minimum: 0 }),
  offset: Type.Integer({ minimum: 0 }),
  code: StringEnum(requestRefusals),
  detail: Type.String(),
  mailId: Nullable(Type.String(), { description: 'null where nobody can read it' }),
  refusedAt: Instant(),
});
export type RefusedRequest = Static<typeof RefusedRequestSchema>;

export const RefusedRequestListSchema = Type.Object({
  items: Type.Array(RefusedRequestSchema, { description: 'Newest first' }),
  nextCursor: Nullable(Type.String()),
});
export type RefusedRequestList = Static<typeof RefusedRequestListSchema>;
