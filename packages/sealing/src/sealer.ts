import { FlattenedEncrypt } from 'jose';
import type { FlattenedJWE } from 'jose';
import { contentEncryption, keyAlgorithm } from './jwe-header.ts';
import { importActiveKey } from './public-key-ring.ts';
import type { PublicKeyRing } from './public-key-ring.ts';
import type { SealedJwe, SealedSecret } from './sealed-secret.ts';
import { SealingError } from './sealing-error.ts';
import { bindingBytes } from './secret-binding.ts';
import type { SecretBinding } from './secret-binding.ts';
import { revealSecret } from './secret.ts';
import type { Secret } from './secret.ts';

/** Seals secrets. It holds public keys only and cannot open what it sealed. */
export interface Sealer {
  /** @throws SealingError `secret-malformed` when the secret holds half a surrogate pair, which UTF-8 would change. */
  seal(secret: Secret, binding: SecretBinding): Promise<SealedSecret>;
}

/**
 * A sealer for the active key of a ring: JWE, ECDH-ES with a fresh ephemeral key per secret, A256GCM, the binding as
 * `aad` (RFC 7516, RFC 7518 sections 4.6 and 5.3).
 *
 * @throws SealingError `public-key-malformed`
 */
export function createSealer(publicKeys: PublicKeyRing): Sealer {
  const key = importActiveKey(publicKeys);
  const keyId = publicKeys.activeKeyId;
  return {
    async seal(secret, binding) {
      const value = revealSecret(secret);
      if (!value.isWellFormed()) throw new SealingError('secret-malformed');
      const jwe = await new FlattenedEncrypt(new TextEncoder().encode(value))
        .setProtectedHeader({ alg: keyAlgorithm, enc: contentEncryption, kid: keyId })
        .setAdditionalAuthenticatedData(bindingBytes(binding))
        .encrypt(key);
      return { keyId, destination: binding.destination, jwe: sealedJwe(jwe) };
    },
  };
}

function sealedJwe({ protected: header, aad, iv, ciphertext, tag }: FlattenedJWE): SealedJwe {
  if (header === undefined || aad === undefined || iv === undefined || tag === undefined) {
    throw new SealingError('sealed-secret-malformed');
  }
  return { protected: header, aad, iv, ciphertext, tag };
}
