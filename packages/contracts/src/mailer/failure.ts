import { type Static, Type } from '@sinclair/typebox';
import { StringEnum } from '../schema-helpers.ts';
import { type FailureCode, failureTexts } from './failure-codes.ts';

/**
 * Why something with a mail server did not work: a stable code, what to do in two languages, and what the server
 * said (untrusted text, shortened, without control characters).
 */
export const FailureSchema = Type.Object({
  code: StringEnum(Object.keys(failureTexts) as FailureCode[]),
  en: Type.String(),
  de: Type.String(),
  detail: Type.Optional(Type.String({ description: 'Technical detail, never a secret' })),
});
export type Failure = Static<typeof FailureSchema>;

/** The failure of a code, with its sentences. */
export function failure(code: FailureCode, detail?: string): Failure {
  return { code, ...failureTexts[code], ...(detail === undefined ? {} : { detail }) };
}
