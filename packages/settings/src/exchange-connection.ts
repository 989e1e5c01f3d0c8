import {
  type ApplyStatus,
  type ExchangeCloud,
  type ExchangeConnectionContent,
  exchangeConnectionFields,
  type ExchangeConnectionPatch,
  type ExchangeConnectionPut,
  type ExchangeConnectionVersion,
  type ExchangeConnectionView,
  finding,
  type StoredSecret,
} from '@postausgang/contracts';
import { createFieldKind } from './field-kind.ts';
import { isHost, isHostName, isUsableUrl, plainHost as hostAsCompared } from './formats.ts';
import {
  type Identity,
  type IdentityHosts,
  type IdentityProblem,
  identityProblem,
  servicePrincipalFindings,
} from './identity-grants.ts';
import { noReferences, type References } from './references.ts';
import { type ResourceChange, type ResourceKind, type ResourceState, versionAt } from './resource.ts';
import type { Destination } from './secret-binding.ts';

/** JSON pointers of the secrets a connection holds. */
export const clientSecretPointer = '/clientSecret';
export const exchangePasswordPointer = '/password';

/** The secret that a connection signs in with; a client certificate has its own in the certificate store. */
export type ExchangeSecretPointer = typeof clientSecretPointer | typeof exchangePasswordPointer;

const guid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Authentication without a person needs one tenant; these names mean many. */
const manyTenants = new Set(['common', 'organizations', 'consumers']);

function isTenant(text: string): boolean {
  return guid.test(text) || (isHostName(text) && !manyTenants.has(text.toLowerCase()));
}

const connection = createFieldKind({
  prefix: 'exchange-connections/',
  table: exchangeConnectionFields,
  // What is saved can be used: there is no half-finished connection.
  judgesUnused: true,
  destinationOf: exchangeDestination,
  grants: { '/identityGrant': exchangeIdentity },
  checks: {
    '/authentication': ({ protocol, authentication }) =>
      authentication === 'oauth' || protocol === 'ews'
        ? []
        : [finding('/authentication', 'authentication-unsupported')],
    '/tenantId': ({ authentication, tenantId }) =>
      authentication !== 'oauth' || tenantId === null || isTenant(tenantId)
        ? []
        : [finding('/tenantId', 'tenant-invalid')],
    '/servicePrincipal': (content, { identityHosts }) =>
      usesKerberos(content)
        ? servicePrincipalFindings(
            '/servicePrincipal',
            content.servicePrincipal,
            { classes: ['http'], hostname: hostOf(exchangeEndpoints(content).ews) },
            identityHosts,
          )
        : [],
    '/scope': (content) =>
      content.scope === null || scopeOrigins(content).includes(originOf(content.scope))
        ? []
        : [finding('/scope', 'scope-foreign')],
    // Entra takes whatever was uploaded there, but only of RSA: usages do not matter.
    '/clientCertificateId': ({ clientCertificateId }, references) => {
      const type = references.certificate(clientCertificateId ?? '')?.details?.publicKey.type ?? 'rsa';
      return type === 'rsa' ? [] : [finding('/clientCertificateId', 'certificate-not-rsa')];
    },
  },
});

/** What a field takes that is absent from a creation, or reset. Name and protocol are always given. */
export const defaultConnection = connection.defaults;

/** The content of an event, old ones included. See `FieldKind`. */
export const completeConnection = connection.complete;

/** Everything that keeps a connection from being used. JSON pointers are relative to it. */
export const validateConnection = connection.validate;

/** What a secret of these settings has to be sealed for, and what it opens for. */
export const exchangeSecretBinding = connection.bindingOf;

/** An Exchange connection; its content is null before its creation and after its deletion. */
export type ExchangeConnectionState = ResourceState<ExchangeConnectionContent | null>;

/** Exchange connections. */
export const exchangeConnectionKind: ResourceKind<
  ExchangeConnectionContent | null,
  ExchangeConnectionPut,
  ExchangeConnectionPatch
> = { ...connection, initialContent: null, isJudged: () => true };

/** The stored secret that a pointer names. */
export function storedSecret(
  pointer: ExchangeSecretPointer,
  { clientSecret, password }: ExchangeConnectionContent,
): StoredSecret | null {
  return pointer === clientSecretPointer ? clientSecret : password;
}

/** Where a connection gets its tokens and hands over its mail. Every address is normalized. */
interface ExchangeEndpoints {
  /** Without the tenant and without a slash at the end; null for a cloud whose authority is not entered yet. */
  readonly authority: string | null;
  readonly graph: string | null;
  readonly ews: string | null;
  readonly smtpHostname: string | null;
  readonly smtpPort: number;
  /** What a token is asked for; null when there is no endpoint to derive it from. */
  readonly scope: string | null;
}

type Addresses = Readonly<Record<'authority' | 'graph' | 'outlook' | 'smtp', string>>;

/** National clouds of Microsoft: https://learn.microsoft.com/graph/deployments and /entra/identity-platform/authentication-national-cloud */
const clouds: Readonly<Record<Exclude<ExchangeCloud, 'custom'>, Addresses>> = {
  global: {
    authority: 'https://login.microsoftonline.com',
    graph: 'https://graph.microsoft.com',
    outlook: 'https://outlook.office365.com',
    smtp: 'smtp.office365.com',
  },
  'us-government': {
    authority: 'https://login.microsoftonline.us',
    graph: 'https://graph.microsoft.us',
    outlook: 'https://outlook.office365.us',
    smtp: 'smtp.office365.us',
  },
  'us-government-dod': {
    authority: 'https://login.microsoftonline.us',
    graph: 'https://dod-graph.microsoft.us',
    outlook: 'https://outlook-dod.office365.us',
    smtp: 'outlook-dod.office365.us',
  },
  china: {
    authority: 'https://login.chinacloudapi.cn',
    graph: 'https://microsoftgraph.chinacloudapi.cn',
    outlook: 'https://partner.outlook.cn',
    smtp: 'smtp.partner.outlook.cn',
  },
};

const submissionPort = 587;

/** What the cloud says, and what was entered instead. */
export function exchangeEndpoints(content: ExchangeConnectionContent): ExchangeEndpoints {
  const { cloud, smtpHostname, smtpPort } = content;
  const known = cloud === 'custom' ? undefined : clouds[cloud];
  const endpoints = {
    authority: plainUrl(content.authorityUrl ?? known?.authority),
    graph: plainUrl(content.graphUrl ?? known?.graph),
    ews: plainUrl(content.ewsUrl ?? (known && `${known.outlook}/EWS/Exchange.asmx`)),
    smtpHostname: plainHost(smtpHostname ?? known?.smtp),
    smtpPort: smtpPort ?? submissionPort,
  };
  return { ...endpoints, scope: content.scope ?? scopeOf(content, endpoints, known) };
}

/** What tokens may be good for: the endpoint that they are sent to, and what the cloud has at its place. */
function scopeOrigins(content: ExchangeConnectionContent): readonly (string | null)[] {
  const { protocol, cloud } = content;
  const { graph, ews, smtpHostname } = exchangeEndpoints(content);
  const known = cloud === 'custom' ? undefined : clouds[cloud];
  const endpoint = { graph, ews, 'smtp-oauth': smtpHostname && urlOf(smtpHostname) }[protocol];
  const ofCloud = protocol === 'graph' ? known?.graph : known?.outlook;
  return [endpoint, ofCloud].filter((url) => typeof url === 'string').map(originOf);
}

/** Null for what has no origin that could be compared. */
function originOf(url: string): string | null {
  return URL.canParse(url) && new URL(url).protocol === 'https:' ? new URL(url).origin : null;
}

const hostOf = (url: string | null): string => (url === null ? '' : new URL(url).hostname);

function scopeOf(
  { protocol, ewsUrl, smtpHostname }: ExchangeConnectionContent,
  { graph, ews, smtpHostname: host }: Omit<ExchangeEndpoints, 'scope'>,
  known: Addresses | undefined,
): string | null {
  const audiences = {
    graph,
    ews: ewsUrl === null ? known?.outlook : ews,
    'smtp-oauth': smtpHostname === null ? known?.outlook : host && urlOf(host),
  };
  const audience = audiences[protocol];
  return audience ? `${new URL(audience).origin}/.default` : null;
}

/** The host as it is compared and used; null when it is none: a record of the log may hold any text. */
function plainHost(text: string | undefined): string | null {
  return text === undefined || !isHost(text) ? null : hostAsCompared(text);
}

/** The address of a host, of which an IPv6 address needs brackets. */
function urlOf(host: string): string {
  return host.includes(':') ? `https://[${host}]` : `https://${host}`;
}

/** The address as it is compared and used; null when it is none. */
function plainUrl(text: string | undefined): string | null {
  if (text === undefined || !isUsableUrl(text)) return null;
  const { origin, pathname } = new URL(text);
  return `${origin}${pathname.replace(/\/+$/, '')}`;
}

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

/** The service to ask a ticket for: the one that was entered, or the usual one. */
export function exchangeServicePrincipal(
  { servicePrincipal }: Pick<ExchangeConnectionContent, 'servicePrincipal'>,
  ewsUrl: string,
): string {
  return servicePrincipal ?? `HTTP/${hostOf(ewsUrl)}`;
}

function usesKerberos({ authentication, protocol }: ExchangeConnectionContent): boolean {
  return authentication === 'negotiate' && protocol === 'ews';
}

/** What the service proves itself with besides a secret: a certificate for OAuth, or its own Kerberos identity. */
function exchangeIdentity(content: ExchangeConnectionContent, hosts: IdentityHosts): Identity | null {
  const { authentication, protocol, clientCertificateId: certificate } = content;
  if (authentication === 'oauth') {
    if (certificate === null) return null;
    const destination = exchangeDestination(clientSecretPointer, content);
    return {
      namedBy: ['/clientCertificateId'],
      destination: { ...destination, kind: 'oauth-identity', certificate, protocol },
    };
  }
  const { ews } = exchangeEndpoints(content);
  if (!usesKerberos(content) || ews === null || hosts.has(hostOf(ews))) return null;
  const destination = exchangeDestination(exchangePasswordPointer, content);
  const servicePrincipal = exchangeServicePrincipal(content, ews);
  return {
    namedBy: ['/authentication'],
    destination: { ...destination, kind: 'ews-identity', servicePrincipal },
  };
}

/** Why the identities of a connection must not be proven; undefined when they may, or there are none. */
export function exchangeIdentityProblem(
  content: ExchangeConnectionContent,
  identityHosts: IdentityHosts,
): IdentityProblem | undefined {
  return content.authentication === 'oauth' || content.authentication === 'negotiate'
    ? identityProblem(connection.validate(content, { ...noReferences, identityHosts }))
    : undefined;
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

/** The connection as GET answers it; undefined while there is none. `applied`: null while nothing uses it. */
export function exchangeConnectionView(
  { resource, content, latestChange }: ExchangeConnectionState,
  references: References,
  applied: ApplyStatus | null,
): ExchangeConnectionView | undefined {
  if (content === null || latestChange === null) return undefined;
  return { ...versionedView(resource, content, latestChange, references), applied };
}

/** An earlier version as it was; undefined when there is no such version. */
export function exchangeConnectionVersion(
  state: ExchangeConnectionState,
  version: number,
  references: References,
): ExchangeConnectionVersion | undefined {
  const at = versionAt(exchangeConnectionKind, state, version);
  if (at === undefined) return undefined;
  const { content, change, shown } = at;
  const isThere = content !== null && change !== null;
  return {
    change: shown,
    connection: isThere ? versionedView(state.resource, content, change, references) : null,
  };
}

function versionedView(
  resource: string,
  content: ExchangeConnectionContent,
  { version, changedAt, actor }: ResourceChange<ExchangeConnectionContent | null>,
  references: References,
): Omit<ExchangeConnectionView, 'applied'> {
  return {
    id: resource.slice(exchangeConnectionKind.prefix.length),
    version,
    ...connection.viewOf(content),
    warnings: validateConnection(content, references),
    usedBy: [...references.usersOf(resource)],
    updatedAt: changedAt,
    updatedBy: actor.name,
  };
}
