import { isAscii, isUtf8 } from 'node:buffer';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { errorCodes, type FastifyInstance, type FastifyRequest } from 'fastify';
import { finding, type JsonExcess, jsonExcess, maxJsonDepth, maxJsonMembers } from '@postausgang/contracts';
import { serverPlugin } from './plugin.ts';
import { ProblemError } from './problems.ts';

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
function requireAcceptedBody(request: FastifyRequest): void {
  if (!hasBody(request)) return;
  const accepted = acceptedMediaTypes(request.routeOptions.schema);
  const [essence = ''] = (request.headers['content-type'] ?? '').split(';');
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding.toLowerCase() !== 'identity') {
    const detail = 'Compressed bodies are not accepted.';
    throw new ProblemError('media-type-unsupported', { detail, headers: { 'accept-encoding': 'identity' } });
  }
  if (accepted.includes(essence.trim().toLowerCase())) return;
  const detail = `Supported here: ${accepted.join(', ')}`;
  throw new ProblemError('media-type-unsupported', { detail, headers: { accept: accepted.join(', ') } });
}

function isEmptyObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

/** Before validation: a body where none is taken is refused, a missing one is refused or, if optional, `{}`. */
function requireBody(request: FastifyRequest): void {
  const { schema, config } = request.routeOptions;
  if (schema?.body === undefined) {
    if (request.body === undefined || request.body === null || isEmptyObject(request.body)) return;
    throw new ProblemError('request-invalid', { detail: 'This request must not have a body.' });
  }
  if (request.body !== undefined) return;
  if (config.optionalBody !== true) {
    const findings = [finding('', 'required')];
    throw new ProblemError('request-invalid', { detail: 'This request must have a body.', findings });
  }
  request.body = {};
}

const { FST_ERR_CTP_BODY_TOO_LARGE: TooLarge, FST_ERR_CTP_INVALID_CONTENT_LENGTH: WrongLength } = errorCodes;

/** A body as it came. */
interface ReceivedBody {
  readonly bytes: Buffer;
  /** How many bytes before these belong to nobody else; see `withFieldsInFront`. */
  readonly headroomBytes: number;
}

const headroomBytes = 1024;

type BodyDone = (error: Error | null, body: ReceivedBody) => void;

const none: ReceivedBody = { bytes: Buffer.alloc(0), headroomBytes: 0 };

/**
 * Reads a body as Fastify does, with the same errors, but straight into the memory where it stays: a large one is not
 * collected in pieces and copied together. Of a body that does not say its length the pieces are.
 */
function readBody(request: FastifyRequest, payload: Readable, done: BodyDone): void {
  const limit = request.routeOptions.bodyLimit ?? request.server.initialConfig.bodyLimit ?? 0;
  const announced = Number(request.headers['content-length']);
  if (announced > limit) {
    done(new TooLarge(), none);
    return;
  }
  const collector = Number.isNaN(announced) ? collectPieces() : collectInPlace(announced);
  let received = 0;
  const onData = (chunk: Buffer): void => {
    received += chunk.length;
    if (received > limit) end(new TooLarge());
    else if (received > announced) end(new WrongLength());
    else {
      collector.take(chunk);
      // Pieces from elsewhere (injected requests) are somebody else's.
      if (collector.copies && request.raw.socket instanceof Socket) release(chunk);
    }
  };
  const onEnd = (): void => end(received === announced || Number.isNaN(announced) ? null : new WrongLength());
  const onError = (error: Error & { statusCode?: number }): void => {
    error.statusCode ??= 400;
    end(error);
  };
  const end = (error: Error | null): void => {
    payload.off('data', onData).off('end', onEnd).off('error', onError);
    done(error, error === null ? collector.body() : none);
  };
  payload.on('data', onData).on('end', onEnd).on('error', onError).resume();
}

interface Collector {
  take(chunk: Buffer): void;
  /** What was taken is no longer needed. */
  readonly copies: boolean;
  body(): ReceivedBody;
}

function collectPieces(): Collector {
  const chunks: Buffer[] = [];
  return {
    copies: false,
    take: (chunk) => void chunks.push(chunk),
    body: () => ({ bytes: Buffer.concat(chunks), headroomBytes: 0 }),
  };
}

function collectInPlace(sizeBytes: number): Collector {
  const memory = Buffer.allocUnsafeSlow(headroomBytes + sizeBytes);
  let end = headroomBytes;
  return {
    copies: true,
    take(chunk) {
      memory.set(chunk, end);
      end += chunk.length;
    },
    body: () => ({ bytes: memory.subarray(headroomBytes), headroomBytes }),
  };
}

const largeBytes = 16 * 1024;

/** Gives a piece that was copied its memory back, where it has one of its own, and makes less work for the collector. */
function release({ buffer, byteLength }: Buffer): void {
  if (byteLength >= largeBytes && byteLength === buffer.byteLength && buffer instanceof ArrayBuffer) {
    buffer.transfer(0);
  }
}

/**
 * JSON without some of its values, which are texts without escapes; marks stand in their places. The body is validated
 * with the marks, so a schema must not look into what is taken out. `completeBody` gives the body without marks.
 */
export interface LiftedJson {
  readonly json: Buffer;
  /** Whether all marks stand where they may; if not, the JSON is parsed as it came. */
  fits(body: unknown): boolean;
  complete<Body extends object>(body: Body): Body;
}

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

const openingBrace = 0x7b;

/**
 * The JSON of an object with further fields in front of its own, of which it has at least one. Neither may have a name of
 * the other. The object's own bytes are not parsed. Where there is room before them they are not even copied: the front is
 * written over their beginning then, and `bytes` is not to be read any more.
 */
export function withFieldsInFront(
  fields: Readonly<Record<string, unknown>>,
  { bytes, headroomBytes: roomBytes }: Pick<ReceivedJson, 'bytes' | 'headroomBytes'>,
): Uint8Array {
  const front = Buffer.from(`${JSON.stringify(fields).slice(0, -1)},`);
  const restStart = bytes.indexOf(openingBrace) + 1;
  const start = restStart - front.length;
  if (roomBytes === 0 || start < -roomBytes) {
    return Buffer.concat([front, bytes.subarray(restStart)]);
  }
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset + start, bytes.length - start);
  whole.set(front);
  return whole;
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

const excesses = {
  depth: `It is nested more than ${maxJsonDepth} levels deep.`,
  members: `It has more than ${maxJsonMembers} members.`,
  'plain-bytes': 'It has more than two megabytes of white space and numbers.',
  escapes: 'Its texts have more than two million escapes.',
} as const satisfies Record<JsonExcess, string>;

/** What JSON would cost is known before it is parsed: a few megabytes can be millions of objects. */
function requireParsable(json: Uint8Array): void {
  const excess = jsonExcess(json);
  if (excess !== undefined) refuse(`The JSON is not parsed. ${excesses[excess]}`);
}

/** Text that is not ASCII takes two bytes for a character, in the JSON and again in what is parsed. */
const maxWideBytes = 12 * 1024 * 1024;

/** ASCII, which base64 is, is worth a look: as one-byte text it is decoded and parsed several times as fast. */
function decode(bytes: Buffer): string {
  if (isAscii(bytes)) return bytes.toString('latin1');
  if (bytes.length > maxWideBytes) refuse('JSON of more than 12 MiB beside its attachments has to be ASCII.');
  if (!isUtf8(bytes)) refuse('The body is not valid UTF-8.');
  return bytes.toString('utf8');
}

/**
 * Parses JSON strictly: bounded before it is parsed, UTF-8 only, no half characters, no `__proto__` and no `constructor.prototype`. An empty
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
            detail: 'A string contains half a character (a lone surrogate).',
          }),
        );
        return;
      }
      done(error, body);
    });
  };
  const parseBody = (request: FastifyRequest, received: ReceivedBody, done: Done): void => {
    requireParsable(received.bytes);
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

/** Which bodies a request may have, and how JSON is read. */
export const bodies = serverPlugin<object>('bodies', ['problems', 'authentication'], async (app) => {
  app.removeAllContentTypeParsers();
  app.decorateRequest('receivedJson', null);
  addJsonParser(app, 'application/json');
  app.addHook('onRequest', (request, _reply, done) => {
    requireAcceptedBody(request);
    done();
  });
  app.addHook('preValidation', (request, _reply, done) => {
    requireBody(request);
    done();
  });
});
