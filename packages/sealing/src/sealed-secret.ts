import { SealingError } from './sealing-error.ts';
import { hasExactly, sizeOfBase64url } from './strict-shape.ts';

/** Flattened JWE JSON Serialization (RFC 7516 section 7.2.2) as far as ECDH-ES needs it. All members are base64url. */
export interface SealedJwe {
  /** The only header: alg ECDH-ES, enc A256GCM, the key id and the ephemeral public key. */
  readonly protected: string;
  /** Canonical JSON of the {@link SecretBinding}. */
  readonly aad: string;
  /** 12 bytes. */
  readonly iv: string;
  readonly ciphertext: string;
  /** 16 bytes. */
  readonly tag: string;
}

/** A secret as it stands in the log: plain JSON that only the holder of the private key can open. */
export interface SealedSecret {
  /** RFC 7638 thumbprint of the public key it is sealed to. */
  readonly keyId: string;
  /** Digest of the destination it is bound to: shows without opening whether a secret has to be entered again. */
  readonly destination: string;
  readonly jwe: SealedJwe;
}

const jweMembers = ['protected', 'aad', 'iv', 'ciphertext', 'tag'] as const;
const ivSizeBytes = 12;
const tagSizeBytes = 16;
const keyIdSizeBytes = 32;

/**
 * Refuses whatever is not exactly a {@link SealedSecret}, whoever wrote it to the log: missing and additional members
 * (unprotected headers, an encrypted key), other encodings of the same bytes, shortened tags.
 */
export function assertSealedSecret(value: unknown): asserts value is SealedSecret {
  if (!hasExactly(value, ['keyId', 'destination', 'jwe'])) throw new SealingError('sealed-secret-malformed');
  const { keyId, destination, jwe } = value;
  const wellFormed =
    sizeOfBase64url(keyId) === keyIdSizeBytes &&
    typeof destination === 'string' &&
    hasExactly(jwe, jweMembers) &&
    jweMembers.every((name) => sizeOfBase64url(jwe[name]) !== undefined) &&
    sizeOfBase64url(jwe['iv']) === ivSizeBytes &&
    sizeOfBase64url(jwe['tag']) === tagSizeBytes;
  if (!wellFormed) throw new SealingError('sealed-secret-malformed');
}
