import type { ProblemCode } from '@postausgang/contracts';
import { ProblemError } from './problem-error.ts';

interface Refusal {
  readonly code: ProblemCode;
  readonly detail: string;
}

const notJson =
  'The body is not valid JSON. The keys __proto__ and constructor.prototype are refused as well.';

const frameworkErrors: Readonly<Record<string, Refusal>> = {
  FST_ERR_CTP_INVALID_JSON_BODY: { code: 'request-malformed', detail: notJson },
  FST_ERR_CTP_EMPTY_JSON_BODY: { code: 'request-malformed', detail: 'The body is empty.' },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    code: 'request-malformed',
    detail: 'The body is not as long as Content-Length says.',
  },
  FST_ERR_CTP_BODY_TOO_LARGE: { code: 'body-too-large', detail: 'The body is larger than accepted here.' },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    code: 'media-type-unsupported',
    detail: 'The Content-Type is missing or not accepted here.',
  },
  FST_ERR_BAD_URL: { code: 'request-malformed', detail: 'The path has a broken percent-encoding.' },
  FST_ERR_MAX_PARAM_LENGTH: { code: 'uri-too-long', detail: 'A part of the path is too long.' },
  ECONNRESET: { code: 'request-malformed', detail: 'The connection ended within the body.' },
  ERR_STREAM_PREMATURE_CLOSE: { code: 'request-malformed', detail: 'The connection ended within the body.' },
};

function stringField(error: unknown, field: string): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const value: unknown = Reflect.get(error, field);
  return typeof value === 'string' ? value : undefined;
}

/** Fastify marks errors of the request stream with 400; the same code from a handler is a failure of ours. */
function isRefused(error: unknown, code: string): boolean {
  return code.startsWith('FST_') || (error instanceof Error && Reflect.get(error, 'statusCode') === 400);
}

/** What to answer to an error: the problem it is, or the one of the framework's error, or `internal-error`. */
export function problemOf(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  const code = stringField(error, 'code') ?? '';
  const refusal = Object.hasOwn(frameworkErrors, code) ? frameworkErrors[code] : undefined;
  if (refusal === undefined || !isRefused(error, code)) return new ProblemError('internal-error');
  return new ProblemError(refusal.code, { detail: refusal.detail });
}

/** What is logged of an unexpected error: where it came from. No properties: libraries hang requests on them. */
export function loggedError(error: unknown): Record<string, string | undefined> {
  if (!(error instanceof Error)) return { name: typeof error };
  const frames = (error.stack ?? '').split('\n').filter((line) => line.startsWith('    at '));
  return {
    name: error.name,
    code: stringField(error, 'code'),
    message: error.message.slice(0, 500),
    stack: frames.slice(0, 20).join('\n'),
  };
}
