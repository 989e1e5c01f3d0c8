import { isUtf8 } from 'node:buffer';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ProblemError } from '../problems/problem-error.ts';

type Done = (error: Error | null, body?: unknown) => void;

function refuse(detail: string): never {
  throw new ProblemError('request-malformed', { detail });
}

function isWellFormed(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([key, inner]) => key.isWellFormed() && isWellFormed(inner));
}

/** An escaped surrogate is the only way for half a character to get past the UTF-8 check. */
function mayHoldSurrogates(bytes: Buffer): boolean {
  return bytes.includes('\\ud') || bytes.includes('\\uD');
}

/**
 * Parses JSON strictly: UTF-8 only, no half characters, no `__proto__` and no `constructor.prototype`. An empty
 * body counts as none, since clients like to announce JSON without sending any.
 */
export function addJsonParser(app: FastifyInstance, mediaType: string): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  const parseBytes = (request: FastifyRequest, bytes: Buffer, done: Done): void => {
    if (bytes.length === 0) {
      done(null, undefined);
      return;
    }
    if (!isUtf8(bytes)) refuse('The body is not valid UTF-8.');
    void parse(request, bytes.toString('utf8'), (error, body) => {
      if (error === null && mayHoldSurrogates(bytes) && !isWellFormed(body)) {
        done(
          new ProblemError('request-malformed', {
            detail: 'A string holds half a character (a lone surrogate).',
          }),
        );
        return;
      }
      done(error, body);
    });
  };
  app.addContentTypeParser(mediaType, { parseAs: 'buffer' }, parseBytes);
}
