import { isHostName } from '../host/host-name.ts';

const maxAddressOctets = 254;
const maxLocalPartOctets = 64;

const atom = String.raw`(?:[A-Za-z0-9!#$%&'*+\-/=?^_\x60{|}~]|[^\x00-\x7f\p{C}\p{Z}\p{Default_Ignorable_Code_Point}])+`;
const dotAtom = new RegExp(`^${atom}(?:\\.${atom})*$`, 'u');

/**
 * Whether this is a mail address as we take it: the Mailbox of RFC 5321 §4.1.2 with the letters of RFC 6531 §3.3,
 * narrowed to what mail systems in use have.
 *
 * - the local part is a dot-atom of at most 64 octets; quoted local parts (`"a b"@example.com`) are refused
 * - the domain is a host name, one label is enough; address literals (`[192.0.2.1]`) are refused
 * - at most 254 octets (RFC 5321 §4.5.3.1.3)
 * - nothing around it: no display name, comment, group, route, white space, control or invisible character
 */
export function isValidAddress(address: string): boolean {
  if (address.length > maxAddressOctets || octets(address) > maxAddressOctets) return false;
  const at = address.lastIndexOf('@');
  const localPart = address.slice(0, Math.max(at, 0));
  return octets(localPart) <= maxLocalPartOctets && dotAtom.test(localPart) && isHostName(domainOf(address));
}

/** What stands behind the last at sign, as it is written; the whole text when there is none. */
export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1);
}

function octets(text: string): number {
  return Buffer.byteLength(text, 'utf8');
}
