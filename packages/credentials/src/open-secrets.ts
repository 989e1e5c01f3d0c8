import { X509Certificate } from 'node:crypto';
import {
  type CertificateContent,
  type ExchangeConnectionContent,
  type Failure,
  failure,
  type FailureCode,
  type OutgoingServerContent,
} from '@postausgang/contracts';
import {
  certificateKind,
  clientSecretPointer,
  exchangeIdentityProblem,
  exchangePasswordPointer,
  exchangeSecretBinding,
  type ExchangeSecretPointer,
  type IdentityHosts,
  privateKeyBinding,
  type SettingsState,
  smtpIdentityProblem,
  smtpPasswordBinding,
  storedSecret,
  usesPassword,
} from '@postausgang/settings';
import { SealingError } from './sealing-error.ts';
import type { Opener } from './sealing.ts';
import { revealSecret, type Secret } from './secret.ts';

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

/** What the client proves its identity with. */
export type ClientCredential =
  | { readonly kind: 'secret'; readonly secret: Secret }
  | {
      readonly kind: 'certificate';
      /** PKCS#8, PEM. */
      readonly privateKey: Secret;
      /** The certificate and its chain, PEM. */
      readonly chain: string;
      /** Hexadecimal. */
      readonly thumbprintSha256: string;
    };

/** What the client proves its identity with: a secret or a certificate; null where there is none to use. */
export type Credential = ClientCredential | null;

/** What opens the way, as far as the connection uses it. */
export interface ExchangeKeys {
  readonly credential: Credential;
  readonly password: Secret | null;
  /** What the server is trusted by (PEM); null: the known authorities. */
  readonly trusted: string | null;
}

export interface ConnectionSettings {
  /** `exchange-connections/<id>` */
  readonly resource: string;
  readonly content: ExchangeConnectionContent;
}

export type OpenedSecret =
  | { readonly ok: true; readonly secret: Secret | null }
  | { readonly ok: false; readonly code: 'secret-required' | 'secret-unreadable' };

/** Which secret a connection signs in with; undefined when it has none of its own. */
export function usedSecret({
  authentication,
  clientCertificateId,
}: ExchangeConnectionContent): ExchangeSecretPointer | undefined {
  if (authentication === 'oauth') return clientCertificateId === null ? clientSecretPointer : undefined;
  return authentication === 'negotiate' ? undefined : exchangePasswordPointer;
}

/**
 * The secret of a connection, opened for the destination this very connection names. One that was sealed for another
 * destination stays shut, however it got there.
 */
export async function openExchangeSecret(
  opener: Opener,
  { resource, content }: ConnectionSettings,
): Promise<OpenedSecret> {
  const pointer = usedSecret(content);
  if (pointer === undefined) return { ok: true, secret: null };
  const stored = storedSecret(pointer, content);
  if (stored === null) return { ok: false, code: 'secret-required' };
  try {
    const binding = exchangeSecretBinding(resource, pointer, content);
    return { ok: true, secret: await opener.open(stored.sealed, binding) };
  } catch (error) {
    if (!(error instanceof SealingError)) throw error;
    return { ok: false, code: error.code === 'secret-required' ? 'secret-required' : 'secret-unreadable' };
  }
}

/** A certificate of the store as it is now. */
export interface CertificateVersion {
  readonly resource: string;
  readonly version: number;
  readonly content: CertificateContent;
}

/** Certificates by their ids. */
export type CertificatesById = ReadonlyMap<string, CertificateVersion>;

/** The certificates that a server and its Exchange connection name, as far as they exist. */
export function namedCertificates(
  state: Pick<SettingsState, 'certificates'>,
  { smtp, smime }: Pick<OutgoingServerContent, 'smtp' | 'smime'>,
  connection?: Pick<ExchangeConnectionContent, 'clientCertificateId' | 'trustedCertificateId'>,
): CertificatesById {
  const ids = [
    smtp.clientCertificateId,
    smtp.trustedCertificateId,
    smime.certificateId,
    smime.gatewayCertificateId,
    connection?.clientCertificateId ?? null,
    connection?.trustedCertificateId ?? null,
  ];
  return new Map(
    ids.flatMap((id) => {
      const certificate = id === null ? undefined : certificateById(state, id);
      return id === null || certificate === undefined ? [] : [[id, certificate] as const];
    }),
  );
}

/** Undefined when there is none, or no longer. */
export function certificateById(
  { certificates }: Pick<SettingsState, 'certificates'>,
  id: string,
): CertificateVersion | undefined {
  const state = certificates.get(`${certificateKind.prefix}${id}`);
  if (state === undefined || state.content === null) return undefined;
  const { resource, version, content } = state;
  return { resource, version, content };
}

/** What identifies chosen certificates: with other ones a connection has to be built anew. */
export function certificateFingerprints(
  certificates: CertificatesById | undefined,
  ...ids: readonly (string | null)[]
): readonly (string | null)[] {
  return ids.map((id) => {
    const details = id === null ? undefined : certificates?.get(id)?.content.details;
    return id === null ? null : `${id} ${details?.fingerprintSha256 ?? ''}`;
  });
}

type Opened<Value> =
  { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly code: FailureCode };

/** An own certificate, its private key opened for this very certificate. */
export interface OwnCertificate {
  readonly certificate: X509Certificate;
  readonly chain: readonly X509Certificate[];
  /** PKCS#8 as PEM. */
  readonly privateKey: Secret;
}

/** Opens the private key of an own certificate; it opens for its own public key and nothing else. */
export async function openOwnCertificate(
  opener: Opener,
  { resource, content }: CertificateVersion,
): Promise<Opened<OwnCertificate>> {
  const { certificate, chain, privateKey, publicKeySha256 } = content;
  if (certificate === null || privateKey === null || publicKeySha256 === null) {
    return { ok: false, code: 'settings-invalid' };
  }
  try {
    const secret = await opener.open(privateKey.sealed, privateKeyBinding(resource, publicKeySha256));
    // Loaded only where a certificate is used.
    const { isKeyOf, privateKeyOfPem } = await import('@postausgang/credentials/certificates');
    const own = new X509Certificate(certificate);
    if (!isKeyOf(own, privateKeyOfPem(revealSecret(secret)))) return { ok: false, code: 'secret-unreadable' };
    return {
      ok: true,
      value: { certificate: own, chain: chain.map((pem) => new X509Certificate(pem)), privateKey: secret },
    };
  } catch (error) {
    if (error instanceof SealingError) return { ok: false, code: 'secret-unreadable' };
    return { ok: false, code: 'settings-invalid' };
  }
}

/** The certificate we prove our identity with at a server; null where none is chosen. */
async function openClientCertificate(
  opener: Opener,
  id: string | null,
  certificates: CertificatesById,
): Promise<Opened<ClientCertificate | null>> {
  if (id === null) return { ok: true, value: null };
  const chosen = certificates.get(id);
  if (chosen === undefined) return { ok: false, code: 'settings-invalid' };
  const opened = await openOwnCertificate(opener, chosen);
  if (!opened.ok) return opened;
  const { certificate, chain, privateKey } = opened.value;
  return { ok: true, value: { pem: [certificate, ...chain].map(String).join(''), privateKey } };
}

/**
 * The certificate that a server is trusted by, as PEM; null where it is the known authorities. Its id is its own SHA-256,
 * so whoever writes to the log cannot put another one in its place: a password is sealed for the id.
 */
function trustedCertificate(id: string | null, certificates: CertificatesById): Opened<string | null> {
  if (id === null) return { ok: true, value: null };
  const pem = certificates.get(id)?.content.certificate ?? null;
  return pem !== null && id === `trusted-${fingerprintOf(pem)}`
    ? { ok: true, value: pem }
    : { ok: false, code: 'settings-invalid' };
}

function fingerprintOf(pem: string): string {
  try {
    return new X509Certificate(pem).fingerprint256.replaceAll(':', '').toLowerCase();
  } catch {
    return '';
  }
}

type OpenedKeys =
  { readonly ok: true; readonly keys: ExchangeKeys } | { readonly ok: false; readonly failure: Failure };

/**
 * What opens the way of a connection: a client secret or certificate for OAuth, a password for everything else. A
 * certificate, and the Kerberos identity of the mailer, only where their use is granted for this very destination.
 *
 * @param identityHosts where the operator lets the mailer sign in as itself
 */
export async function openExchangeKeys(
  opener: Opener,
  connection: ConnectionSettings,
  certificates: CertificatesById,
  identityHosts: IdentityHosts,
): Promise<OpenedKeys> {
  const problem = exchangeIdentityProblem(connection.content, identityHosts);
  if (problem !== undefined) return { ok: false, failure: failure(problem) };
  const { authentication, clientCertificateId, trustedCertificateId } = connection.content;
  const trusted = trustedCertificate(trustedCertificateId, certificates);
  if (!trusted.ok) return { ok: false, failure: failure(trusted.code, 'the trusted certificate') };
  const common = { credential: null, password: null, trusted: trusted.value };
  const isOAuth = authentication === 'oauth';
  if (isOAuth && clientCertificateId !== null) {
    const client = await openClientCertificate(opener, clientCertificateId, certificates);
    if (!client.ok || client.value === null) {
      const code = client.ok ? 'settings-invalid' : client.code;
      return { ok: false, failure: failure(code, 'the client certificate') };
    }
    const { pem, privateKey } = client.value;
    return { ok: true, keys: { ...common, credential: certificateCredential(pem, privateKey) } };
  }
  const opened = await openExchangeSecret(opener, connection);
  if (!opened.ok) return { ok: false, failure: failure(opened.code) };
  const { secret } = opened;
  if (!isOAuth || secret === null) return { ok: true, keys: { ...common, password: secret } };
  return { ok: true, keys: { ...common, credential: { kind: 'secret', secret } } };
}

function certificateCredential(
  chain: string,
  privateKey: Extract<NonNullable<ExchangeKeys['credential']>, { kind: 'certificate' }>['privateKey'],
): ExchangeKeys['credential'] {
  // The first of the chain is the certificate itself.
  const { fingerprint256 } = new X509Certificate(chain);
  return { kind: 'certificate', privateKey, chain, thumbprintSha256: fingerprint256.replaceAll(':', '') };
}

type OpenedPassword =
  | { readonly ok: true; readonly password: Secret | null }
  | { readonly ok: false; readonly code: 'secret-required' | 'secret-unreadable' };

/**
 * The password of the settings, opened for the destination these very settings name. A password that was sealed
 * for another destination stays shut, however it got into the settings.
 */
export async function openPassword(
  opener: Opener,
  resource: string,
  content: OutgoingServerContent,
): Promise<OpenedPassword> {
  const stored = content.smtp.password;
  if (!usesPassword(content.smtp) || stored === null) {
    return { ok: true, password: null };
  }
  try {
    return {
      ok: true,
      password: await opener.open(stored.sealed, smtpPasswordBinding(resource, content.smtp)),
    };
  } catch (error) {
    if (error instanceof SealingError) {
      return { ok: false, code: error.code === 'secret-required' ? 'secret-required' : 'secret-unreadable' };
    }
    throw error;
  }
}

/**
 * Whom a server is trusted by, and the certificate that the mailer proves itself with. Nothing is opened where an identity
 * of the settings is not granted for this very destination, that of Kerberos included.
 *
 * @param identityHosts where the operator lets the mailer sign in as itself
 */
export async function openTlsRules(
  opener: Opener,
  content: OutgoingServerContent,
  certificates: CertificatesById,
  identityHosts: IdentityHosts,
): Promise<Opened<TlsRules>> {
  const problem = smtpIdentityProblem(content, identityHosts);
  if (problem !== undefined) return { ok: false, code: problem };
  const { clientCertificateId, trustedCertificateId } = content.smtp;
  const client = await openClientCertificate(opener, clientCertificateId, certificates);
  if (!client.ok) return client;
  const trusted = trustedCertificate(trustedCertificateId, certificates);
  if (!trusted.ok) return trusted;
  return { ok: true, value: { client: client.value, trusted: trusted.value } };
}
