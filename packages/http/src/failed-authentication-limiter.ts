import { isIPv6 } from 'node:net';

/** At most `failures` within a fixed window of `windowMs`. */
export interface FailureLimit {
  readonly failures: number;
  readonly windowMs: number;
}

export interface FailedAuthenticationLimiter {
  /** Counts a failure of the client. Above the limit: how many seconds until its window ends. */
  readonly countFailure: (clientAddress: string) => number | undefined;
}

interface Window {
  failures: number;
  readonly endsAt: number;
}

const maxClients = 10_000;

/** One person holds a whole IPv6 /64, so that is what is counted. */
function clientOf(address: string): string {
  if (!isIPv6(address) || address.startsWith('::ffff:')) return address;
  const [head = ''] = address.split('::');
  return head.split(':').slice(0, 4).join(':');
}

/**
 * Counts failures only, so a good key is never locked out by somebody else's bad one behind the same address.
 * Keys have 256 bits: this is against noise and load, not against guessing.
 */
export function createFailedAuthenticationLimiter(
  { failures, windowMs }: FailureLimit,
  now: () => number,
): FailedAuthenticationLimiter {
  const windows = new Map<string, Window>();

  const currentWindow = (client: string): Window => {
    const known = windows.get(client);
    if (known !== undefined && now() < known.endsAt) return known;
    windows.delete(client);
    const [oldest] = windows.keys();
    if (windows.size >= maxClients && oldest !== undefined) windows.delete(oldest);
    const opened: Window = { failures: 0, endsAt: now() + windowMs };
    windows.set(client, opened);
    return opened;
  };

  return {
    countFailure(clientAddress) {
      const window = currentWindow(clientOf(clientAddress));
      window.failures += 1;
      if (window.failures <= failures) return undefined;
      return Math.max(1, Math.ceil((window.endsAt - now()) / 1000));
    },
  };
}
