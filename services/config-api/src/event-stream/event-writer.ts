import { once } from 'node:events';
import { PassThrough, type Readable } from 'node:stream';

/** The text of one answer of server-sent events. */
export interface EventWriter {
  readonly body: Readable;
  /** Resolves when the reader has room for more. Nothing is written once it has gone. */
  write(block: string): Promise<void>;
  end(): void;
  /** Resolves when the reader has gone, or the answer has ended. */
  readonly closed: Promise<void>;
}

const bufferBytes = 64 * 1024;
/** A reader that takes nothing for so long is given up. */
const stalledMs = 60_000;

export function createEventWriter(): EventWriter {
  const body = new PassThrough({ highWaterMark: bufferBytes });
  const closed = new Promise<void>((resolve) => void body.once('close', resolve));
  // A reader that goes away in the middle is nothing to report.
  body.on('error', () => undefined);
  const untilRoom = async (): Promise<void> => {
    const signal = AbortSignal.timeout(stalledMs);
    await Promise.race([once(body, 'drain', { signal }), closed]).catch(() => body.destroy());
  };
  return {
    body,
    closed,
    async write(block) {
      if (body.writable && !body.write(block)) await untilRoom();
    },
    end: () => void body.end(),
  };
}

/** One event as it is sent. JSON has no line breaks of its own. */
export function eventBlock(id: string, name: string, data: unknown): string {
  return `id: ${id}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
