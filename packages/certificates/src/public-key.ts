import { hash, type KeyObject, type X509Certificate } from 'node:crypto';

/** What kind of key a certificate is for. */
export interface PublicKeyDescription {
  /** `rsa`, `rsa-pss`, `ec`, `ed25519`, … */
  readonly type: string;
  /** Size in bits; null where the curve says it. */
  readonly bits: number | null;
  /** `P-256`, `P-384`, …; null where there is none. */
  readonly curve: string | null;
}

const curveNames: Readonly<Record<string, string>> = {
  prime256v1: 'P-256',
  secp384r1: 'P-384',
  secp521r1: 'P-521',
};

export function describePublicKey({ publicKey }: Pick<X509Certificate, 'publicKey'>): PublicKeyDescription {
  const { modulusLength, namedCurve } = publicKey.asymmetricKeyDetails ?? {};
  return {
    type: publicKey.asymmetricKeyType ?? 'unknown',
    bits: modulusLength ?? null,
    curve: namedCurve === undefined ? null : (curveNames[namedCurve] ?? namedCurve),
  };
}

/** SHA-256 of a public key (SubjectPublicKeyInfo), base64url: what a private key is bound to, renewed or not. */
export function publicKeyDigest(publicKey: KeyObject): string {
  return hash('sha256', publicKey.export({ format: 'der', type: 'spki' }), 'base64url');
}
