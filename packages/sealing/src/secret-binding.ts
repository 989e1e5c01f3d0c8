import { canonicalJson } from './canonical-json.ts';

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
