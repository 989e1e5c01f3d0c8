import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { type Failure, failure } from '@postausgang/contracts';
import type { DestinationGuard } from './address-guard.ts';
import { lookupFailure } from './classify-network.ts';
import { within } from './within.ts';

/** Addresses of a host, in the order of the resolver. */
export type Resolve = (hostname: string) => Promise<readonly string[]>;

export type Destination =
  | { readonly ok: true; readonly addresses: readonly string[] }
  | { readonly ok: false; readonly failure: Failure };

export const resolveWithSystem: Resolve = async (hostname) => {
  const found = await lookup(hostname, { all: true, order: 'verbatim' });
  return found.map(({ address }) => address);
};

/**
 * Resolves once and keeps the addresses that may be connected to. The connection goes to one of these very addresses,
 * so that a name cannot mean one thing to the guard and another to the connection.
 */
export async function resolveDestination(
  { hostname, port }: { readonly hostname: string; readonly port: number },
  guard: DestinationGuard,
  timeoutMs: number,
  resolve: Resolve,
): Promise<Destination> {
  if (!guard.allowsPort(port)) return { ok: false, failure: failure('port-not-allowed', String(port)) };
  try {
    const found = isIP(hostname) === 0 ? await within(timeoutMs, resolve(hostname)) : [hostname];
    return allowedAmong(found, guard);
  } catch (error) {
    return { ok: false, failure: lookupFailure(error) };
  }
}

function allowedAmong(found: readonly string[], guard: DestinationGuard): Destination {
  if (found.length === 0) return { ok: false, failure: failure('host-not-found') };
  const addresses = found.filter((address) => guard.allowsAddress(address));
  if (addresses.length > 0) return { ok: true, addresses };
  return { ok: false, failure: failure('destination-not-allowed', found.join(', ')) };
}
