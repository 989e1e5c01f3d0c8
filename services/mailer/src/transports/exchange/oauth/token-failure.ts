import { type Failure, failure, type FailureCode } from '@postausgang/contracts';
import { untrustedText } from '@postausgang/net';
import type { HttpsAnswer } from '../http/https-request.ts';
import { retryAfterSeconds } from '../http/retry-after.ts';
import type { NetworkProblem } from './msal-network.ts';

/** Microsoft Entra's codes: https://learn.microsoft.com/entra/identity-platform/reference-error-codes */
const codes: Readonly<Record<string, FailureCode>> = {
  '7000215': 'client-secret-wrong',
  '7000218': 'client-secret-wrong',
  '7000222': 'client-secret-expired',
  '700027': 'client-certificate-rejected',
  '7000214': 'client-certificate-rejected',
  '700030': 'client-certificate-rejected',
  '700016': 'client-unknown',
  '700038': 'client-unknown',
  '7000112': 'client-unknown',
  '90002': 'tenant-unknown',
  '900023': 'tenant-unknown',
  '900021': 'tenant-unknown',
  '65001': 'consent-missing',
  '500011': 'consent-missing',
  '501051': 'consent-missing',
  '7000113': 'consent-missing',
  '90033': 'authority-unavailable',
  '50196': 'server-throttled',
};

/** RFC 6749 §5.2, for authorities that are not Entra. */
const oauthErrors: Readonly<Record<string, FailureCode>> = {
  invalid_client: 'client-secret-wrong',
  unauthorized_client: 'client-unknown',
  invalid_scope: 'consent-missing',
  temporarily_unavailable: 'authority-unavailable',
  server_error: 'authority-unavailable',
};

/** Why there is no token: from what the authority answered, or from why it did not. */
export function tokenFailure(error: unknown, problem: NetworkProblem | undefined, nowMs: number): Failure {
  if (problem?.kind === 'no-answer') return problem.failure;
  if (problem === undefined) return failure('authority-unavailable', msalCode(error));
  const { answer } = problem;
  const { error: name = '', error_description: description = '' } = membersOf(answer);
  const aadsts = /AADSTS(\d+)/.exec(description)?.[1];
  const known = codes[aadsts ?? ''] ?? codeOfStatus(answer.status) ?? oauthErrors[name];
  const detail = aadsts === undefined ? `${answer.status} ${untrustedText(name)}`.trim() : `AADSTS${aadsts}`;
  return withPause(failure(known ?? 'token-refused', detail), answer, nowMs);
}

function codeOfStatus(status: number): FailureCode | undefined {
  if (status === 429) return 'server-throttled';
  if (status >= 500) return 'authority-unavailable';
  return status === 404 ? 'tenant-unknown' : undefined;
}

function withPause(told: Failure, { headers }: HttpsAnswer, nowMs: number): Failure {
  const pause = retryAfterSeconds(headers['retry-after'], nowMs);
  return pause === undefined ? told : { ...told, retryAfterSeconds: pause };
}

/** The description repeats what was sent, so only codes are taken from it. */
function membersOf({ body }: HttpsAnswer): { error?: string; error_description?: string } {
  try {
    const members = Object(JSON.parse(body.toString('utf8')));
    return {
      ...(typeof members.error === 'string' ? { error: members.error } : {}),
      ...(typeof members.error_description === 'string'
        ? { error_description: members.error_description }
        : {}),
    };
  } catch {
    return {};
  }
}

/** MSAL's own code, such as `endpoints_resolution_error`; its message may repeat addresses, never secrets. */
function msalCode(error: unknown): string {
  const { errorCode } = Object(error);
  return typeof errorCode === 'string' ? untrustedText(errorCode) : '';
}
