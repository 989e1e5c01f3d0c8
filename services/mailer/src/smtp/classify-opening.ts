import { type Failure, failure, type FailureCode } from '@postausgang/contracts';
import { rootCode, type SmtpError, tlsFailure, untrustedText } from '@postausgang/net';
import { failureOfReply, isThrottled } from './classify-throttle.ts';
import { readReply, type SmtpReply } from './smtp-reply.ts';

/** The stages of a session that nodemailer's connection runs through, in the words of the connection test. */
export type SessionStage = 'greeting' | 'tls' | 'ehlo' | 'authenticate';

/** Why a session did not come about: the stage it was in, and nodemailer's error. */
export function openingFailure(stage: SessionStage, error: SmtpError): Failure {
  const reply = error.response === undefined ? null : readReply(error.response);
  if (reply === null) return silentFailure(stage, error);
  return failureOfReply(refusalCode(stage, reply), error.response ?? '');
}

function silentFailure(stage: SessionStage, error: SmtpError): Failure {
  if (error.response !== undefined) {
    const code = stage === 'greeting' ? 'not-an-smtp-server' : 'unexpected-reply';
    return failure(code, untrustedText(error.response));
  }
  if (stage === 'tls' && error.code !== 'ECONNECTION') return tlsFailure(error);
  return lostConnection(error, stage === 'greeting' ? 'greeting-timeout' : 'timeout');
}

/** Why a connection ended that was expected to go on. */
export function lostConnection(error: SmtpError, timeoutCode: FailureCode = 'timeout'): Failure {
  if (error.code === 'ETIMEDOUT') return failure(timeoutCode);
  if (error.responseCode === 421) return sessionEnded(error.response ?? '');
  if (error.code === 'EPROTOCOL')
    return failure('unexpected-reply', untrustedText(error.response ?? error.message));
  return failure('connection-lost', untrustedText(error.response ?? rootCode(error)));
}

function sessionEnded(raw: string): Failure {
  const reply = readReply(raw);
  return failureOfReply(reply !== null && isThrottled(reply) ? 'server-throttled' : 'server-busy', raw);
}

function refusalCode(stage: SessionStage, reply: SmtpReply): FailureCode {
  if (isThrottled(reply)) return 'server-throttled';
  if (reply.code === 421) return 'server-busy';
  switch (stage) {
    case 'greeting':
      return greetingCode(reply);
    case 'tls':
      return reply.code >= 500 ? 'starttls-not-offered' : 'tls-failed';
    case 'ehlo':
      return reply.code >= 500 ? 'ehlo-refused' : 'server-busy';
    case 'authenticate':
      return signInCode(reply);
  }
}

function greetingCode({ code }: SmtpReply): FailureCode {
  if (code >= 500) return 'server-refuses-service';
  return code >= 400 ? 'server-busy' : 'not-an-smtp-server';
}

/** RFC 4954 §6. 502, 503 and 530 to AUTH: not here, not before TLS; 538: the mechanism needs encryption. */
const signInCodes: Readonly<Record<number, FailureCode>> = {
  502: 'authentication-not-offered',
  503: 'authentication-not-offered',
  504: 'authentication-mechanism-unsupported',
  530: 'authentication-not-offered',
  534: 'authentication-mechanism-unsupported',
  538: 'authentication-not-offered',
};

function signInCode({ code }: SmtpReply): FailureCode {
  if (code < 400) return 'unexpected-reply';
  if (code < 500) return 'authentication-unavailable';
  return signInCodes[code] ?? 'credentials-rejected';
}
