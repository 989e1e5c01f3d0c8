/*
 * Server-sent events of the log. Each reader has followers of its own: what it has read so far stands in the id of each
 * event, so it goes on there after a break, at this process or at another one. Nothing is kept for readers: one that is
 * slow makes its followers wait, one that takes nothing for a minute is cut off.
 */
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { EventLog } from '@postausgang/event-log';
import { openFeed } from './event-feed.ts';
import type { StreamTopic } from './event-views.ts';
import { createEventWriter, eventBlock, type EventWriter } from './event-writer.ts';
import type { StreamPosition } from './stream-position.ts';

export interface EventStreamOptions {
  readonly log: EventLog;
  readonly folded: (topic: StreamTopic, offset: number) => Promise<unknown>;
  readonly heartbeatMs: number;
  /** Aborted when the server closes. */
  readonly closing: AbortSignal;
}

export interface StreamRequest {
  readonly topics: readonly StreamTopic[];
  readonly from: StreamPosition | undefined;
  /** Whether the one who reads still may; asked with each heartbeat. */
  readonly isStillAllowed: () => Promise<boolean>;
}

const retryMs = 2_000;

/** The body of an answer. It begins with `ready`, or with `reset` where something may have been missed. */
export async function openEventStream(
  { log, folded, heartbeatMs, closing }: EventStreamOptions,
  { topics, from, isStillAllowed }: StreamRequest,
): Promise<Readable> {
  const writer = createEventWriter();
  const opened = Promise.withResolvers<void>();
  const feed = await openFeed({
    log,
    topics,
    from,
    folded,
    async take({ name, time, data }, id) {
      await opened.promise;
      await writer.write(eventBlock(id, name, { time, data }));
    },
  });
  const first = eventBlock(feed.position(), feed.resumed ? 'ready' : 'reset', {});
  await writer.write(`retry: ${retryMs}\n${first}`);
  opened.resolve();
  void beat(writer, { heartbeatMs, closing, isStillAllowed, position: feed.position });
  void writer.closed.then(feed.stop);
  return writer.body;
}

interface Beating extends Pick<EventStreamOptions, 'heartbeatMs' | 'closing'> {
  readonly isStillAllowed: () => Promise<boolean>;
  readonly position: () => string;
}

/** Keeps proxies from closing a quiet connection, and says how far the reader is. */
async function beat(
  writer: EventWriter,
  { heartbeatMs, closing, isStillAllowed, position }: Beating,
): Promise<void> {
  const over = new AbortController();
  const signal = AbortSignal.any([over.signal, closing]);
  void writer.closed.then(() => over.abort());
  while (!signal.aborted) {
    await delay(heartbeatMs, undefined, { signal }).catch(() => undefined);
    if (!signal.aborted && !(await isStillAllowed().catch(() => false))) break;
    await writer.write(`: still here\nid: ${position()}\n\n`);
  }
  writer.end();
}
