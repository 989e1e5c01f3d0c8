import type { KeyObject } from 'node:crypto';
import { errors, flattenedDecrypt, FlattenedEncrypt, type FlattenedJWE } from 'jose';
import { bindingBytes, hasExactly, type SecretBinding, sizeOfBase64url } from '@postausgang/settings';
import { importActiveKey, importPoint, isCurvePoint, type PublicKeyRing } from './key-files.ts';
import type { PrivateKeyRing } from './key-ring.ts';
import { SealingError } from './sealing-error.ts';
import { createSecret, revealSecret, type Secret } from './secret.ts';

/** The one key management algorithm in use (RFC 7518 section 4.6). */
const keyAlgorithm = 'ECDH-ES';
/** The one content encryption in use (RFC 7518 section 5.3). */
const contentEncryption = 'A256GCM';

/**
 * Refuses every protected header but ours: the two algorithms, this key id, an ephemeral key on P-256. Anything else,
 * `crit`, `zip`, `p2c`, `apu`, `jku` or another curve among it, is not looked at further.
 */
function assertJweHeader(encoded: string, keyId: string): void {
  const header = decodeHeader(encoded);
  const expected =
    hasExactly(header, ['alg', 'enc', 'kid', 'epk']) &&
    header['alg'] === keyAlgorithm &&
    header['enc'] === contentEncryption &&
    header['kid'] === keyId &&
    isEphemeralKey(header['epk']);
  if (!expected) throw new SealingError('sealed-secret-malformed');
}

// Multiplying a point off the curve with the private key would give the key away bit by bit.
function isEphemeralKey(epk: unknown): boolean {
  if (!hasExactly(epk, ['kty', 'crv', 'x', 'y']) || epk['kty'] !== 'EC' || epk['crv'] !== 'P-256')
    return false;
  return isCurvePoint(epk) && importPoint(epk) !== undefined;
}

function decodeHeader(encoded: string): unknown {
  try {
    return JSON.parse(Buffer.from(encoded, 'base64url').toString('utf8'));
  } catch {
    throw new SealingError('sealed-secret-malformed');
  }
}

/** Flattened JWE JSON Serialization (RFC 7516 section 7.2.2) as far as ECDH-ES needs it. All members are base64url. */
interface SealedJwe {
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
function assertSealedSecret(value: unknown): asserts value is SealedSecret {
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
