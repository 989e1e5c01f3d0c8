import type { KeyObject } from 'node:crypto';
import { errors, flattenedDecrypt } from 'jose';
import { assertJweHeader, contentEncryption, keyAlgorithm } from './jwe-header.ts';
import type { PrivateKeyRing } from './key-ring.ts';
import { assertSealedSecret } from './sealed-secret.ts';
import type { SealedJwe, SealedSecret } from './sealed-secret.ts';
import { SealingError } from './sealing-error.ts';
import { bindingBytes } from './secret-binding.ts';
import type { SecretBinding } from './secret-binding.ts';
import { createSecret } from './secret.ts';
import type { Secret } from './secret.ts';

/** Opens sealed secrets, for one binding at a time. */
export interface Opener {
  /**
   * The secret, provided it was sealed for this binding. The binding has to be computed from the settings about to be
   * used: what the sealed secret says about itself is compared with it and never trusted.
   *
   * @throws SealingError `secret-required` (another binding, or it does not authenticate), `key-unknown`,
   *   `sealed-secret-malformed`
   */
  open(sealed: SealedSecret, binding: SecretBinding): Promise<Secret>;
}

/** An opener with the private keys of a ring, older ones included. */
export function createOpener(keyRing: PrivateKeyRing): Opener {
  return {
    async open(sealed, binding) {
      assertSealedSecret(sealed);
      const { keyId, destination, jwe } = sealed;
      const aad = Buffer.from(bindingBytes(binding)).toString('base64url');
      if (destination !== binding.destination || jwe.aad !== aad) throw new SealingError('secret-required');
      const key = keyRing.privateKeys.get(keyId);
      if (key === undefined) throw new SealingError('key-unknown', `Key id: ${keyId}.`);
      assertJweHeader(jwe.protected, keyId);
      return decodeSecret(await decrypt({ ...jwe, aad }, key));
    },
  };
}

async function decrypt(jwe: SealedJwe, key: KeyObject): Promise<Uint8Array> {
  try {
    const { plaintext } = await flattenedDecrypt(jwe, key, {
      keyManagementAlgorithms: [keyAlgorithm],
      contentEncryptionAlgorithms: [contentEncryption],
      maxDecompressedLength: 0,
    });
    return plaintext;
  } catch (error) {
    const refused = error instanceof errors.JWEDecryptionFailed;
    throw new SealingError(refused ? 'secret-required' : 'sealed-secret-malformed');
  }
}

function decodeSecret(plaintext: Uint8Array): Secret {
  try {
    return createSecret(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(plaintext));
  } catch {
    throw new SealingError('sealed-secret-malformed');
  }
}
