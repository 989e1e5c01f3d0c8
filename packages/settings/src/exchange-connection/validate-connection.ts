import {
  type ExchangeConnectionContent,
  finding,
  type Finding,
  type FindingCode,
} from '@postausgang/contracts';
import { certificateFindings } from '../certificate/validate-certificate.ts';
import { isServicePrincipal } from '../host/service-principal.ts';
import { isHost, isHostName, isValidAddress } from '../hosts.ts';
import { parseInstant } from '../instant.ts';
import { noReferences, type References } from '../references.ts';
import { exchangeEndpoints, isUsableUrl } from './endpoints.ts';
import { clientSecretPointer, exchangePasswordPointer, isSecretForElsewhere } from './exchange-secrets.ts';

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
