import { createHash } from 'node:crypto';

/** A flat JSON object: everything a digest or an `aad` is made of. */
export type FlatRecord = Readonly<Record<string, string | number | boolean | null>>;

/**
 * JSON with sorted names and no white space: the same text for the same values, as RFC 8785 has it for flat objects.
 *
 * @throws TypeError for values that JSON would silently change (undefined, NaN, infinities, nested values).
 */
export function canonicalJson(record: FlatRecord): string {
  const members = Object.keys(record)
    .toSorted()
    .map((name) => `${JSON.stringify(name)}:${canonicalValue(name, record[name])}`);
  return `{${members.join(',')}}`;
}

function canonicalValue(name: string, value: unknown): string {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return JSON.stringify(value);
  if (typeof value === 'number' && Number.isFinite(value)) return JSON.stringify(value);
  throw new TypeError(`"${name}" is not a string, finite number, boolean or null`);
}

/** SHA-256 of the canonical JSON, base64url without padding (43 characters). */
export function sha256OfCanonicalJson(record: FlatRecord): string {
  return createHash('sha256').update(canonicalJson(record), 'utf8').digest('base64url');
}
