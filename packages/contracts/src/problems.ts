import { type Static, Type } from '@sinclair/typebox';
import { type FindingCode, findingTexts } from './findings.ts';
import { LocalizedTextSchema, NamedObject, StringEnum } from './schemas.ts';
import { type TokenRefusalCode, tokenRefusalTexts } from './token-refusals.ts';

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
  'request-malformed': define(400, 'Request is malformed'),
  'request-invalid': define(400, 'Request is invalid'),
  unauthenticated: define(401, 'Not authenticated'),
  forbidden: define(403, 'Access is denied'),
  'cross-site-request': define(403, 'Cross-site request was refused'),
  'session-needs-https': define(403, 'Browser sign-in needs https'),
  'recipient-not-allowed': define(403, 'These credentials do not allow a recipient'),
  'sender-not-allowed': define(403, 'These credentials do not allow a sender'),
  'not-found': define(404, 'Not found'),
  'method-not-allowed': define(405, 'Method is not allowed'),
  'request-timeout': define(408, 'Request timed out', true),
  'mail-disabled': define(409, 'Sending is disabled'),
  'mail-sending': define(409, 'Mail is being sent', true),
  'mail-finished': define(409, 'Mail is already finished'),
  'mail-not-finished': define(409, 'Mail is not finished yet', true),
  'outcome-not-unknown': define(409, 'Outcome is not unknown'),
  'recipient-sent': define(409, 'Recipient already has the mail'),
  'not-after-passed': define(409, 'Time limit for sending has passed'),
  'idempotency-conflict': define(409, 'Idempotency key was used with different content'),
  'resource-in-use': define(409, 'Resource is in use'),
  'environment-confirmed': define(409, 'Environment is already confirmed'),
  'last-admin-key': define(409, 'Last administrator key cannot be revoked'),
  'version-conflict': define(412, 'Resource has changed'),
  'body-too-large': define(413, 'Request body is too large'),
  'uri-too-long': define(414, 'URI is too long'),
  'media-type-unsupported': define(415, 'Media type is not supported'),
  'settings-invalid': define(422, 'Settings are invalid'),
  'certificate-invalid': define(422, 'Certificate cannot be used'),
  'mail-invalid': define(422, 'Mail is invalid'),
  'recipient-unknown': define(422, 'Mail has no such recipient'),
  'correction-invalid': define(422, 'Corrected address is invalid'),
  'api-key-invalid': define(422, 'API key cannot be created'),
  'precondition-required': define(428, 'If-Match header is required'),
  'rate-limited': define(429, 'Too many requests', true),
  'quota-exceeded': define(429, 'A quota of these credentials is reached', true),
  'headers-too-large': define(431, 'Request headers are too large'),
  'internal-error': define(500, 'Internal error'),
  'outcome-unknown': define(503, 'Result is not known yet', true),
  'identity-provider-unavailable': define(503, 'Identity provider is unavailable', true),
  'no-mailer': define(503, 'No mailer is available', true),
  overloaded: define(503, 'Queue is full', true),
  stopping: define(503, 'Service is stopping', true),
  'log-unavailable': define(503, 'Event log is unavailable', true),
  'store-unavailable': define(503, 'Content store is unavailable', true),
  'store-full': define(507, 'Content store is full', true),
  'log-full': define(507, 'Event log is full', true),
} as const satisfies Record<string, ProblemDefinition>;

export type ProblemCode = keyof typeof problemDefinitions;

/** One thing that is wrong, and where: `pointer` is a JSON pointer (RFC 6901) into the request body. */
export const FindingSchema = NamedObject('Finding', {
  pointer: Type.String({ description: 'JSON pointer (RFC 6901) of the value', examples: ['/smtp/port'] }),
  code: StringEnum(Object.keys(findingTexts) as FindingCode[]),
  message: LocalizedTextSchema,
  resource: Type.Optional(
    Type.String({ description: 'The other resource it is about', examples: ['senders/b4c7d9e2'] }),
  ),
});
export type Finding = Static<typeof FindingSchema>;

/** The finding with the sentences of its code. */
export function finding(pointer: string, code: FindingCode): Finding {
  return { pointer, code, message: findingTexts[code] };
}

/** A finding about another resource, which its sentences name too. */
export function findingAbout(
  pointer: string,
  code: FindingCode,
  { resource, name }: { readonly resource: string; readonly name: string },
): Finding {
  const naming = (sentence: string): string => `${sentence.replace(/\.$/, '')}: ${name} (${resource}).`;
  const { en, de } = findingTexts[code];
  return { pointer, code, message: { en: naming(en), de: naming(de) }, resource };
}

/** A problem as of RFC 9457. `code` is the stable name that clients switch on; `type` holds it as a URI reference. */
export const ProblemSchema = Type.Object(
  {
    type: Type.String({ description: 'URI reference', examples: ['/problems/settings-invalid'] }),
    title: Type.String(),
    status: Type.Integer({ minimum: 400, maximum: 599 }),
    code: StringEnum(Object.keys(problemDefinitions) as ProblemCode[]),
    detail: Type.Optional(
      Type.String({ description: 'What happened in this case, and what to do about it' }),
    ),
    reason: Type.Optional(
      StringEnum(Object.keys(tokenRefusalTexts) as TokenRefusalCode[], {
        description: 'Why an access token was refused, for the operator',
      }),
    ),
    findings: Type.Optional(Type.Array(FindingSchema)),
    retriable: Type.Boolean({ description: 'Whether the same request may succeed later' }),
  },
  { $id: 'Problem', description: 'A problem as defined by RFC 9457' },
);
export type Problem = Static<typeof ProblemSchema>;

/** What may be said about a problem beyond its code. */
export interface ProblemDetails {
  readonly detail?: string;
  readonly reason?: TokenRefusalCode;
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
    ...(details.reason === undefined ? {} : { reason: details.reason }),
    ...(details.findings === undefined ? {} : { findings: [...details.findings] }),
    retriable,
  };
}
