import { sha256OfCanonicalJson } from './canonical-json.ts';
import type { FlatRecord } from './canonical-json.ts';

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
