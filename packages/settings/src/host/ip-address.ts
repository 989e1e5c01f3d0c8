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
