/** The proxy of the operator: how it is named, what it is signed in to with, and which servers are reached without it. */
import { BlockList, isIP } from 'node:net';
import { createSecret, type Secret } from '@postausgang/credentials';
import { type Resolve, within } from '@postausgang/net';
import { plainHost, withoutBrackets } from '@postausgang/settings';

/** The proxy, which resolves names itself. */
export interface Proxy {
  readonly hostname: string;
  readonly port: number;
  /** The value of `Proxy-Authorization` (RFC 7617); absent: the proxy wants none. */
  readonly authorization?: Secret;
  /** Whether a server is reached without it. Absent: none is. */
  readonly isException?: ProxyExceptions;
}

/** @param resolve asked only where there are networks among the exceptions */
export type ProxyExceptions = (hostname: string, resolve: Resolve) => boolean | Promise<boolean>;

/**
 * `http://host:port`, with `user:password@` in front of the host where the proxy wants a sign-in, both percent-encoded.
 *
 * @throws Error that does not repeat the address, since there may be a password in it
 */
export function readProxy(address: string, exceptions: readonly string[]): Proxy {
  if (!URL.canParse(address)) throw new Error('not an address');
  const { protocol, hostname, port, username, password, pathname, search, hash } = new URL(address);
  if (protocol !== 'http:' || hostname === '' || pathname !== '/' || search !== '' || hash !== '') {
    throw new Error('not of the form http://user:password@host:port');
  }
  return {
    hostname: withoutBrackets(hostname),
    port: port === '' ? 80 : Number(port),
    ...(username === '' && password === '' ? {} : { authorization: basic(username, password) }),
    ...(exceptions.length === 0 ? {} : { isException: readExceptions(exceptions) }),
  };
}

function basic(username: string, password: string): Secret {
  const login = `${decoded(username)}:${decoded(password)}`;
  return createSecret(`Basic ${Buffer.from(login, 'utf8').toString('base64')}`);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Error('user name and password have to be percent-encoded');
  }
}

const name = /^[\p{L}\p{N}_-]+(?:\.[\p{L}\p{N}_-]+)*$/u;

/**
 * As NO_PROXY is written: `acme.example`, `.acme.example` and `*.acme.example` are this host and everything below it,
 * `10.0.0.0/8` is a network, `10.0.0.1` or `[::1]` an address, `*` everything. A port is not looked at. A name whose addresses
 * are in such a network is an exception too.
 *
 * @throws Error for what is none of these
 */
function readExceptions(entries: readonly string[]): ProxyExceptions {
  const networks = new BlockList();
  const suffixes: string[] = [];
  let hasNetworks = false;
  for (const entry of entries) {
    const [host = '', bits, ...rest] = withoutBrackets(entry.toLowerCase()).split('/');
    const family = isIP(host);
    const most = family === 6 ? 128 : 32;
    if (
      family !== 0 &&
      (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most)) &&
      rest.length === 0
    ) {
      networks.addSubnet(host, bits === undefined ? most : Number(bits), family === 6 ? 'ipv6' : 'ipv4');
      hasNetworks = true;
    } else {
      suffixes.push(suffixOf(entry));
    }
  }
  const isNamed = (hostname: string): boolean =>
    suffixes.some((suffix) => suffix === '' || `.${hostname}`.endsWith(suffix));
  const isIn = (address: string): boolean =>
    isIP(address) !== 0 && networks.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
  return async (hostname, resolve) => {
    const plain = plainHost(hostname);
    if (isNamed(plain) || isIn(plain)) return true;
    if (!hasNetworks || isIP(plain) !== 0) return false;
    // Where only the proxy knows the name, it is none of ours.
    const addresses = await within(lookupMs, resolve(plain)).catch(() => []);
    return addresses.length > 0 && addresses.every(isIn);
  };
}

const lookupMs = 5000;

/** With the dot in front; empty: everything. */
function suffixOf(entry: string): string {
  if (entry === '*') return '';
  const host = entry
    .toLowerCase()
    .replace(/:\d{1,5}$/, '')
    .replace(/^\*?\./, '');
  if (!name.test(host)) throw new Error(`"${entry}" is not a host, a domain or a network`);
  return `.${host}`;
}
