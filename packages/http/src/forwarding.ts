/*
 * Where a request comes from, and for which host it is. Both can be forged: every client can send `X-Forwarded-For`, and two
 * `Host` fields of which a proxy reads one and a server the other (RFC 9112 §3.2).
 *
 * Headers of a proxy count only from a trusted one. The chain is read from its end, the entry that the nearest proxy has
 * added: the first address that is no trusted proxy is the client, and what stands before it is the client's own word.
 */
import { BlockList, isIP } from 'node:net';
import type { FastifyRequest } from 'fastify';
import { ConfigurationError, type ServerVariables } from '@postausgang/configuration';
import { serverPlugin } from './plugin.ts';
import { ProblemError } from './problems.ts';

/** Where a proxy in front usually is: on this machine, or in a private network (RFC 1918, RFC 4193, RFC 6598, link-local). */
const nearby = [
  '127.0.0.0/8',
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  '169.254.0.0/16',
  '::1/128',
  'fc00::/7',
  'fe80::/10',
];

/** Which proxies in front are believed. */
export interface ProxyTrust {
  /** How many proxies there are, all nearby. Default 0: the peer is the client, and no header of a proxy is read. */
  readonly trustedProxyHops?: number;
  /** Addresses and CIDR networks of the proxies. Unless empty, their number does not count. */
  readonly trustedProxies?: readonly string[];
}

/** For Fastify: whether the proxy at this address is believed; `hop` counts from the peer. */
export function createProxyTrust({
  trustedProxyHops: hops = 0,
  trustedProxies: listed = [],
}: ProxyTrust): (address: string, hop: number) => boolean {
  const known = networksOf(listed.length > 0 ? listed : nearby);
  const isKnown = (address: string): boolean => {
    const plain = addressOf(address);
    return plain !== undefined && known.check(plain, isIP(plain) === 6 ? 'ipv6' : 'ipv4');
  };
  // A client in a private network looks like a proxy, so without a list their number counts.
  return (address, hop) => (listed.length > 0 || hop < hops) && isKnown(address);
}

/** @throws RangeError that names the entry that is wrong. */
function networksOf(entries: readonly string[]): BlockList {
  const list = new BlockList();
  for (const entry of entries) {
    const [network = '', bits, ...rest] = entry.split('/');
    const family = isIP(network);
    const longest = family === 6 ? 128 : 32;
    const prefix = bits === undefined ? longest : Number(bits);
    if (family === 0 || rest.length > 0 || !/^\d{1,3}$/.test(bits ?? '0') || prefix > longest) {
      throw new RangeError(`"${entry}" is neither an IP address nor a network in CIDR notation`);
    }
    list.addSubnet(network, prefix, family === 6 ? 'ipv6' : 'ipv4');
  }
  return list;
}

/**
 * The proxies as the variables name them. Without a list, `BEHIND_PROXY` means one.
 *
 * @throws ConfigurationError
 */
export function proxyTrustOf(
  variables: Pick<ServerVariables, 'BEHIND_PROXY' | 'TRUSTED_PROXIES'>,
): Required<ProxyTrust> {
  const entries = variables.TRUSTED_PROXIES.split(',').map((entry) => entry.trim());
  const listed = entries.filter((entry) => entry !== '');
  try {
    networksOf(listed);
  } catch (error) {
    throw new ConfigurationError([`TRUSTED_PROXIES: ${error instanceof Error ? error.message : ''}`]);
  }
  if (!variables.BEHIND_PROXY && listed.length > 0) {
    throw new ConfigurationError(['TRUSTED_PROXIES: proxies are believed only with BEHIND_PROXY=true']);
  }
  return { trustedProxyHops: variables.BEHIND_PROXY ? 1 : 0, trustedProxies: listed };
}

/** An IP address that may have a port behind it, as some proxies write it. IPv4 in IPv6 becomes IPv4. */
function addressOf(text: string): string | undefined {
  const bare = text.trim().replace(/%.*$/, '');
  const plain =
    /^\[(.*)\](?::\d+)?$/.exec(bare)?.[1] ?? (isIP(bare) === 0 ? bare.replace(/:\d+$/, '') : bare);
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(plain)?.[1] ?? plain;
  return isIP(mapped) === 0 ? undefined : mapped;
}

/** The address of the client: what the proxy says, if that is one, else that of the peer. */
export function clientAddressOf({ ip, socket }: Pick<FastifyRequest, 'ip' | 'socket'>): string {
  return addressOf(ip) ?? addressOf(socket.remoteAddress ?? '') ?? ip;
}

/** `uri-host [":" port]` (RFC 9110 §7.2), or nothing at all. A comma would join two hosts. */
const hostForm = /^(\[[0-9a-f:.]+\]|[\w.~%!$&'()*+;=-]*)(:\d{0,5})?$/i;

function hostsOf(rawHeaders: readonly string[]): readonly string[] {
  return rawHeaders.filter(
    (_value, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === 'host',
  );
}

/** Refuses a request with more than one host, with one that is none, or, under HTTP/1.1, without. */
export const oneHost = serverPlugin<object>('one-host', ['problems'], async (app) => {
  app.addHook('onRequest', ({ raw }, _reply, done) => {
    const [host, ...others] = hostsOf(raw.rawHeaders);
    const isMissing = host === undefined && raw.httpVersion !== '1.0';
    if (!isMissing && others.length === 0 && hostForm.test(host ?? '')) done();
    else done(new ProblemError('request-malformed', { detail: 'A request has exactly one Host field.' }));
  });
});
