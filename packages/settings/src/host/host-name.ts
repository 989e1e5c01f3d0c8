import { isIpAddress } from './ip-address.ts';

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

/** What a mail server may be entered as: a host name, the final dot allowed, or an IP address. */
export function isHost(text: string): boolean {
  return isIpAddress(text) || isHostName(withoutFinalDot(text));
}

/** The name without the dot that says it is complete. */
export function withoutFinalDot(name: string): string {
  return name.endsWith('.') ? name.slice(0, -1) : name;
}

function asciiForm(name: string): string | undefined {
  if (asciiOnly.test(name)) return name;
  const url = `http://${name}/`;
  return isUnicodeName(name) && URL.canParse(url) ? new URL(url).hostname : undefined;
}

// Wide letters, ligatures and invisible characters turn into another name on the way to the resolver.
function isUnicodeName(name: string): boolean {
  const unchanged = name.normalize('NFKC') === name && !invisible.test(name);
  return unchanged && name.split('.').every((label) => unicodeLabel.test(label));
}
