import { finding } from '@postausgang/contracts';
import type { FastifyRequest } from 'fastify';
import { ProblemError } from '../problems/problem-error.ts';

interface BodySource {
  readonly body?: unknown;
  readonly consumes?: readonly string[];
}

function contentOf(body: unknown): object | undefined {
  if (typeof body !== 'object' || body === null || !('content' in body)) return undefined;
  return typeof body.content === 'object' && body.content !== null ? body.content : undefined;
}

/** The media types a route reads: the keys of `schema.body.content`, else `schema.consumes`, else JSON. */
function acceptedMediaTypes(schema: BodySource | undefined): readonly string[] {
  const content = contentOf(schema?.body);
  return content === undefined ? (schema?.consumes ?? ['application/json']) : Object.keys(content);
}

function hasBody({ headers }: FastifyRequest): boolean {
  if (headers['transfer-encoding'] !== undefined) return true;
  return headers['content-length'] !== undefined && headers['content-length'] !== '0';
}

/**
 * Refuses a body whose media type the route does not read, or that is compressed (RFC 9110 §15.5.16). Fastify
 * alone would take every type that has a parser, and skips the validation of types it has no schema for.
 */
export function requireAcceptedBody(request: FastifyRequest): void {
  if (!hasBody(request)) return;
  const accepted = acceptedMediaTypes(request.routeOptions.schema);
  const [essence = ''] = (request.headers['content-type'] ?? '').split(';');
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding.toLowerCase() !== 'identity') {
    const detail = 'Compressed bodies are not accepted.';
    throw new ProblemError('media-type-unsupported', { detail, headers: { 'accept-encoding': 'identity' } });
  }
  if (accepted.includes(essence.trim().toLowerCase())) return;
  const detail = `Accepted here: ${accepted.join(', ')}`;
  throw new ProblemError('media-type-unsupported', { detail, headers: { accept: accepted.join(', ') } });
}

function isEmptyObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

/** Before validation: a body where none is taken is refused, a missing one is refused or, if optional, `{}`. */
export function requireBody(request: FastifyRequest): void {
  const { schema, config } = request.routeOptions;
  if (schema?.body === undefined) {
    if (request.body === undefined || request.body === null || isEmptyObject(request.body)) return;
    throw new ProblemError('request-invalid', { detail: 'This request takes no body.' });
  }
  if (request.body !== undefined) return;
  if (config.optionalBody !== true) {
    const findings = [finding('', 'required')];
    throw new ProblemError('request-invalid', { detail: 'This request needs a body.', findings });
  }
  request.body = {};
}
