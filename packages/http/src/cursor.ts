import type { Static, TSchema } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { finding } from '@postausgang/contracts';
import { ProblemError } from './problems.ts';

const maxLength = 1000;

/** A page cursor: opaque to clients, not secret. Holds any small JSON value. */
export function encodeCursor(position: unknown): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

function parse(cursor: string): unknown {
  const bytes = Buffer.from(cursor, 'base64url');
  if (cursor.length > maxLength || bytes.toString('base64url') !== cursor) return undefined;
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}

/** The position in a cursor, checked against its schema. What we did not issue is `request-invalid`. */
export function decodeCursor<T extends TSchema>(schema: T, cursor: string): Static<T> {
  const position = parse(cursor);
  if (Value.Check(schema, position)) return position;
  throw new ProblemError('request-invalid', {
    detail: 'Take the cursor from nextCursor of the page before. The finding points into the query.',
    findings: [finding('/cursor', 'wrong-format')],
  });
}
