import { type TSchema, Type } from '@sinclair/typebox';
import { closed, Line } from '@postausgang/contracts';

/** The schema with examples, which Swagger UI offers as bodies. */
export function withExamples<T extends TSchema>(schema: T, ...examples: readonly unknown[]): T {
  return { ...schema, examples };
}

/** The schema of a response with the headers that come with it. */
export function withHeaders<T extends TSchema>(schema: T, headers: Readonly<Record<string, TSchema>>): T {
  return { ...schema, headers };
}

/** The id in the path of a resource; `title` is what it is, such as `an outgoing server`. */
export function idParams(title: string, example: string) {
  return Type.Object({
    id: Type.String({ description: `Id of ${title}`, examples: [example] }),
  });
}

export const PageQuerySchema = Type.Object(
  {
    cursor: Type.Optional(Type.String({ maxLength: 1000, description: 'nextCursor of the page before' })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 50 })),
  },
  closed,
);

export const ReasonQuerySchema = Type.Object(
  { reason: Type.Optional(Line(500, { description: 'Why; stands in the history' })) },
  closed,
);

const idempotencyKey = Type.Optional(
  Type.String({
    description:
      'A repetition under the same key is the same change and is answered as the first. Requests that differ in ' +
      'nothing but a secret count as the same.',
  }),
);
const prefer = Type.Optional(
  Type.String({
    description: 'wait=applied: answer when all mailers have reported, after 30 s at the latest',
  }),
);

/** Headers of a creation: there is no version yet to match. */
export const CreationHeadersSchema = Type.Object({ 'idempotency-key': idempotencyKey, prefer });

/** Headers of a change. If-Match is required; that it is missing is a problem of its own (428). */
export const ChangeHeadersSchema = Type.Object({
  'if-match': Type.Optional(
    Type.String({ description: 'ETag of what was read. Required.', examples: ['"43"'] }),
  ),
  'idempotency-key': idempotencyKey,
  prefer,
});

export const ReadHeadersSchema = Type.Object({
  'if-none-match': Type.Optional(Type.String({ description: 'ETag of what is known already' })),
});

const etag = Type.String({ description: 'The version, for If-Match', examples: ['"43"'] });

export const NotModifiedSchema = withHeaders(Type.Null({ description: 'Not modified' }), { ETag: etag });

/** What was read, with its version. */
export function readResponse(view: TSchema): TSchema {
  return withHeaders(view, { ETag: etag });
}

const changedHeaders = {
  ETag: etag,
  'Preference-Applied': Type.String({ description: 'wait=applied when all mailers have reported' }),
};

/** What a change has made. */
export function changedResponse(view: TSchema): TSchema {
  return withHeaders(view, changedHeaders);
}

/** What was created, and where it can be read. */
export function createdResponse(view: TSchema): TSchema {
  return withHeaders(view, { ...changedHeaders, ...locationHeader });
}

export const locationHeader = { Location: Type.String({ description: 'Where it can be read' }) };
