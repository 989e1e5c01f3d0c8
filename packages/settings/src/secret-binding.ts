import { createHash } from 'node:crypto';

/** A flat JSON object: everything a digest or an `aad` is made of. */
type FlatRecord = Readonly<Record<string, string | number | boolean | null>>;

/**
 * JSON with sorted names and no white space: the same text for the same values, as RFC 8785 has it for flat objects.
 *
 * @throws TypeError for values that JSON would silently change (undefined, NaN, infinities, nested values).
 */
function canonicalJson(record: FlatRecord): string {
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

/** Where a secret may be sent: a flat record whose `kind` says which other members there are. */
export type Destination = FlatRecord & { readonly kind: string };

/**
 * Digest of a destination, base64url of SHA-256 (43 characters). Pure and synchronous: the fold of the settings may
 * call it. Whatever decides who receives the secret belongs into the record, already normalized by the caller, e.g.
 * `{kind: 'smtp', host, port, encryption, trust, mechanism}` with a lower-case host without the final dot.
 * A member that is absent and one that is null are different destinations.
 *
 * @throws TypeError when a member is not a string, finite number, boolean or null.
 */
export function destinationDigest(destination: Destination): string {
  return sha256OfCanonicalJson(destination);
}

/** Whether a value is an object with exactly these own members. */
export function hasExactly(value: unknown, names: readonly string[]): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const present = Object.keys(value);
  return present.length === names.length && names.every((name) => Object.hasOwn(value, name));
}

/** Size in bytes of what a canonical base64url text stands for; undefined when it is none (RFC 4648 section 3.5). */
export function sizeOfBase64url(value: unknown): number | undefined {
  if (typeof value !== 'string') return undefined;
  const bytes = Buffer.from(value, 'base64url');
  return bytes.toString('base64url') === value ? bytes.length : undefined;
}

/** What a secret is bound to. It opens for exactly this resource, field and destination, and for nothing else. */
export interface SecretBinding {
  /** The resource that holds the secret, e.g. `outgoing-servers/default`. */
  readonly resource: string;
  /** JSON pointer of the secret in that resource, e.g. `/smtp/password`. */
  readonly field: string;
  /** Digest of the destination the secret may be sent to, see `destinationDigest`. */
  readonly destination: string;
}

/** The binding as the bytes that the JWE authenticates (RFC 7516 section 5.1 step 14): its canonical JSON. */
export function bindingBytes({ resource, field, destination }: SecretBinding): Uint8Array {
  return new TextEncoder().encode(canonicalJson({ resource, field, destination }));
}
