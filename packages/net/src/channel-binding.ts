/**
 * Names for a TLS connection that both of its ends know and nobody else can have: a sign-in that is bound to one cannot be
 * passed on to another connection (RFC 5056).
 */
import { createHash, X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/** A channel binding of the registry of IANA. `data` has no prefix. */
export interface ChannelBinding {
  readonly type: 'tls-exporter' | 'tls-server-end-point' | 'tls-unique';
  readonly data: Uint8Array;
}

/**
 * The bindings of a connection whose handshake is done, the one to use first in front. With TLS 1.3 that is `tls-exporter`
 * (RFC 9266). Before, `tls-unique` (RFC 5929 §3) comes last, because it is weak without extended master secrets (RFC 7627).
 */
export function channelBindingsOf(socket: TLSSocket): readonly ChannelBinding[] {
  const certificate = certificateOf(socket);
  const endPoint = certificate && hashOfCertificate(certificate);
  const ofServer: readonly ChannelBinding[] =
    endPoint === undefined ? [] : [{ type: 'tls-server-end-point', data: endPoint }];
  if (socket.getProtocol() === 'TLSv1.3') {
    const exported = socket.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0));
    return [{ type: 'tls-exporter', data: exported }, ...ofServer];
  }
  // Sessions are never resumed, so the first Finished message is the one of the client.
  const finished = socket.getFinished();
  return finished === undefined ? ofServer : [...ofServer, { type: 'tls-unique', data: finished }];
}

/** Undefined when the connection has ended. Not by `getPeerX509Certificate`: Node gives the certificate that way once. */
function certificateOf(socket: TLSSocket): X509Certificate | undefined {
  const { raw } = Object(socket.getPeerCertificate());
  return raw === undefined ? undefined : new X509Certificate(raw);
}

/** `tls-server-end-point` of a connection, its name in front; undefined where it has none, or no TLS. */
export function endPointBindingOf(socket: Socket | null): Uint8Array | undefined {
  const certificate = socket instanceof TLSSocket ? certificateOf(socket) : undefined;
  return certificate && tlsServerEndPoint(certificate);
}

/**
 * The channel binding `tls-server-end-point` (RFC 5929 §4) of a connection with this server certificate, its name in front.
 * Undefined for certificates whose signature has no hash of its own (Ed25519), for which the RFC defines none.
 */
export function tlsServerEndPoint(certificate: X509Certificate): Uint8Array | undefined {
  const hash = hashOfCertificate(certificate);
  return hash === undefined ? undefined : Buffer.concat([Buffer.from('tls-server-end-point:'), hash]);
}

function hashOfCertificate(certificate: X509Certificate): Buffer | undefined {
  const algorithm = hashOf(certificate.signatureAlgorithm ?? '');
  return algorithm === undefined ? undefined : createHash(algorithm).update(certificate.raw).digest();
}

/** The hash of the signature; SHA-256 stands in for MD5 and SHA-1. Of RSASSA-PSS Node does not say which it is. */
function hashOf(signatureAlgorithm: string): string | undefined {
  const [, bits] = /sha_?(256|384|512)/i.exec(signatureAlgorithm) ?? [];
  if (bits !== undefined) return `sha${bits}`;
  return /md5|sha_?1|rsassapss/i.test(signatureAlgorithm) ? 'sha256' : undefined;
}
