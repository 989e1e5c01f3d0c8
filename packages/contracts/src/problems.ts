import { type Static, Type } from '@sinclair/typebox';
import { type FindingCode, findingTexts } from './findings.ts';
import { LocalizedTextSchema, NamedObject, StringEnum } from './schemas.ts';

/** A problem the API can answer with: its HTTP status, its title, and whether the same request may succeed later. */
interface ProblemDefinition {
  readonly status: number;
  readonly title: string;
  readonly retriable: boolean;
}

function define(status: number, title: string, retriable = false): ProblemDefinition {
  return { status, title, retriable };
}

/** Every problem code of the REST API. Codes are stable; `docs/errors.md` explains each and a test compares both. */
export const problemDefinitions = {
  'request-malformed': define(400, 'The request could not be read'),
  'request-invalid': define(400, 'The request does not have the documented form'),
  unauthenticated: define(401, 'No valid credentials were given'),
  forbidden: define(403, 'These credentials do not allow this'),
  'cross-site-request': define(403, 'The request comes from another page'),
  'not-found': define(404, 'There is nothing here'),
  'method-not-allowed': define(405, 'This address does not know that method'),
  'request-timeout': define(408, 'The request did not arrive in time', true),
  'mail-disabled': define(409, 'Sending is switched off'),
  'mail-sending': define(409, 'The mail is being handed over at this moment', true),
  'mail-finished': define(409, 'The mail has ended already'),
  'mail-not-finished': define(409, 'The mail has not ended yet', true),
  'outcome-not-unknown': define(409, 'The outcome is not unknown'),
  'recipient-sent': define(409, 'A recipient has the mail already'),
  'not-after-passed': define(409, 'The time in which the mail may be sent has passed'),
  'idempotency-conflict': define(409, 'The idempotency key was used with other content'),
  'resource-in-use': define(409, 'Something else uses this'),
  'last-admin-key': define(409, 'The last key that may administer cannot be revoked'),
  'version-conflict': define(412, 'The resource has changed since it was read'),
  'body-too-large': define(413, 'The body is too large'),
  'uri-too-long': define(414, 'The address is too long'),
  'media-type-unsupported': define(415, 'This media type is not accepted here'),
  'settings-invalid': define(422, 'The settings are not valid'),
  'certificate-invalid': define(422, 'The certificate cannot be used'),
  'mail-invalid': define(422, 'The mail is not valid'),
  'recipient-unknown': define(422, 'The mail has no such recipient'),
  'correction-invalid': define(422, 'The corrected address cannot be used'),
  'api-key-invalid': define(422, 'The API key cannot be created like this'),
  'precondition-required': define(428, 'An If-Match header is required'),
  'rate-limited': define(429, 'Too many requests', true),
  'headers-too-large': define(431, 'The request headers are too large'),
  'internal-error': define(500, 'Something went wrong here'),
  'outcome-unknown': define(503, 'Whether this took effect is not known yet', true),
  'identity-provider-unavailable': define(503, 'The identity provider cannot be reached', true),
  'no-mailer': define(503, 'No mailer answered', true),
  overloaded: define(503, 'Too much is waiting', true),
  stopping: define(503, 'The service is stopping', true),
  'log-unavailable': define(503, 'The log cannot be written', true),
  'store-unavailable': define(503, 'Large content cannot be stored', true),
  'store-full': define(507, 'There is no space left for large content', true),
  'log-full': define(507, 'There is no space left for the log', true),
} as const satisfies Record<string, ProblemDefinition>;

export type ProblemCode = keyof typeof problemDefinitions;

/** One thing that is wrong, and where: `pointer` is a JSON pointer (RFC 6901) into the request body. */
export const FindingSchema = NamedObject('Finding', {
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
  { $id: 'Problem', description: 'A problem as of RFC 9457' },
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
