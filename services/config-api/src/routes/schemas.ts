import { type TSchema, Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { closed, finding, Line } from '@postausgang/contracts';
import { NoContent, ProblemError, withHeaders } from '@postausgang/http';
import type { PageRequest } from '@postausgang/settings';

/** A certificate of kunde@example.com as an example of a file: it expires in 2100. */
export const exampleCertificate =
  'MIIBzjCCAXSgAwIBAgIUW9ls5kn5RkWlAp5FLeOqqR2piHEwCgYIKoZIzj0EAwIwHDEaMBgGA1UEAwwRa3VuZGVAZXhhbXBsZS5jb20wIBcNMjYxMTMwMjAwOTQ4WhgPMjEwMDAxMDYyMDA5NDhaMBwxGjAYBgNVBAMMEWt1bmRlQGV4YW1wbGUuY29tMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEhJkxgnaJhxayyP2cuH73ECRZk8euPoi/curF89bEIHh1C6wLtsSS6v89d9wU8BlOV76CVZvZgKu3lW0paK+Jx6OBkTCBjjAdBgNVHQ4EFgQUoULgzuYpE7N9l6IanJN3UW7sbFIwHwYDVR0jBBgwFoAUoULgzuYpE7N9l6IanJN3UW7sbFIwHAYDVR0RBBUwE4ERa3VuZGVAZXhhbXBsZS5jb20wDgYDVR0PAQH/BAQDAgOIMBMGA1UdJQQMMAoGCCsGAQUFBwMEMAkGA1UdEwQCMAAwCgYIKoZIzj0EAwIDSAAwRQIgIy5oii72Wed1kQ9Uj+WJzVz9aAdkvigf/huA8GU2z+cCIQC3S/Y0Rx/vixBsgwSfxcdKBe9/uAZXNh3FIgGelvX67w==';

/** The schema with examples, which Swagger UI offers as bodies. */
export function withExamples<T extends TSchema>(schema: T, ...examples: readonly unknown[]): T {
  return { ...schema, examples };
}

/** The id in the path of a resource; `title` is what it is, such as `an outgoing server`. */
export function idParams(title: string, example: string) {
  return Type.Object({
    id: Type.String({ description: `ID of ${title}`, examples: [example] }),
  });
}

export const ReasonQuerySchema = Type.Object(
  { reason: Type.Optional(Line(500, { description: 'The reason. It is shown in the history' })) },
  closed,
);

const idempotencyKey = Type.Optional(
  Type.String({
    description:
      'Requests with the same key are the same change and get the same answer. Requests that differ only in a secret ' +
      'are considered the same.',
  }),
);
const prefer = Type.Optional(
  Type.String({
    description: 'wait=applied: answer after all mailers have reported, or after 30 s',
  }),
);

/** Headers of a creation: there is no version yet to match. */
export const CreationHeadersSchema = Type.Object({ 'idempotency-key': idempotencyKey, prefer });

/** Headers of a change. If-Match is required; that it is missing is a problem of its own (428). */
export const ChangeHeadersSchema = Type.Object({
  'if-match': Type.Optional(
    Type.String({
      description: 'The ETag of the version that was read (`"43"`), or `*` for whichever is current',
      examples: ['*'],
    }),
  ),
  'idempotency-key': idempotencyKey,
  prefer,
});

export const ReadHeadersSchema = Type.Object({
  'if-none-match': Type.Optional(Type.String({ description: 'The ETag of the version that the client has' })),
});

const etag = Type.String({ description: 'The version, for use in If-Match', examples: ['"43"'] });

export const NotModifiedSchema = withHeaders(NoContent('Not modified'), { ETag: etag });

/** What was read, with its version. */
export function readResponse(view: TSchema): TSchema {
  return withHeaders(view, { ETag: etag });
}

const changedHeaders = {
  ETag: etag,
  'Preference-Applied': Type.String({ description: 'wait=applied if all mailers have reported' }),
};

/** What a change has made. */
export function changedResponse(view: TSchema): TSchema {
  return withHeaders(view, changedHeaders);
}

/** What was created, and where it can be read. */
export function createdResponse(view: TSchema): TSchema {
  return withHeaders(view, { ...changedHeaders, ...locationHeader });
}

export const locationHeader = { Location: Type.String({ description: 'The address of the resource' }) };

const defaultLimit = 50;
const longestCursor = 1000;
/** An id, a version, or the name of a sender and its id. */
const PositionSchema = Type.String({ minLength: 1, maxLength: 300 });

/** The query of a list in pages. */
export const PageQuerySchema = Type.Object(
  {
    cursor: Type.Optional(
      Type.String({ maxLength: longestCursor, description: '`nextCursor` of the previous page' }),
    ),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: defaultLimit })),
  },
  closed,
);

interface PageQuery {
  readonly cursor?: string;
  readonly limit?: number;
}

interface Page {
  readonly nextCursor: string | null;
}

function parse(cursor: string): unknown {
  const bytes = Buffer.from(cursor, 'base64url');
  if (cursor.length > longestCursor || bytes.toString('base64url') !== cursor) return undefined;
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}

/** The position in a cursor. What we did not issue is `request-invalid`. */
function positionOf(cursor: string): string {
  const position = parse(cursor);
  if (Value.Check(PositionSchema, position)) return position;
  throw new ProblemError('request-invalid', {
    detail: 'Use the nextCursor of the previous page. The finding points into the query.',
    findings: [finding('/cursor', 'wrong-format')],
  });
}

/** Reads the page that a query asks for. A cursor that is not ours is `request-invalid`. */
export function pageRequest({ cursor, limit = defaultLimit }: PageQuery): PageRequest {
  return { cursor: cursor === undefined ? null : positionOf(cursor), limit };
}

/** The page with an opaque cursor, which is no secret. */
export function withCursor<P extends Page>(page: P): P {
  const { nextCursor } = page;
  const cursor = nextCursor === null ? null : Buffer.from(JSON.stringify(nextCursor)).toString('base64url');
  return { ...page, nextCursor: cursor };
}
