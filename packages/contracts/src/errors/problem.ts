import { type Static, Type } from '@sinclair/typebox';
import { LocalizedTextSchema } from '../localized-text.ts';
import { StringEnum } from '../schema-helpers.ts';
import { type FindingCode, findingTexts } from './finding-codes.ts';
import { type ProblemCode, problemDefinitions } from './problem-codes.ts';

/** One thing that is wrong, and where: `pointer` is a JSON pointer (RFC 6901) into the request body. */
export const FindingSchema = Type.Object({
  pointer: Type.String({ description: 'JSON pointer (RFC 6901) of the value', examples: ['/smtp/port'] }),
  code: StringEnum(Object.keys(findingTexts) as FindingCode[]),
  message: LocalizedTextSchema,
});
export type Finding = Static<typeof FindingSchema>;

/** The finding with the sentences of its code. */
export function finding(pointer: string, code: FindingCode): Finding {
  return { pointer, code, message: findingTexts[code] };
}

/** A problem as of RFC 9457. `code` is the stable name that clients switch on; `type` holds it as a URI reference. */
export const ProblemSchema = Type.Object(
  {
    type: Type.String({ description: 'URI reference', examples: ['/problems/settings-invalid'] }),
    title: Type.String(),
    status: Type.Integer({ minimum: 400, maximum: 599 }),
    code: StringEnum(Object.keys(problemDefinitions) as ProblemCode[]),
    detail: Type.Optional(Type.String({ description: 'What happened this time, and what to do about it' })),
    findings: Type.Optional(Type.Array(FindingSchema)),
    retriable: Type.Boolean({ description: 'Whether the same request may succeed later' }),
  },
  { description: 'A problem as of RFC 9457' },
);
export type Problem = Static<typeof ProblemSchema>;

/** What may be said about a problem beyond its code. */
export interface ProblemDetails {
  readonly detail?: string;
  readonly findings?: readonly Finding[];
}

/** The problem body of a code. */
export function problem(code: ProblemCode, details: ProblemDetails = {}): Problem {
  const { status, title, retriable } = problemDefinitions[code];
  return {
    type: `/problems/${code}`,
    title,
    status,
    code,
    ...(details.detail === undefined ? {} : { detail: details.detail }),
    ...(details.findings === undefined ? {} : { findings: [...details.findings] }),
    retriable,
  };
}
