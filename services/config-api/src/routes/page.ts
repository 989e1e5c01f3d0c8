import { decodeCursor, encodeCursor } from '@postausgang/http';
import type { PageRequest } from '@postausgang/settings';
import { Type } from '@sinclair/typebox';

const defaultLimit = 50;
const PositionSchema = Type.String({ minLength: 1, maxLength: 200 });

interface PageQuery {
  readonly cursor?: string;
  readonly limit?: number;
}

interface Page {
  readonly nextCursor: string | null;
}

/** Reads the page that a query asks for. A cursor that is not ours is `request-invalid`. */
export function pageRequest({ cursor, limit = defaultLimit }: PageQuery): PageRequest {
  return { cursor: cursor === undefined ? null : decodeCursor(PositionSchema, cursor), limit };
}

/** The page with an opaque cursor. */
export function withCursor<P extends Page>(page: P): P {
  return { ...page, nextCursor: page.nextCursor === null ? null : encodeCursor(page.nextCursor) };
}
