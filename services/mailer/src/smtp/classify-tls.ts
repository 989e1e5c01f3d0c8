import { type Failure, failure, type FailureCode } from '@postausgang/contracts';
import { untrustedText } from './reply-text.ts';
import { rootCode, type SmtpError, startTlsNotOffered } from './smtp-error.ts';

/** Codes of Node and OpenSSL (X509_V_ERR_… without the prefix, reason strings as ERR_SSL_…), first match wins. */
const patterns: readonly (readonly [RegExp, FailureCode])[] = [
  [/^CERT_HAS_EXPIRED$/, 'certificate-expired'],
  [/^CERT_NOT_YET_VALID$/, 'certificate-not-yet-valid'],
  [/^(ERR_TLS_CERT_ALTNAME|HOSTNAME_MISMATCH|IP_ADDRESS_MISMATCH)/, 'certificate-name-mismatch'],
  [
    /^(DEPTH_ZERO_SELF_SIGNED|SELF_SIGNED|UNABLE_TO_|CERT_|INVALID_CA|INVALID_PURPOSE)/,
    'certificate-untrusted',
  ],
  [
    /ALERT_(CERTIFICATE_REQUIRED|BAD_CERTIFICATE|UNKNOWN_CA|CERTIFICATE_UNKNOWN|CERTIFICATE_EXPIRED)/,
    'tls-client-certificate-refused',
  ],
  [/PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL|VERSION_TOO_LOW/, 'tls-version-unsupported'],
  [/WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|RECORD_LENGTH|RECORD_TYPE|HTTP_REQUEST/, 'tls-not-spoken'],
  [/^ETIMEDOUT$/, 'timeout'],
  [new RegExp(`^${startTlsNotOffered}$`), 'starttls-not-offered'],
];

/** Why an encrypted connection did not come about. */
export function tlsFailure(error: SmtpError): Failure {
  const code = rootCode(error);
  const found = patterns.find(([pattern]) => pattern.test(code));
  return failure(found?.[1] ?? 'tls-failed', untrustedText(error.reason ?? withoutAdvice(error.message)));
}

/** Node appends what to try, for developers. */
const withoutAdvice = (message: string): string => message.split(';')[0] ?? message;
