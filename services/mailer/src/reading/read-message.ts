/*
 * Reads messages apart from everything else: taking a large message to pieces costs a second of
 * computing, which no mail may wait for. Messages are read one after the other, each by a thread of its own within a
 * deadline and with little memory. A message that cannot be read is still there as it came.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { TestMailboxMessage } from '@postausgang/contracts';

/** What a message says and has in it. */
export type ReadMessage = Pick<TestMailboxMessage, 'headers' | 'text' | 'hasHtml' | 'html' | 'attachments'>;

/** One part of a message: an attachment, or the text in HTML. */
export interface MessagePart {
  readonly filename: string | null;
  readonly bytes: Uint8Array;
}

/** What is to be read: everything but the contents, the text in HTML, or an attachment, counted from 1. */
export interface ReadTask {
  readonly bytes: Uint8Array;
  readonly part: 'overview' | 'html' | number;
}

const deadlineMs = 30_000;
const memoryMebibytes = 256;

let last: Promise<unknown> = Promise.resolve();

function readApart<Answer>(task: ReadTask): Promise<Answer | null> {
  const answer = last.then(async (): Promise<Answer | null> => {
    const thread = new Worker(new URL('./read-thread.ts', import.meta.url), {
      workerData: task,
      resourceLimits: { maxOldGenerationSizeMb: memoryMebibytes },
    });
    try {
      const [read] = await once(thread, 'message', { signal: AbortSignal.timeout(deadlineMs) });
      return read;
    } catch {
      return null;
    } finally {
      await thread.terminate();
    }
  });
  last = answer;
  return answer;
}

const unread: ReadMessage = { headers: [], text: null, hasHtml: false, html: null, attachments: [] };

/** What the message says; nothing where it cannot be read. */
export async function readMessage(bytes: Uint8Array): Promise<ReadMessage> {
  return (await readApart<ReadMessage>({ bytes, part: 'overview' })) ?? unread;
}

/** A part of the message; null where there is no such part. */
export function readPart(bytes: Uint8Array, part: 'html' | number): Promise<MessagePart | null> {
  return readApart<MessagePart>({ bytes, part });
}
