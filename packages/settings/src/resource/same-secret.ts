import type { StoredSecret } from '@postausgang/contracts';

/** Whether two stored secrets are the same seal; what is sealed nobody here can tell. */
export function isSameSecret(a: StoredSecret | null, b: StoredSecret | null): boolean {
  if (a === null || b === null) return a === b;
  return members(a).every((member, index) => member === members(b)[index]);
}

function members({ setAt, sealed }: StoredSecret): readonly string[] {
  const { keyId, destination, jwe } = sealed;
  return [setAt, keyId, destination, jwe.protected, jwe.aad, jwe.iv, jwe.ciphertext, jwe.tag];
}
