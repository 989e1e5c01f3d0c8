import { finding } from '@postausgang/contracts';
import { ProblemError } from '@postausgang/http';
import type { PageRequest } from '@postausgang/settings';
import { Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';

const defaultLimit = 50;
const longestCursor = 1000;
const PositionSchema = Type.String({ minLength: 1, maxLength: 200 });

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
    detail: 'Take the cursor from nextCursor of the page before. The finding points into the query.',
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
