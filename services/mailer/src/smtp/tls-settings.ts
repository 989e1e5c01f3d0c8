import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import {
  checkServerIdentity,
  type ConnectionOptions,
  createSecureContext,
  getCACertificates,
  type PeerCertificate as TlsPeerCertificate,
  type SecureContext,
  type TLSSocket,
} from 'node:tls';
import { domainToASCII } from 'node:url';
import { revealSecret, type Secret } from '@postausgang/sealing';

/** Made once per transport: reading the authorities costs milliseconds. */
export type TlsSettings = Pick<
  ConnectionOptions,
  'secureContext' | 'host' | 'servername' | 'checkServerIdentity'
>;

/** What we prove our identity with. */
export interface ClientCertificate {
  /** With its chain, PEM. */
  readonly pem: string;
  /** PKCS#8 as PEM; revealed for OpenSSL. */
  readonly privateKey: Secret;
}

/** What the settings say beside the host. */
export interface TlsRules {
  readonly client: ClientCertificate | null;
  /** The one authority or certificate that is trusted (PEM); null: the known authorities. */
  readonly trusted: string | null;
}

const usualTls: TlsRules = { client: null, trusted: null };

/**
 * How a server is verified: TLS 1.2 or newer, its chain up to the known authorities (NODE_EXTRA_CA_CERTS among them) or
 * to one of `ca` (PEM), and the configured host name; an IP address has to stand in the certificate as one. With a
 * trusted certificate that is the only one: an authority has to have issued the server's certificate, and any
 * certificate may be the server's own, whatever name stands in it (a pin).
 */
export function tlsSettings(hostname: string, ca?: string, rules: TlsRules = usualTls): TlsSettings {
  const name = hostname.endsWith('.') ? hostname.slice(0, -1) : hostname;
  const common = { secureContext: contextFor(ca, rules), ...identityCheck(rules) };
  // SNI takes no IP addresses (RFC 6066 §3); the name that is verified is then the host.
  if (isIP(name) !== 0) return { ...common, host: name };
  const servername = domainToASCII(name);
  return { ...common, host: servername, servername };
}

function contextFor(ca: string | undefined, { client, trusted }: TlsRules): SecureContext {
  const known = ca === undefined ? {} : { ca: [...getCACertificates('default'), ca] };
  // A certificate that somebody else has issued is trusted by itself, without the authority above it.
  const anchors = trusted === null ? known : { ca: [trusted], allowPartialTrustChain: true };
  const identity = client === null ? {} : { cert: client.pem, key: revealSecret(client.privateKey) };
  return createSecureContext({ ...anchors, ...identity, minVersion: 'TLSv1.2' });
}

function identityCheck({ trusted }: TlsRules): Pick<TlsSettings, 'checkServerIdentity'> {
  if (trusted === null) return {};
  const pinned = new X509Certificate(trusted).raw;
  return {
    checkServerIdentity: (host: string, certificate: TlsPeerCertificate) =>
      pinned.equals(certificate.raw) ? undefined : checkServerIdentity(host, certificate),
  };
}

/** Protocol and cipher, e.g. `TLSv1.3 TLS_AES_256_GCM_SHA384`. */
export const tlsDescription = (socket: TLSSocket): string =>
  `${socket.getProtocol() ?? 'TLS'} ${socket.getCipher().name}`;
