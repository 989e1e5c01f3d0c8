import { finding } from '@postausgang/contracts';
import { ProblemError } from '@postausgang/http-server';
import { parseInstant } from '@postausgang/settings';

export const defaultPageSize = 50;

/** A time of the query, in milliseconds since 1970. Throws `request-invalid` for a day that does not exist. */
export function readTime(pointer: string, text: string | undefined): number | undefined {
  if (text === undefined) {
    return undefined;
  }
  const timeMs = parseInstant(text);
  if (timeMs === undefined) {
    const findings = [finding(pointer, 'date-invalid')];
    throw new ProblemError('request-invalid', { detail: 'The finding points into the query.', findings });
  }
  return timeMs;
}

/** The cursor of the query. Throws `request-invalid` where `read` does not know it. */
export function readCursor<Cursor>(
  text: string | undefined,
  read: (text: string) => Cursor | undefined,
): Cursor | undefined {
  if (text === undefined) {
    return undefined;
  }
  const cursor = read(text);
  if (cursor === undefined) {
    const detail = 'Take the cursor from nextCursor of the page before. The finding points into the query.';
    throw new ProblemError('request-invalid', { detail, findings: [finding('/cursor', 'wrong-format')] });
  }
  return cursor;
}
