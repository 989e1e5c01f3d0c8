import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import {
  type ConnectionOptions,
  createSecureContext,
  type DetailedPeerCertificate,
  getCACertificates,
  type SecureContext,
  type PeerCertificate as TlsPeerCertificate,
  type TLSSocket,
} from 'node:tls';
import { domainToASCII } from 'node:url';
import type { ConnectionTestStepName, Failure, PeerCertificate, TestNote } from '@postausgang/contracts';
import { revealSecret, type TlsRules } from '@postausgang/credentials';
import { untrustedText } from './failures.ts';
import { checkAlternativeNames } from './server-identity.ts';

const dayMs = 86_400_000;
const maxNames = 50;

/** A server's certificate as a connection test shows it. */
export function peerCertificate(certificate: X509Certificate, now: Date): PeerCertificate {
  const { validFromDate, validToDate } = certificate;
  return {
    subject: distinguishedName(certificate.subject),
    issuer: distinguishedName(certificate.issuer),
    subjectAltNames: (certificate.subjectAltName ?? '')
      .split(', ')
      .filter((name) => name !== '')
      .slice(0, maxNames)
      .map(untrustedText),
    validFrom: instant(validFromDate),
    validTo: instant(validToDate),
    daysLeft: Math.floor((validToDate.getTime() - now.getTime()) / dayMs) || 0,
    fingerprintSha256: certificate.fingerprint256,
    pem: certificate.toString(),
  };
}

/** Node puts each part on a line of its own. */
const distinguishedName = (name: string | undefined): string =>
  untrustedText((name ?? '').trim().split('\n').join(', '));

/** Whoever makes a certificate can write any date into it. */
const instant = (date: Date): string => (Number.isNaN(date.getTime()) ? '' : date.toISOString());

/** What was found at a stage; `reply` is the server's, as it came. */
export interface StageFinding {
  readonly detail?: string;
  readonly reply?: string;
  /** What works, and yet should be changed. */
  readonly warning?: Failure;
  /** What this does not show. */
  readonly note?: TestNote;
}

/** Looks over the shoulder of a session; the connection test is one. */
export interface StageObserver {
  passed(stage: ConnectionTestStepName, finding: StageFinding): void;
  /** The server's certificate, before it is verified, and what it sent with it. */
  certificate(certificate: X509Certificate, chain: readonly X509Certificate[]): void;
}

/**
 * Hands the certificate over when the handshake is done and the verification is still to come: a socket whose
 * certificate was refused no longer has it. Not by `getPeerX509Certificate`: after it, Node finds no names in the
 * certificate and refuses it.
 */
export function observeCertificate(socket: TLSSocket, observer: StageObserver): void {
  socket.prependListener('secure', () => {
    const [certificate, ...chain] = sentCertificates(socket);
    if (certificate !== undefined) observer.certificate(certificate, chain);
  });
}

/**
 * Whether the server sent its own certificate alone, and that one names an address its issuer's can be had from: public
 * authorities issue by intermediate certificates, which the server has to send.
 */
export function leavesOutIssuer(socket: TLSSocket): boolean {
  const { infoAccess, issuerCertificate } = socket.getPeerCertificate(true);
  const addresses = infoAccess?.['CA Issuers - URI'] ?? [];
  return issuerCertificate === undefined && addresses.some((address) => address.startsWith('http'));
}

/** More than this is of no use to anybody. */
const longestChain = 10;

function sentCertificates(socket: TLSSocket): readonly X509Certificate[] {
  const found: X509Certificate[] = [];
  let next: Partial<DetailedPeerCertificate> | undefined = socket.getPeerCertificate(true);
  while (next?.raw !== undefined && found.length < longestChain) {
    const certificate: X509Certificate = new X509Certificate(next.raw);
    if (found.some(({ raw }) => raw.equals(certificate.raw))) break;
    found.push(certificate);
    next = next.issuerCertificate;
  }
  return found;
}

/** Made once per transport: reading the authorities costs milliseconds. */
export type TlsSettings = Pick<
  ConnectionOptions,
  'secureContext' | 'host' | 'servername' | 'checkServerIdentity'
>;

const usualTls: TlsRules = { client: null, trusted: null };

/**
 * How a server is verified: TLS 1.2 or newer, its chain up to the known authorities (NODE_EXTRA_CA_CERTS among them) or
 * to one of `ca` (PEM), and the configured host name, which has to be a subject alternative name (RFC 9525 §6.3; the
 * common name counts for nothing); an IP address has to stand in the certificate as one. With a
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
  if (trusted === null) return { checkServerIdentity: checkAlternativeNames };
  const pinned = new X509Certificate(trusted).raw;
  return {
    checkServerIdentity: (host: string, certificate: TlsPeerCertificate) =>
      pinned.equals(certificate.raw) ? undefined : checkAlternativeNames(host, certificate),
  };
}

/** Protocol and cipher, e.g. `TLSv1.3 TLS_AES_256_GCM_SHA384`. */
export const tlsDescription = (socket: TLSSocket): string =>
  `${socket.getProtocol() ?? 'TLS'} ${socket.getCipher().name}`;
