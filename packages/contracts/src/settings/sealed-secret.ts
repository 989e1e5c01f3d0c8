import { type Static, Type } from '@sinclair/typebox';
import { Instant } from '../schema-helpers.ts';

/**
 * A secret as the log holds it: a JWE (RFC 7516, flattened JSON serialization) to the mailer's public key, and the
 * digest of the only destination it may be sent to. The digest also stands in the JWE's `aad`, so it cannot be
 * exchanged.
 */
export const SealedSecretSchema = Type.Object({
  keyId: Type.String({ description: 'RFC 7638 thumbprint of the mailer key' }),
  destination: Type.String({ description: 'SHA-256 of the destination, base64url' }),
  jwe: Type.Object({
    protected: Type.String(),
    iv: Type.String(),
    ciphertext: Type.String(),
    tag: Type.String(),
    aad: Type.String(),
  }),
});
export type SealedSecret = Static<typeof SealedSecretSchema>;

/** A secret field of the settings: since when it is set, and the sealed value. */
export const StoredSecretSchema = Type.Object({ setAt: Instant(), sealed: SealedSecretSchema });
export type StoredSecret = Static<typeof StoredSecretSchema>;
