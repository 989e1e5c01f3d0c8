import { type Failure, failure, type FailureCode } from '@postausgang/contracts';
import { asSmtpError, rootCode } from './smtp-error.ts';

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
