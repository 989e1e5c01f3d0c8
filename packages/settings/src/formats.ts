/** What texts of the settings have to be: hosts, mail addresses, URLs, instants and names of services. */
import type { FindingCode, TextFormat } from '@postausgang/contracts';

/** For each format of the field tables: which texts it accepts, and the finding for the others. */
export const textFormats: Readonly<
  Record<TextFormat, { readonly accepts: (text: string) => boolean; readonly finding: FindingCode }>
> = {
  host: { accepts: isHost, finding: 'hostname-invalid' },
  'mail-address': { accepts: isValidAddress, finding: 'address-invalid' },
  'https-url': { accepts: isUsableUrl, finding: 'url-invalid' },
  instant: { accepts: (text) => parseInstant(text) !== undefined, finding: 'date-invalid' },
  domain: { accepts: isDomainPattern, finding: 'domain-invalid' },
  'address-or-domain': {
    accepts: (text) => (text.includes('@') ? isValidAddress(text) : isDomainPattern(text)),
    finding: 'address-or-domain-invalid',
  },
  'service-principal': { accepts: isServicePrincipal, finding: 'service-principal-invalid' },
};

const servicePrincipal = /^[A-Za-z][A-Za-z0-9-]{0,62}\/[A-Za-z0-9._-]{1,253}$/;

/** Whether a text names a service in a domain (SPN): `service/host`, without the realm, which follows from the host. */
export function isServicePrincipal(name: string): boolean {
  return servicePrincipal.test(name);
}

/** An https address without credentials, query and fragment. */
export function isUsableUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, search, hash } = new URL(text);
  return protocol === 'https:' && [username, password, search, hash].every((part) => part === '');
}

/**
 * What addresses are compared by. The local part is compared without case too: nobody gives `Kunde@` and `kunde@` to two
 * people, but certificates are written either way. A domain with umlauts is compared by its A-labels (RFC 5890): certificates
 * name it so, and people do not.
 */
export function addressMatchKey(address: string): string {
  return asciiAddress(address.normalize('NFC').toLowerCase());
}

/** Readers compare the sender with the addresses of the certificate (RFC 8550 §3); one without any is for all. */
export function isCertified(address: string, addresses: readonly string[]): boolean {
  const key = addressMatchKey(address);
  return addresses.length === 0 || addresses.some((one) => addressMatchKey(one) === key);
}

const onlyAscii = /^\p{ASCII}*$/u;

/**
 * An address as it goes into an envelope: its domain in A-labels (IDNA2008 by UTS 46, RFC 5891), which every server
 * understands. The local part has no such form and stays. So does a domain that is none.
 */
export function asciiAddress(address: string): string {
  if (onlyAscii.test(address)) return address;
  const at = address.lastIndexOf('@');
  const domain = address.slice(at + 1);
  return onlyAscii.test(domain) ? address : `${address.slice(0, at + 1)}${asciiForm(domain) ?? domain}`;
}

const decimalOctet = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const ipv4 = new RegExp(`^${decimalOctet}(?:\\.${decimalOctet}){3}$`);
const ipv6Characters = /^[0-9a-f:.]{2,45}$/i;

/**
 * An IPv4 address of four decimal octets, or an IPv6 address (RFC 4291 §2.2) without brackets and without zone id.
 * The short, octal and hexadecimal spellings of IPv4 that resolvers understand too are refused.
 */
export function isIpAddress(text: string): boolean {
  return ipv4.test(text) || (ipv6Characters.test(text) && URL.canParse(`http://[${text}]/`));
}

const maxNameLength = 253;
const maxLabelLength = 63;

const asciiLabel = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/i;
const unicodeLabel = /^[\p{L}\p{Nd}](?:[\p{L}\p{M}\p{Nd}-]*[\p{L}\p{M}\p{Nd}])?$/u;
const asciiOnly = /^[\x21-\x7e]*$/;
const invisible = /\p{Default_Ignorable_Code_Point}/u;
// Resolvers take `127.1` and `0x7f.1` for addresses.
const numericLabel = /^(?:\d+|0x[0-9a-f]*)$/i;

/**
 * A host name without the final dot: labels of letters, digits and inner hyphens (RFC 1123 §2.1) of at most 63
 * characters, 253 in all, or labels with letters of other scripts (IDNA, RFC 5890) whose A-label form keeps these
 * limits. One label is enough: intranets use such names. The last label is never a number.
 */
export function isHostName(text: string): boolean {
  if (text.length > maxNameLength) return false;
  const labels = asciiForm(text)?.split('.') ?? [];
  return (
    labels.length > 0 &&
    labels.join('.').length <= maxNameLength &&
    labels.every((label) => label.length <= maxLabelLength && asciiLabel.test(label)) &&
    !numericLabel.test(labels.at(-1) ?? '')
  );
}

/** A domain, or with `*.` in front all below one. */
export function isDomainPattern(text: string): boolean {
  return isHostName(text.replace(/^\*\./, ''));
}

/**
 * What a mail server may be entered as: a host name, the final dot allowed, or an IP address. An address may stand in
 * brackets, as in URLs (`[::1]`), or be a literal of SMTP (`[IPv6:::1]`, RFC 5321 §4.1.3). One with a zone (`fe80::1%eth0`)
 * is refused: there are no mail servers on link-local addresses.
 */
export function isHost(text: string): boolean {
  return isIpAddress(withoutBrackets(text)) || isHostName(withoutFinalDot(text));
}

const bracketed = /^\[(?:IPv6:(?=[^\]]*:))?([0-9a-f:.]+)\]$/i;

/** An address as it is connected to: without the brackets it may have been entered in. Names stay as they are. */
export function withoutBrackets(host: string): string {
  return bracketed.exec(host)?.[1] ?? host;
}

/** The name without the dot that says it is complete. */
function withoutFinalDot(name: string): string {
  return name.endsWith('.') ? name.slice(0, -1) : name;
}

/** A host as it is compared: lower case, without the final dot and without brackets. */
export function plainHost(host: string): string {
  return withoutFinalDot(withoutBrackets(host)).toLowerCase();
}

/** The name as in the DNS; undefined where it is none. */
export function asciiForm(name: string): string | undefined {
  if (asciiOnly.test(name)) return name;
  const url = `http://${name}/`;
  return isUnicodeName(name) && URL.canParse(url) ? new URL(url).hostname : undefined;
}

// Wide letters, ligatures and invisible characters turn into another name on the way to the resolver.
function isUnicodeName(name: string): boolean {
  const unchanged = name.normalize('NFKC') === name && !invisible.test(name);
  return unchanged && name.split('.').every((label) => unicodeLabel.test(label));
}

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

const instant =
  /^(\d{4})-(\d{2})-(\d{2})T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/**
 * The instant of an RFC 3339 text in milliseconds since 1970-01-01T00:00:00Z, or undefined when there is no such
 * instant: 30 February, 24:00, or a leap second, which no clock of ours can name.
 */
export function parseInstant(text: string): number | undefined {
  const [, year, month, day] = instant.exec(text) ?? [];
  if (!isCalendarDay(Number(year), Number(month), Number(day))) return undefined;
  return Date.parse(text);
}

function isCalendarDay(year: number, month: number, day: number): boolean {
  const lastDayOfMonth = new Date(0);
  lastDayOfMonth.setUTCFullYear(year, month, 0);
  return month >= 1 && month <= 12 && day >= 1 && day <= lastDayOfMonth.getUTCDate();
}
