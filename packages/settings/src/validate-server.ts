import {
  type CertificateUse,
  type Encryption,
  finding,
  type Finding,
  type OutgoingServerContent,
  type SmtpContent,
} from '@postausgang/contracts';
import { certificateFindings } from './certificates.ts';
import { addressMatchKey, isHost, isServicePrincipal, isValidAddress, withoutFinalDot } from './hosts.ts';
import { noReferences, type References } from './references.ts';
import { type Destination, destinationDigest, type SecretBinding } from './secret-binding.ts';
import { limitFindings } from './server-defaults.ts';

/** JSON pointer of the one secret an outgoing server holds. */
export const passwordPointer = '/smtp/password';

const defaultPorts: Readonly<Record<Encryption, number>> = { none: 25, starttls: 587, implicit: 465 };

/** The port, or the usual one of the encryption. */
export function effectivePort({ port, encryption }: SmtpContent): number {
  return port ?? defaultPorts[encryption];
}

/**
 * Where a password may be sent: whatever decides who receives it and how. With any of it changed the stored
 * password has to be entered again.
 */
export function smtpDestination(smtp: SmtpContent): Destination {
  return {
    kind: 'smtp',
    host: withoutFinalDot(smtp.hostname ?? '').toLowerCase(),
    port: effectivePort(smtp),
    encryption: smtp.encryption,
    trust: smtp.trustedCertificateId ?? 'system',
    mechanism: smtp.windowsMechanism === 'ntlm' && isWindows(smtp) ? 'windows-ntlm' : smtp.authentication,
  };
}

const isWindows = ({ authentication }: SmtpContent): boolean => authentication === 'windows';

/** What the password of these settings has to be sealed for, and what it opens for. */
export function smtpPasswordBinding(resource: string, smtp: SmtpContent): SecretBinding {
  return { resource, field: passwordPointer, destination: destinationDigest(smtpDestination(smtp)) };
}

/**
 * Whether a stored password is for signing in with these settings. What Windows authentication can do without is left
 * alone unless it was entered for exactly that: a password that stayed behind from another way to sign in never is.
 */
export function usesPassword(smtp: SmtpContent): boolean {
  if (smtp.authentication !== 'windows') return smtp.authentication === 'password';
  switch (smtp.windowsMechanism) {
    case 'ntlm':
      return true;
    case 'kerberos':
      return false;
    case 'negotiate':
      return smtp.password !== null && Boolean(smtp.username?.trim()) && !isPasswordForElsewhere(smtp);
    default:
      return smtp.windowsMechanism satisfies never;
  }
}

/** Whether the stored password was sealed for another destination than the one of these settings. */
function isPasswordForElsewhere(smtp: SmtpContent): boolean {
  const { password } = smtp;
  return password !== null && password.sealed.destination !== destinationDigest(smtpDestination(smtp));
}

/** Everything that keeps mail from being signed and encrypted as the settings say. */
function smimeFindings(content: OutgoingServerContent, references: References): Finding[] {
  const { sign, encrypt } = content.smime;
  return [
    ...(sign || encrypt !== 'off' ? ownFindings(content, references) : []),
    ...(encrypt === 'gateway' ? gatewayFindings(content, references) : []),
  ];
}

function ownFindings({ smime, senderAddress }: OutgoingServerContent, references: References): Finding[] {
  const pointer = '/smime/certificateId';
  const { sign, encrypt, certificateId } = smime;
  if (certificateId === null) return [finding(pointer, 'certificate-required')];
  const uses: CertificateUse[] = [
    ...(sign ? (['sign'] as const) : []),
    ...(encrypt === 'off' ? [] : (['encrypt'] as const)),
  ];
  const findings = certificateFindings(pointer, certificateId, { kind: 'own', uses }, references);
  const addresses = references.certificate(certificateId)?.details?.addresses ?? [];
  const isForOthers = sign && senderAddress !== null && !isCertified(senderAddress.address, addresses);
  return [...findings, ...(isForOthers ? [finding(pointer, 'certificate-address-mismatch')] : [])];
}

/** Readers compare the sender with the addresses of the certificate (RFC 8550 §3); one without any is for all. */
export function isCertified(address: string, addresses: readonly string[]): boolean {
  const key = addressMatchKey(address);
  return addresses.length === 0 || addresses.some((one) => addressMatchKey(one) === key);
}

function gatewayFindings({ smime }: OutgoingServerContent, references: References): Finding[] {
  const pointer = '/smime/gatewayCertificateId';
  const { gatewayCertificateId: id } = smime;
  if (id === null) return [finding(pointer, 'certificate-required')];
  return certificateFindings(pointer, id, { kind: 'recipient', uses: ['encrypt'] }, references);
}

/** Everything that keeps the SMTP half from being used. */
function validateSmtp(smtp: SmtpContent, references: References): Finding[] {
  return [
    ...hostnameFindings(smtp),
    ...portFindings(smtp),
    ...authenticationFindings(smtp),
    ...connectionCertificateFindings(smtp, references),
  ];
}

function hostnameFindings({ hostname }: SmtpContent): Finding[] {
  if (isBlank(hostname)) return [finding('/smtp/hostname', 'hostname-required')];
  return isHost(hostname) ? [] : [finding('/smtp/hostname', 'hostname-invalid')];
}

function portFindings({ port }: SmtpContent): Finding[] {
  const inRange = port === null || (port >= 1 && port <= 65535);
  return inRange ? [] : [finding('/smtp/port', 'port-out-of-range')];
}

function authenticationFindings(smtp: SmtpContent): Finding[] {
  switch (smtp.authentication) {
    case 'none':
      return [];
    case 'windows':
      return windowsFindings(smtp);
    case 'password':
      return [...passwordFindings(smtp), ...encryptionFindings(smtp)];
    default:
      return smtp.authentication satisfies never;
  }
}

function passwordFindings(smtp: SmtpContent): Finding[] {
  const findings: Finding[] = [];
  if (isBlank(smtp.username)) findings.push(finding('/smtp/username', 'username-required'));
  if (smtp.password === null) findings.push(finding(passwordPointer, 'password-required'));
  if (isPasswordForElsewhere(smtp)) findings.push(finding(passwordPointer, 'secret-required'));
  return findings;
}

/** With Kerberos the mailer signs in as itself; NTLM needs a user. */
function windowsFindings(smtp: SmtpContent): Finding[] {
  const { servicePrincipal: name, windowsMechanism } = smtp;
  const isKnown = name === null || isServicePrincipal(name);
  return [
    ...(isKnown ? [] : [finding('/smtp/servicePrincipal', 'service-principal-invalid')]),
    ...(windowsMechanism === 'ntlm' ? passwordFindings(smtp) : []),
    ...encryptionFindings(smtp),
  ];
}

function encryptionFindings(smtp: SmtpContent): Finding[] {
  const findings: Finding[] = [];
  if (smtp.encryption === 'none' && !smtp.allowCleartextAuthentication) {
    findings.push(finding('/smtp/allowCleartextAuthentication', 'cleartext-authentication'));
  }
  return findings;
}

function connectionCertificateFindings(
  { clientCertificateId, trustedCertificateId }: SmtpContent,
  references: References,
): Finding[] {
  const client = { kind: 'own', uses: ['client'] } as const;
  const trusted = { kind: 'trusted', uses: [] } as const;
  return [
    ...(clientCertificateId !== null
      ? certificateFindings('/smtp/clientCertificateId', clientCertificateId, client, references)
      : []),
    ...(trustedCertificateId !== null
      ? certificateFindings('/smtp/trustedCertificateId', trustedCertificateId, trusted, references)
      : []),
  ];
}

function isBlank(text: string | null): text is null {
  return text === null || text.trim() === '';
}

/** Seconds; the seed's minutes are a matter of the page. */
const timeoutLimits = { min: 5, max: 3600 };

/**
 * Everything that keeps the content from being used, whether sending is on or not. Only the half that `serverType`
 * puts to use is looked at. JSON pointers are relative to the content, which is also the body of a PUT.
 */
export function validateContent(
  content: OutgoingServerContent,
  references: References = noReferences,
): Finding[] {
  return [
    ...senderFindings(content),
    ...timeoutFindings(content),
    ...(content.serverType === 'smtp'
      ? validateSmtp(content.smtp, references)
      : exchangeFindings(content, references)),
    ...smimeFindings(content, references),
    ...limitFindings(content),
  ];
}

function senderFindings({ senderAddress }: OutgoingServerContent): Finding[] {
  if (senderAddress === null) return [finding('/senderAddress', 'sender-address-required')];
  return isValidAddress(senderAddress.address) ? [] : [finding('/senderAddress/address', 'address-invalid')];
}

function timeoutFindings({ timeoutSeconds }: OutgoingServerContent): Finding[] {
  const inRange = timeoutSeconds >= timeoutLimits.min && timeoutSeconds <= timeoutLimits.max;
  return inRange ? [] : [finding('/timeoutSeconds', 'timeout-out-of-range')];
}

function exchangeFindings({ exchange }: OutgoingServerContent, references: References): Finding[] {
  const { connectionId } = exchange;
  if (connectionId === null) return [finding('/exchange/connectionId', 'exchange-connection-required')];
  const isKnown = references.exchangeConnection(connectionId) !== undefined;
  return isKnown ? [] : [finding('/exchange/connectionId', 'exchange-connection-unknown')];
}
