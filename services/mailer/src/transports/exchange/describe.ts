import type { ExchangeConnectionContent, OutgoingServerContent } from '@postausgang/contracts';
import { asciiAddress, exchangeEndpoints, exchangeServicePrincipal } from '@postausgang/settings';

/** How tokens are had; the credential apart. */
export interface OAuthDescription {
  readonly authority: string;
  readonly tenantId: string;
  readonly clientId: string;
  readonly scope: string;
  /** Null: by a client secret. */
  readonly clientCertificateId: string | null;
}

/** How to sign in at an own Exchange server; the password apart. */
export type WindowsDescription =
  | { readonly authentication: 'basic' | 'ntlm'; readonly username: string }
  | { readonly authentication: 'negotiate'; readonly servicePrincipal: string };

/** Graph and EWS: where to, and as whom. */
interface Common {
  readonly mailbox: string;
  /** Graph root, EWS address. */
  readonly url: string;
  readonly trustedCertificateId: string | null;
  readonly timeoutSeconds: number;
}

/**
 * What to connect to and how, secrets apart. Plain data: two descriptions with equal JSON need no rebuild as long as
 * the secrets are the same too.
 */
export type ExchangeDescription =
  | ({ readonly protocol: 'graph'; readonly oauth: OAuthDescription } & Common)
  | ({
      readonly protocol: 'ews';
      readonly oauth: OAuthDescription | null;
      readonly windows: WindowsDescription | null;
      readonly impersonates: boolean;
      readonly savesCopy: boolean;
    } & Common)
  | {
      readonly protocol: 'smtp-oauth';
      readonly oauth: OAuthDescription;
      readonly mailbox: string;
      readonly hostname: string;
      readonly port: number;
      readonly trustedCertificateId: string | null;
      readonly timeoutSeconds: number;
    };

/** The description that follows from a connection, or null when it does not say enough to connect. */
export function describeExchange(
  connection: ExchangeConnectionContent,
  { timeoutSeconds }: Pick<OutgoingServerContent, 'timeoutSeconds'>,
): ExchangeDescription | null {
  const { protocol, email, trustedCertificateId } = connection;
  if (!email) return null;
  const common = { mailbox: asciiAddress(email), trustedCertificateId, timeoutSeconds };
  const endpoints = exchangeEndpoints(connection);
  const oauth = connection.authentication === 'oauth' ? describeOAuth(connection) : null;
  switch (protocol) {
    case 'graph':
      return endpoints.graph && oauth ? { protocol, url: endpoints.graph, oauth, ...common } : null;
    case 'smtp-oauth':
      return endpoints.smtpHostname && oauth
        ? { protocol, oauth, hostname: endpoints.smtpHostname, port: endpoints.smtpPort, ...common }
        : null;
    case 'ews':
      return endpoints.ews ? describeEws(connection, { url: endpoints.ews, oauth, ...common }) : null;
    default:
      return protocol satisfies never;
  }
}

function describeEws(
  connection: ExchangeConnectionContent,
  common: Common & { readonly oauth: OAuthDescription | null },
): ExchangeDescription | null {
  const windows = describeWindows(connection, common.url);
  if (common.oauth === null && windows === null) return null;
  return {
    protocol: 'ews',
    windows,
    // An app has no mailbox of its own.
    impersonates: connection.impersonation || common.oauth !== null,
    savesCopy: connection.saveSentCopy,
    ...common,
  };
}

function describeOAuth(connection: ExchangeConnectionContent): OAuthDescription | null {
  const { tenantId, clientId, clientCertificateId } = connection;
  const { authority, scope } = exchangeEndpoints(connection);
  if (!tenantId || !clientId || authority === null || scope === null) return null;
  return { authority, tenantId, clientId, scope, clientCertificateId };
}

function describeWindows(connection: ExchangeConnectionContent, url: string): WindowsDescription | null {
  const { authentication, username } = connection;
  if (authentication === 'oauth') return null;
  if (authentication === 'negotiate') {
    return { authentication, servicePrincipal: exchangeServicePrincipal(connection, url) };
  }
  return username ? { authentication, username } : null;
}

/** `host:port`, for attempts and logs. */
export function endpointName(description: ExchangeDescription): string {
  if (description.protocol === 'smtp-oauth') return `${description.hostname}:${description.port}`;
  const { hostname, port } = new URL(description.url);
  return `${hostname}:${port === '' ? 443 : port}`;
}
