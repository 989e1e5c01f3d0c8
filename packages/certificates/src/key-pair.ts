import { createPrivateKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';

/** The kinds of keys that can be created here. */
export const keyKinds = ['rsa-2048', 'rsa-3072', 'rsa-4096', 'p-256', 'p-384'] as const;
export type KeyKind = (typeof keyKinds)[number];

export interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

const generate = promisify(generateKeyPair);

/** A new key pair; off the event loop, since RSA takes up to seconds. */
export function createKeyPair(kind: KeyKind): Promise<KeyPair> {
  switch (kind) {
    case 'rsa-2048':
    case 'rsa-3072':
    case 'rsa-4096':
      return generate('rsa', { modulusLength: Number(kind.slice('rsa-'.length)) });
    case 'p-256':
      return generate('ec', { namedCurve: 'prime256v1' });
    case 'p-384':
      return generate('ec', { namedCurve: 'secp384r1' });
    default:
      return kind satisfies never;
  }
}

/** The one form in which private keys are sealed: PKCS#8 as PEM. */
export function privateKeyPem(key: KeyObject): string {
  return key.export({ format: 'pem', type: 'pkcs8' }).toString();
}

/** The key of {@link privateKeyPem}. */
export function privateKeyOfPem(pem: string): KeyObject {
  return createPrivateKey(pem);
}
