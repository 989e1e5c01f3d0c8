import { isIP } from 'node:net';
import {
  type ConnectionOptions,
  createSecureContext,
  getCACertificates,
  type SecureContext,
  type TLSSocket,
} from 'node:tls';
import { domainToASCII } from 'node:url';

/** Made once per transport: reading the authorities costs milliseconds. */
export type TlsSettings = Pick<ConnectionOptions, 'secureContext' | 'host' | 'servername'>;

/**
 * How a server is verified: TLS 1.2 or newer, its chain up to the known authorities (NODE_EXTRA_CA_CERTS among them) or
 * to one of `ca` (PEM), and the configured host name; an IP address has to stand in the certificate as one.
 */
export function tlsSettings(hostname: string, ca?: string): TlsSettings {
  const name = hostname.endsWith('.') ? hostname.slice(0, -1) : hostname;
  const common = { secureContext: contextFor(ca) };
  // SNI takes no IP addresses (RFC 6066 §3); the name that is verified is then the host.
  if (isIP(name) !== 0) return { ...common, host: name };
  const servername = domainToASCII(name);
  return { ...common, host: servername, servername };
}

function contextFor(ca: string | undefined): SecureContext {
  const own = ca === undefined ? {} : { ca: [...getCACertificates('default'), ca] };
  return createSecureContext({ ...own, minVersion: 'TLSv1.2' });
}

/** Protocol and cipher, e.g. `TLSv1.3 TLS_AES_256_GCM_SHA384`. */
export const tlsDescription = (socket: TLSSocket): string =>
  `${socket.getProtocol() ?? 'TLS'} ${socket.getCipher().name}`;
