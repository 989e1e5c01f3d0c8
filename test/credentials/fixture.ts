import { join } from 'node:path';
import { t as tap } from 'tap';
import {
  createOpener,
  createSealer,
  createSecret,
  openKeyRing,
  type PublicKey,
  type SealedSecret,
  SealingError,
} from '@postausgang/credentials';
import { destinationDigest, type SecretBinding } from '@postausgang/settings';

export const password = 'S3cr3t – geheim';
export const destination = destinationDigest({
  kind: 'smtp',
  host: 'mail.acme.example',
  port: 587,
  encryption: 'starttls',
  trust: 'system',
  mechanism: 'password',
});
export const binding: SecretBinding = {
  resource: 'outgoing-servers/default',
  field: '/smtp/password',
  destination,
};
export const directory = join(tap.testdir(), 'keys');
export const keyRing = await openKeyRing(directory);
export const onlyKey = onlyKeyOf(keyRing.publicKeys.keys);
export const sealer = createSealer(keyRing.publicKeys);
export const opener = createOpener(keyRing);
export const sealed = await sealer.seal(createSecret(password), binding);

function onlyKeyOf(keys: readonly PublicKey[]): PublicKey {
  const [key] = keys;
  if (key === undefined) throw new Error('the ring has no key');
  return key;
}

export const decoded = (text: string): unknown => JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
export const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** `opened`, or the code of the refusal. */
export async function codeOfOpening(candidate: unknown, wanted = binding): Promise<unknown> {
  try {
    await opener.open(candidate as SealedSecret, wanted);
    return 'opened';
  } catch (error) {
    return error instanceof SealingError ? error.code : error;
  }
}
