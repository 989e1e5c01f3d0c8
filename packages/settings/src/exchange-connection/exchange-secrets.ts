import type { ExchangeConnectionContent, StoredSecret } from '@postausgang/contracts';
import { destinationDigest } from '@postausgang/sealing';
import type { Destination, SecretBinding } from '@postausgang/sealing';
import { exchangeEndpoints } from './endpoints.ts';
import type { ExchangeEndpoints } from './endpoints.ts';

/** JSON pointers of the secrets a connection holds. */
export const clientSecretPointer = '/clientSecret';
export const exchangePasswordPointer = '/password';

/** The secret that a connection signs in with; a client certificate has its own in the certificate store. */
export type ExchangeSecretPointer = typeof clientSecretPointer | typeof exchangePasswordPointer;

/**
 * Where the secret may be sent: for a client secret the authority, and the endpoint that the token is good for; for a
 * password the server itself. With any of it changed the stored secret has to be entered again.
 */
function exchangeDestination(
  pointer: ExchangeSecretPointer,
  content: ExchangeConnectionContent,
): Destination {
  const endpoints = exchangeEndpoints(content);
  const endpoint = endpointOf(content, endpoints);
  const trust = content.trustedCertificateId ?? 'system';
  if (pointer === exchangePasswordPointer) {
    return { kind: 'ews', endpoint, mechanism: content.authentication, trust };
  }
  return {
    kind: 'oauth',
    authority: endpoints.authority,
    tenant: content.tenantId?.toLowerCase() ?? null,
    client: content.clientId?.toLowerCase() ?? null,
    endpoint,
    scope: endpoints.scope,
    trust,
  };
}

/** Where mail goes: a URL, or `host:port`. */
function endpointOf(
  { protocol }: ExchangeConnectionContent,
  { graph, ews, smtpHostname, smtpPort }: ExchangeEndpoints,
): string | null {
  switch (protocol) {
    case 'graph':
      return graph;
    case 'ews':
      return ews;
    case 'smtp-oauth':
      return smtpHostname === null ? null : `${smtpHostname}:${smtpPort}`;
    default:
      return protocol satisfies never;
  }
}

/** What a secret of these settings has to be sealed for, and what it opens for. */
export function exchangeSecretBinding(
  resource: string,
  pointer: ExchangeSecretPointer,
  content: ExchangeConnectionContent,
): SecretBinding {
  const destination = destinationDigest(exchangeDestination(pointer, content));
  return { resource, field: pointer, destination };
}

/** The stored secret that a pointer names. */
export function storedSecret(
  pointer: ExchangeSecretPointer,
  { clientSecret, password }: ExchangeConnectionContent,
): StoredSecret | null {
  return pointer === clientSecretPointer ? clientSecret : password;
}

/** Whether the stored secret was sealed for another destination than the one of these settings. */
export function isSecretForElsewhere(
  pointer: ExchangeSecretPointer,
  content: ExchangeConnectionContent,
): boolean {
  const stored = storedSecret(pointer, content);
  const destination = destinationDigest(exchangeDestination(pointer, content));
  return stored !== null && stored.sealed.destination !== destination;
}
