import { type TUnsafe, Type } from '@sinclair/typebox';

/** The response schema of a status without a body (204, 304, 202 with `Location` only): `reply.code(304).send()`. */
export function NoContent(description: string): TUnsafe<void> {
  return Type.Unsafe<void>({ type: 'null', description });
}

/** The schema of a request body that is not JSON: its bytes as they came. Needs a parser of its media type. */
export function RawBody(description: string): TUnsafe<Buffer> {
  return Type.Unsafe<Buffer>({ description });
}
