/**
 * What addresses are compared by when a certificate is looked for. The local part is compared without case too: nobody
 * gives `Kunde@` and `kunde@` to two people, but certificates are written either way.
 */
export function addressMatchKey(address: string): string {
  return address.normalize('NFC').toLowerCase();
}
