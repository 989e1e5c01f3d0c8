import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { errorCodes, type FastifyRequest } from 'fastify';

const { FST_ERR_CTP_BODY_TOO_LARGE: TooLarge, FST_ERR_CTP_INVALID_CONTENT_LENGTH: WrongLength } = errorCodes;

/** A body as it came. */
export interface ReceivedBody {
  readonly bytes: Buffer;
  /** How many bytes before these belong to nobody else: for whoever has to write something in front of them. */
  readonly headroomBytes: number;
}

const headroomBytes = 1024;

type Done = (error: Error | null, body: ReceivedBody) => void;

const none: ReceivedBody = { bytes: Buffer.alloc(0), headroomBytes: 0 };

/**
 * Reads a body as Fastify does, with the same errors, but straight into the memory where it stays: a large one is not
 * collected in pieces and copied together. Of a body that does not say its length the pieces are.
 */
export function readBody(request: FastifyRequest, payload: Readable, done: Done): void {
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
