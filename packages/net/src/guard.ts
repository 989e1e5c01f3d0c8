import { BlockList, isIP } from 'node:net';
import { networkInterfaces } from 'node:os';

/**
 * Where this service may connect to. A connection test would be a port scanner otherwise. Private networks are
 * allowed: mail servers live there.
 */
export interface ConnectionPolicy {
  /** Destination ports; `any` is for machines on which nobody else could be reached anyway. */
  readonly allowedPorts: readonly number[] | 'any';
  /** Allows this machine: loopback, and the addresses of its own interfaces. */
  readonly allowLoopback: boolean;
  /** CIDR ranges that are always refused. */
  readonly deniedNetworks: readonly string[];
  /** CIDR ranges; unless empty, nothing outside of them is allowed. What is never allowed stays so. */
  readonly allowedNetworks: readonly string[];
}

/** The ports of mail servers (RFC 5321, 6409, 8314), and the one that hosters offer beside them. */
export const usualMailPorts = [25, 465, 587, 2525] as const;

/** What holds unless the operator says otherwise. */
export const defaultConnectionPolicy: ConnectionPolicy = {
  allowedPorts: usualMailPorts,
  allowLoopback: false,
  deniedNetworks: [],
  allowedNetworks: [],
};

const loopback = ['127.0.0.0/8', '::1/128'];

/**
 * Never a mail server: this network, link-local, metadata services of clouds, multicast, reserved and broadcast, and
 * the spellings of IPv4 addresses that nobody needs (6to4, translated, compatible).
 */
const neverAllowed = [
  '0.0.0.0/8',
  '169.254.0.0/16',
  '100.100.100.200/32',
  '168.63.129.16/32',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '192.0.0.192/32',
  '::/96',
  '::ffff:0:0:0/96',
  '64:ff9b:1::/48',
  '2002::/16',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
  'fd00:ec2::254/128',
  'fd20:ce::254/128',
];

/** IPv6 networks whose last 32 bits are an IPv4 address: mapped (RFC 4291 §2.5.5.2) and NAT64 (RFC 6052). */
const embeddings = ['::ffff:', '64:ff9b::'];

/** A policy, ready to be asked. */
export interface DestinationGuard {
  allowsPort(port: number): boolean;
  /** @param address an IP address in the spelling of a resolver */
  allowsAddress(address: string): boolean;
}

/** The addresses of the interfaces of this machine. */
function interfaceAddresses(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((interfaces = []) =>
    interfaces.map(({ address }) => address),
  );
}

/**
 * Whatever listens for this machine alone often listens on all of its addresses, so they count as loopback. They are
 * looked up for each question: they change while the service runs.
 *
 * @param ownAddresses the addresses of this machine
 * @throws RangeError when a network of the policy is not a CIDR range
 */
export function createDestinationGuard(
  policy: ConnectionPolicy,
  ownAddresses: () => readonly string[] = interfaceAddresses,
): DestinationGuard {
  const never = networks(neverAllowed);
  const local = networks(loopback);
  // Addresses of interfaces that are never allowed, such as link-local ones, stay so.
  const isThisMachine = (address: string, type: 'ipv4' | 'ipv6'): boolean =>
    local.check(address, type) ||
    (!never.check(address, type) && networks(ownAddresses().flatMap(ownRange)).check(address, type));
  const denied = networks(policy.deniedNetworks);
  const allowed = policy.allowedNetworks.length === 0 ? null : networks(policy.allowedNetworks);
  const allowsAddress = (address: string): boolean => {
    const [plain = ''] = address.split('%');
    const family = isIP(plain);
    if (family === 0) return false;
    const type = family === 6 ? 'ipv6' : 'ipv4';
    const isImpossible = isThisMachine(plain, type) ? !policy.allowLoopback : never.check(plain, type);
    return !isImpossible && !denied.check(plain, type) && (allowed === null || allowed.check(plain, type));
  };
  const { allowedPorts } = policy;
  return { allowsPort: (port) => allowedPorts === 'any' || allowedPorts.includes(port), allowsAddress };
}

function ownRange(address: string): readonly string[] {
  const [plain = ''] = address.split('%');
  const family = isIP(plain);
  return family === 0 ? [] : [`${plain}/${family === 6 ? 128 : 32}`];
}

function networks(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) addRange(list, range);
  return list;
}

function addRange(list: BlockList, range: string): void {
  const [network = '', bits = '', ...rest] = range.split('/');
  const family = isIP(network);
  const prefix = Number(bits);
  const longest = family === 6 ? 128 : 32;
  if (family === 0 || !/^\d{1,3}$/.test(bits) || rest.length > 0 || prefix > longest) {
    throw new RangeError(`Not a network in CIDR notation: ${range}`);
  }
  list.addSubnet(network, prefix, family === 6 ? 'ipv6' : 'ipv4');
  if (family === 6) return;
  for (const embedding of embeddings) list.addSubnet(`${embedding}${network}`, prefix + 96, 'ipv6');
}
