import { destinationDigest } from '@postausgang/sealing';
import type { SecretBinding } from '@postausgang/sealing';

/** JSON pointer of the one secret a certificate holds. */
export const privateKeyPointer = '/privateKey';

/**
 * What a private key is sealed for: its certificate, by the public key, which stays the same when the certificate is
 * renewed. With another certificate in its place the key does not open.
 */
export function privateKeyBinding(resource: string, publicKeySha256: string): SecretBinding {
  const destination = destinationDigest({ kind: 'certificate', publicKeySha256 });
  return { resource, field: privateKeyPointer, destination };
}
