/** A problem the API can answer with: its HTTP status, its title, and whether the same request may succeed later. */
export interface ProblemDefinition {
  readonly status: number;
  readonly title: string;
  readonly retriable: boolean;
}

function problem(status: number, title: string, retriable = false): ProblemDefinition {
  return { status, title, retriable };
}

/** Every problem code of the REST API. Codes are stable; `docs/errors.md` explains each and a test compares both. */
export const problemDefinitions = {
  'request-malformed': problem(400, 'The request could not be read'),
  'request-invalid': problem(400, 'The request does not have the documented form'),
  unauthenticated: problem(401, 'No valid credentials were given'),
  forbidden: problem(403, 'These credentials do not allow this'),
  'cross-site-request': problem(403, 'The request comes from another page'),
  'not-found': problem(404, 'There is nothing here'),
  'method-not-allowed': problem(405, 'This address does not know that method'),
  'request-timeout': problem(408, 'The request did not arrive in time', true),
  'mail-disabled': problem(409, 'Sending is switched off'),
  'mail-sending': problem(409, 'The mail is being handed over at this moment', true),
  'mail-finished': problem(409, 'The mail has ended already'),
  'mail-not-finished': problem(409, 'The mail has not ended yet', true),
  'outcome-not-unknown': problem(409, 'The outcome is not unknown'),
  'recipient-sent': problem(409, 'A recipient has the mail already'),
  'not-after-passed': problem(409, 'The time in which the mail may be sent has passed'),
  'idempotency-conflict': problem(409, 'The idempotency key was used with other content'),
  'resource-in-use': problem(409, 'Something else uses this'),
  'last-admin-key': problem(409, 'The last key that may administer cannot be revoked'),
  'version-conflict': problem(412, 'The resource has changed since it was read'),
  'body-too-large': problem(413, 'The body is too large'),
  'uri-too-long': problem(414, 'The address is too long'),
  'media-type-unsupported': problem(415, 'This media type is not accepted here'),
  'settings-invalid': problem(422, 'The settings are not valid'),
  'certificate-invalid': problem(422, 'The certificate cannot be used'),
  'mail-invalid': problem(422, 'The mail is not valid'),
  'recipient-unknown': problem(422, 'The mail has no such recipient'),
  'correction-invalid': problem(422, 'The corrected address cannot be used'),
  'api-key-invalid': problem(422, 'The API key cannot be created like this'),
  'precondition-required': problem(428, 'An If-Match header is required'),
  'rate-limited': problem(429, 'Too many requests', true),
  'headers-too-large': problem(431, 'The request headers are too large'),
  'internal-error': problem(500, 'Something went wrong here'),
  'outcome-unknown': problem(503, 'Whether this took effect is not known yet', true),
  'identity-provider-unavailable': problem(503, 'The identity provider cannot be reached', true),
  'no-mailer': problem(503, 'No mailer answered', true),
  overloaded: problem(503, 'Too much is waiting', true),
  stopping: problem(503, 'The service is stopping', true),
  'log-unavailable': problem(503, 'The log cannot be written', true),
  'store-unavailable': problem(503, 'Large content cannot be stored', true),
  'store-full': problem(507, 'There is no space left for large content', true),
  'log-full': problem(507, 'There is no space left for the log', true),
} as const satisfies Record<string, ProblemDefinition>;

export type ProblemCode = keyof typeof problemDefinitions;
