import { isAscii, isUtf8 } from 'node:buffer';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ProblemError } from '../problems/problem-error.ts';
import type { LiftedJson } from '../routes/route-config.ts';
import { readBody, type ReceivedBody } from './read-body.ts';

/** The JSON a body came as, and what its route had taken out of it. */
export interface ReceivedJson extends ReceivedBody {
  readonly lifted: LiftedJson | undefined;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Null where the body is something else than JSON. */
    receivedJson: ReceivedJson | null;
  }
}

/** The body of a request with what the route had taken out of its JSON; the body itself where that was nothing. */
export function completeBody<Body extends object>({ receivedJson }: FastifyRequest, body: Body): Body {
  return receivedJson?.lifted?.complete(body) ?? body;
}

type Done = (error: Error | null, body?: unknown) => void;

function refuse(detail: string): never {
  throw new ProblemError('request-malformed', { detail });
}

function isWellFormed(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([key, inner]) => key.isWellFormed() && isWellFormed(inner));
}

/**
 * Whether JSON may hold what is refused: half a character gets past the UTF-8 check only when it is escaped, and a
 * forbidden name is either escaped or stands there.
 */
function needsCare(json: string): boolean {
  return json.includes('\\u') || json.includes('"__proto__"') || json.includes('"constructor"');
}

/** ASCII, which base64 is, is worth a look: as one-byte text it is decoded and parsed several times as fast. */
function decode(bytes: Buffer): string {
  if (isAscii(bytes)) return bytes.toString('latin1');
  if (!isUtf8(bytes)) refuse('The body is not valid UTF-8.');
  return bytes.toString('utf8');
}

/**
 * Parses JSON strictly: UTF-8 only, no half characters, no `__proto__` and no `constructor.prototype`. An empty
 * body counts as none, since clients like to announce JSON without sending any.
 */
export function addJsonParser(app: FastifyInstance, mediaType: string): void {
  const parseText = app.getDefaultJsonParser('ignore', 'ignore');
  const parseWithCare = app.getDefaultJsonParser('error', 'error');
  const parse = (request: FastifyRequest, bytes: Buffer, done: Done): void => {
    const json = decode(bytes);
    if (!needsCare(json)) {
      void parseText(request, json, done);
      return;
    }
    void parseWithCare(request, json, (error, body) => {
      if (error === null && !isWellFormed(body)) {
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
  const parseBody = (request: FastifyRequest, received: ReceivedBody, done: Done): void => {
    const lifted = request.routeOptions.config.liftJson?.(received.bytes);
    request.receivedJson = { ...received, lifted: undefined };
    if (lifted === undefined) {
      parse(request, received.bytes, done);
      return;
    }
    parse(request, lifted.json, (error, body) => {
      if (error !== null || !lifted.fits(body)) {
        parse(request, received.bytes, done);
        return;
      }
      request.receivedJson = { ...received, lifted };
      done(error, body);
    });
  };
  app.addContentTypeParser(mediaType, (request, payload, done) => {
    readBody(request, payload, (error, received) => {
      if (error !== null || received.bytes.length === 0) {
        done(error, undefined);
        return;
      }
      try {
        parseBody(request, received, done);
      } catch (refusal) {
        done(refusal instanceof Error ? refusal : new Error('unknown'), undefined);
      }
    });
  });
}
