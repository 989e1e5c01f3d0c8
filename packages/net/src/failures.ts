import { type Failure, failure, type FailureCode } from '@postausgang/contracts';

/** The errors of sockets, TLS and the SMTP dialogue by what they may carry. */
export interface SmtpError extends Error {
  /** The system's code, OpenSSL's, or one of the dialogue: `ECONNECTION`, `ETIMEDOUT`, `EPROTOCOL`. */
  code?: string;
  /** OpenSSL's short text. */
  reason?: string;
  /** What the server said when it ended the connection, or made us end it. */
  response?: string;
}

export function asSmtpError(error: unknown): SmtpError {
  return error instanceof Error ? error : new Error(String(error));
}

export const smtpError = (message: string, code: string): SmtpError =>
  Object.assign(new Error(message), { code });

/** The code of the layer that failed first. */
export const rootCode = (error: SmtpError): string => error.code ?? '';

const unknownHost = new Set(['ENOTFOUND', 'ENODATA', 'EAI_NONAME', 'EAI_NODATA', 'ERR_INVALID_ARG_VALUE']);

/** Why a host name did not resolve. */
export function lookupFailure(error: unknown): Failure {
  const code = rootCode(asSmtpError(error));
  return failure(unknownHost.has(code) ? 'host-not-found' : 'dns-unavailable', code);
}

const connectCodes: Readonly<Record<string, FailureCode>> = {
  ECONNREFUSED: 'connection-refused',
  ETIMEDOUT: 'connection-timeout',
  ECONNRESET: 'connection-lost',
};

/** Why a TCP connection did not come about. */
export function connectFailure(error: unknown, address: string): Failure {
  const code = rootCode(asSmtpError(error));
  return failure(connectCodes[code] ?? 'network-unreachable', `${address} ${code}`.trim());
}

/** The longest text of a server that is shown or stored, in UTF-16 units. */
export const maxReplyLength = 500;

/** Control characters, invisible format characters (those that reverse text among them), line separators. */
const unsafeCharacters = /[\p{Cc}\p{Cf}\u2028\u2029]+/gu;

/** What a server said, fit to be shown and stored: one line, no control characters, shortened. */
export function untrustedText(text: string): string {
  const line = text
    .slice(0, 4 * maxReplyLength)
    .replace(unsafeCharacters, ' ')
    .trim();
  return line.slice(0, maxReplyLength).toWellFormed();
}

/** Codes of Node and OpenSSL (X509_V_ERR_… without the prefix, reason strings as ERR_SSL_…), first match wins. */
const patterns: readonly (readonly [RegExp, FailureCode])[] = [
  [/^CERT_HAS_EXPIRED$/, 'certificate-expired'],
  [/^CERT_NOT_YET_VALID$/, 'certificate-not-yet-valid'],
  [/^CHAIN_INCOMPLETE$/, 'certificate-chain-incomplete'],
  [
    /(EE_KEY_TOO_SMALL|CA_KEY_TOO_SMALL|CA_MD_TOO_WEAK|MD_TOO_WEAK|DH_KEY_TOO_SMALL|MODULUS_TOO_SMALL)/,
    'certificate-key-weak',
  ],
  [/^CERTIFICATE_WITHOUT_NAME$/, 'certificate-name-missing'],
  [/^(ERR_TLS_CERT_ALTNAME|HOSTNAME_MISMATCH|IP_ADDRESS_MISMATCH)/, 'certificate-name-mismatch'],
  [
    /^(DEPTH_ZERO_SELF_SIGNED|SELF_SIGNED|UNABLE_TO_|CERT_|INVALID_CA|INVALID_PURPOSE)/,
    'certificate-untrusted',
  ],
  [
    /ALERT_(CERTIFICATE_(REQUIRED|UNKNOWN|EXPIRED|REVOKED)|(BAD|UNSUPPORTED)_CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED)/,
    'tls-client-certificate-refused',
  ],
  [/PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL|VERSION_TOO_LOW/, 'tls-version-unsupported'],
  [/WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|RECORD_LENGTH|RECORD_TYPE|HTTP_REQUEST/, 'tls-not-spoken'],
  [/^ETIMEDOUT$/, 'timeout'],
];

/** OpenSSL says the same where the issuer is unknown and where it is only missing. */
export function withChain(error: SmtpError, leftOutIssuer: boolean): SmtpError {
  const isIssuerMissing = /^UNABLE_TO_(VERIFY_LEAF_SIGNATURE|GET_ISSUER_CERT)/.test(rootCode(error));
  return isIssuerMissing && leftOutIssuer ? Object.assign(error, { code: 'CHAIN_INCOMPLETE' }) : error;
}

/**
 * TLS 1.2 has no alert for a client certificate that is missing: OpenSSL sends handshake_failure, GnuTLS decode_error.
 * Whoever gives up after it has shown its own certificate has found a common protocol and cipher; what it lacks is ours
 * (RFC 5246 §7.4.6).
 */
export function withRefusedClient(error: SmtpError, hasServerCertificate: boolean): SmtpError {
  const isGivenUp = /ALERT_(HANDSHAKE_FAILURE|DECODE_ERROR)$/.test(rootCode(error));
  return isGivenUp && hasServerCertificate
    ? Object.assign(error, { code: 'ERR_SSL_ALERT_CERTIFICATE_REQUIRED' })
    : error;
}

/** Whether an error is an alert of TLS: under TLS 1.3 a server refuses a client certificate after the handshake. */
export const isTlsAlert = (error: SmtpError): boolean => /^ERR_SSL_.*ALERT_/.test(rootCode(error));

/** Why an encrypted connection did not come about. */
export function tlsFailure(error: SmtpError): Failure {
  const code = rootCode(error);
  const found = patterns.find(([pattern]) => pattern.test(code));
  return failure(found?.[1] ?? 'tls-failed', untrustedText(error.reason ?? withoutAdvice(error.message)));
}

/** Node appends what to try, for developers. */
const withoutAdvice = (message: string): string => message.split(';')[0] ?? message;
