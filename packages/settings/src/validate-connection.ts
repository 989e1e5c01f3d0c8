import {
  type ExchangeCloud,
  type ExchangeConnectionContent,
  finding,
  type Finding,
  type FindingCode,
  type StoredSecret,
} from '@postausgang/contracts';
import { certificateFindings } from './certificates.ts';
import { isHost, isHostName, isServicePrincipal, isValidAddress, withoutFinalDot } from './hosts.ts';
import { parseInstant } from './instant.ts';
import { noReferences, type References } from './references.ts';
import { type Destination, destinationDigest, type SecretBinding } from './secret-binding.ts';

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
    smtpHostname: withoutFinalDot(smtpHostname ?? known?.smtp ?? '').toLowerCase() || null,
    smtpPort: smtpPort ?? submissionPort,
  };
  return { ...endpoints, scope: content.scope ?? scopeOf(content, endpoints, known) };
}

function scopeOf(
  { protocol, ewsUrl, smtpHostname }: ExchangeConnectionContent,
  { graph, ews, smtpHostname: host }: Omit<ExchangeEndpoints, 'scope'>,
  known: Addresses | undefined,
): string | null {
  const audiences = {
    graph,
    ews: ewsUrl === null ? known?.outlook : ews,
    'smtp-oauth': smtpHostname === null ? known?.outlook : host && `https://${host}`,
  };
  const audience = audiences[protocol];
  return audience ? `${new URL(audience).origin}/.default` : null;
}

/** The address as it is compared and used; null when it is none. */
function plainUrl(text: string | undefined): string | null {
  if (text === undefined || !isUsableUrl(text)) return null;
  const { origin, pathname } = new URL(text);
  return `${origin}${pathname.replace(/\/+$/, '')}`;
}

/** An https address without credentials, query and fragment. */
function isUsableUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, search, hash } = new URL(text);
  return protocol === 'https:' && [username, password, search, hash].every((part) => part === '');
}

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
function isSecretForElsewhere(pointer: ExchangeSecretPointer, content: ExchangeConnectionContent): boolean {
  const stored = storedSecret(pointer, content);
  const destination = destinationDigest(exchangeDestination(pointer, content));
  return stored !== null && stored.sealed.destination !== destination;
}

type Check = (content: ExchangeConnectionContent) => readonly Finding[];

/** Everything that keeps a connection from being used. JSON pointers are relative to it. */
export function validateConnection(
  content: ExchangeConnectionContent,
  references: References = noReferences,
): Finding[] {
  return [...checks.flatMap((check) => check(content)), ...certificates(content, references)];
}

const guid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Sign-in without a person needs one tenant; these names mean many. */
const manyTenants = new Set(['common', 'organizations', 'consumers']);

const mailbox: Check = ({ email }) => {
  if (isBlank(email)) return [finding('/email', 'mailbox-required')];
  return isValidAddress(email) ? [] : [finding('/email', 'address-invalid')];
};

const authentication: Check = ({ protocol, authentication: chosen }) =>
  chosen === 'oauth' || protocol === 'ews' ? [] : [finding('/authentication', 'authentication-unsupported')];

const tenant: Check = ({ tenantId }) => {
  if (isBlank(tenantId)) return [finding('/tenantId', 'tenant-required')];
  const isOne = guid.test(tenantId) || (isHostName(tenantId) && !manyTenants.has(tenantId.toLowerCase()));
  return isOne ? [] : [finding('/tenantId', 'tenant-invalid')];
};

const client: Check = ({ clientId }) =>
  isBlank(clientId) ? [finding('/clientId', 'client-id-required')] : [];

const clientSecret: Check = (content) => {
  if (content.clientCertificateId !== null) return [];
  if (content.clientSecret === null) return [finding(clientSecretPointer, 'client-secret-required')];
  return forElsewhere(clientSecretPointer, content);
};

const oauth: Check = (content) =>
  content.authentication === 'oauth'
    ? [tenant, client, clientSecret, authority].flatMap((check) => check(content))
    : [];

const authority: Check = (content) =>
  exchangeEndpoints(content).authority === null && content.authorityUrl === null
    ? [finding('/authorityUrl', 'url-required')]
    : [];

const password: Check = (content) => {
  const { authentication: chosen, username } = content;
  if (chosen !== 'basic' && chosen !== 'ntlm') return [];
  return [
    ...(isBlank(username) ? [finding('/username', 'username-required')] : []),
    ...(content.password === null ? [finding(exchangePasswordPointer, 'password-required')] : []),
    ...forElsewhere(exchangePasswordPointer, content),
  ];
};

/** The cloud's own EWS takes nothing but OAuth. */
const endpoint: Check = (content) => {
  const { protocol, authentication: chosen, ewsUrl, graphUrl, smtpHostname, cloud } = content;
  const isOwn = cloud === 'custom';
  if (protocol === 'ews') return required('/ewsUrl', ewsUrl, isOwn || chosen !== 'oauth', 'url-required');
  return protocol === 'graph'
    ? required('/graphUrl', graphUrl, isOwn, 'url-required')
    : required('/smtpHostname', smtpHostname, isOwn, 'hostname-required');
};

const urls: Check = (content) =>
  (['authorityUrl', 'graphUrl', 'ewsUrl'] as const)
    .filter((field) => content[field] !== null && !isUsableUrl(content[field]))
    .map((field) => finding(`/${field}`, 'url-invalid'));

const smtpServer: Check = ({ smtpHostname, smtpPort }) => [
  ...(smtpHostname === null || isHost(smtpHostname) ? [] : [finding('/smtpHostname', 'hostname-invalid')]),
  ...(smtpPort === null || (smtpPort >= 1 && smtpPort <= 65_535)
    ? []
    : [finding('/smtpPort', 'port-out-of-range')]),
];

const expiry: Check = ({ clientSecretExpiresAt: instant }) =>
  instant === null || parseInstant(instant) !== undefined
    ? []
    : [finding('/clientSecretExpiresAt', 'date-invalid')];

const servicePrincipal: Check = ({ servicePrincipal: name }) =>
  name === null || isServicePrincipal(name)
    ? []
    : [finding('/servicePrincipal', 'service-principal-invalid')];

function certificates(
  { clientCertificateId, trustedCertificateId }: ExchangeConnectionContent,
  references: References,
): readonly Finding[] {
  const trusted = { kind: 'trusted', uses: [] } as const;
  return [
    ...(clientCertificateId === null ? [] : clientCertificate(clientCertificateId, references)),
    ...(trustedCertificateId === null
      ? []
      : certificateFindings('/trustedCertificateId', trustedCertificateId, trusted, references)),
  ];
}

/** Entra takes whatever was uploaded there, but only of RSA: usages do not matter. */
function clientCertificate(id: string, references: References): readonly Finding[] {
  const pointer = '/clientCertificateId';
  const findings = certificateFindings(pointer, id, { kind: 'own', uses: [] }, references);
  const type = references.certificate(id)?.details?.publicKey.type ?? 'rsa';
  return type === 'rsa' ? findings : [...findings, finding(pointer, 'certificate-not-rsa')];
}

const checks: readonly Check[] = [
  mailbox,
  authentication,
  oauth,
  password,
  endpoint,
  urls,
  smtpServer,
  expiry,
  servicePrincipal,
];

function required(
  pointer: string,
  value: string | null,
  isRequired: boolean,
  code: FindingCode,
): readonly Finding[] {
  return isRequired && isBlank(value) ? [finding(pointer, code)] : [];
}

function forElsewhere(
  pointer: typeof clientSecretPointer | typeof exchangePasswordPointer,
  content: ExchangeConnectionContent,
): readonly Finding[] {
  return isSecretForElsewhere(pointer, content) ? [finding(pointer, 'secret-required')] : [];
}

function isBlank(text: string | null): text is null {
  return text === null || text.trim() === '';
}
