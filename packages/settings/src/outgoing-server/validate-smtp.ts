import { finding } from '@postausgang/contracts';
import type { Finding, SmtpContent } from '@postausgang/contracts';
import { certificateFindings } from '../certificate/validate-certificate.ts';
import { isHost } from '../host/host-name.ts';
import { isServicePrincipal } from '../host/service-principal.ts';
import type { References } from '../references.ts';
import { isPasswordForElsewhere, passwordPointer } from './smtp-destination.ts';

/** Everything that keeps the SMTP half from being used. */
export function validateSmtp(smtp: SmtpContent, references: References): Finding[] {
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
