import { BlockList, isIPv4, isIPv6 } from 'node:net';

/** What protects the API keys on their way: a proxy that speaks TLS in front, or TLS of our own. */
export interface BindProtection {
  readonly behindProxy: boolean;
  readonly tls: boolean;
}

/** Thrown at start; the message says what to set. */
export class BindRefusedError extends Error {
  override readonly name = 'BindRefusedError';
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8);
loopback.addAddress('::1', 'ipv6');

/** Whether nobody but this machine can reach a server on this host. Names other than localhost count as others. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  if (bare === 'localhost') return true;
  if (isIPv4(bare)) return loopback.check(bare);
  return isIPv6(bare) && loopback.check(bare, 'ipv6');
}

/** Refuses to listen where API keys would cross a network in clear. */
export function requireSafeBind(host: string, { behindProxy, tls }: BindProtection): void {
  if (behindProxy || tls || isLoopback(host)) return;
  throw new BindRefusedError(
    `HOST is ${host === '' ? 'empty (every address)' : host}: API keys and mails would cross the network ` +
      'unencrypted. Listen on 127.0.0.1, or put a proxy with TLS in front and set BEHIND_PROXY=true.',
  );
}
