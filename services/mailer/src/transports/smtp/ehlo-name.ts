import { BlockList, isIP, isIPv6, type Socket } from 'node:net';
import { type Failure, failure } from '@postausgang/contracts';
import { isHostName } from '@postausgang/settings';

/** Names that every machine may have, and that say nothing. */
const saysNothing = /(?:^|\.)(?:localhost|localdomain)$/i;

/** The host name as a name to greet with, or empty where it is not fully qualified: a container's id, `vm`, `localhost`. */
export function qualifiedName(hostname: string): string {
  const isQualified = hostname.includes('.') && isHostName(hostname) && !saysNothing.test(hostname);
  return isQualified && /^[\x21-\x7e]+$/.test(hostname) ? hostname : '';
}

/**
 * What we greet with (RFC 5321 §4.1.1.1): the name that was configured, or the literal of the address that the connection
 * comes from (§4.1.3).
 */
export function ehloNameFor(configured: string, { localAddress }: Pick<Socket, 'localAddress'>): string {
  if (configured !== '') return configured;
  const [address = ''] = (localAddress ?? '').replace(/^::ffff:(?=\d+\.)/i, '').split('%');
  if (isIP(address) === 0) return '[127.0.0.1]';
  return isIPv6(address) ? `[IPv6:${address}]` : `[${address}]`;
}

const ownNetworks = new BlockList();
for (const [network, bits] of [
  ['10.0.0.0', 8],
  ['127.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
] as const) {
  ownNetworks.addSubnet(network, bits);
}
ownNetworks.addAddress('::1', 'ipv6');
ownNetworks.addSubnet('fc00::', 7, 'ipv6');
ownNetworks.addSubnet('fe80::', 10, 'ipv6');

/** A bare name is wrong everywhere; a literal is right, but servers on the Internet trust it less than a name. */
export function ehloWarning(name: string, { remoteAddress }: Pick<Socket, 'remoteAddress'>): Failure | null {
  const isLiteral = name.startsWith('[');
  if (!isLiteral) return name.includes('.') ? null : failure('ehlo-name-unqualified', name);
  const [server = ''] = (remoteAddress ?? '').split('%');
  const isOutside = isIP(server) !== 0 && !ownNetworks.check(server, isIPv6(server) ? 'ipv6' : 'ipv4');
  return isOutside ? failure('ehlo-name-unqualified', name) : null;
}
