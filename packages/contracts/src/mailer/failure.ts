import { type Static, Type } from '@sinclair/typebox';
import { Instant, StringEnum } from '../schema-helpers.ts';
import { classOf, type FailureClass, failureClassTexts } from './failure-classes.ts';
import { type FailureCode, failureTexts } from './failure-codes.ts';

/**
 * Why something with a mail server did not work: a stable code, what to do in two languages, and what the server
 * said (untrusted text, shortened, without control characters).
 */
export const FailureSchema = Type.Object({
  code: StringEnum(Object.keys(failureTexts) as FailureCode[]),
  class: Type.Optional(
    StringEnum(Object.keys(failureClassTexts) as FailureClass[], {
      description: 'What it means for the mail; follows from the code, and older events lack it',
    }),
  ),
  en: Type.String(),
  de: Type.String(),
  detail: Type.Optional(Type.String({ description: 'Technical detail, never a secret' })),
  retryAfterSeconds: Type.Optional(
    Type.Integer({ minimum: 0, description: 'The pause the server has asked for' }),
  ),
  retryAt: Type.Optional(
    Instant({ description: 'When what waits for this is tried again, where that is known' }),
  ),
});
export type Failure = Static<typeof FailureSchema>;

/** The failure of a code, with its class and its sentences. */
export function failure(code: FailureCode, detail?: string): Failure {
  return {
    code,
    class: classOf(code),
    ...failureTexts[code],
    ...(detail === undefined ? {} : { detail }),
  };
}

/** A failure with its class, also where it comes from an event that was written without. */
export function withClass<F extends Failure | null | undefined>(of: F): F {
  return of === null || of === undefined || of.class !== undefined ? of : { ...of, class: classOf(of.code) };
}
