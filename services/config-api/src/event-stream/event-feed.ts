import { topics } from '@postausgang/contracts';
import { type EventLog, type Follower, followEvents, type LogItem } from '@postausgang/event-log';
import { type StreamEvent, streamEventOf, type StreamTopic } from './event-views.ts';
import { formatPosition, isWithin, type StreamPosition } from './stream-position.ts';

export interface FeedOptions {
  readonly log: EventLog;
  readonly topics: readonly StreamTopic[];
  /** Where to go on; undefined: with what comes from now on. */
  readonly from: StreamPosition | undefined;
  /** Resolves when this process itself has taken the event in, so that whoever asks back finds it. */
  readonly folded: (topic: StreamTopic, offset: number) => Promise<unknown>;
  /** Takes one event; the follower of its topic waits for it, so a slow reader holds up nobody but itself. */
  readonly take: (event: StreamEvent, id: string) => Promise<void>;
}

export interface EventFeed {
  /** Whether it goes on where it was asked to; otherwise something may have been missed. */
  readonly resumed: boolean;
  /** The id of everything up to here. */
  position(): string;
  stop(): Promise<void>;
}

/** Follows topics of the log for one reader. */
export async function openFeed({ log, topics: names, from, folded, take }: FeedOptions): Promise<EventFeed> {
  const bounds = await Promise.all(names.map((name) => log.bounds(topics[name].name)));
  const next = new Map<StreamTopic, number[]>();
  let resumed = true;
  names.forEach((name, index) => {
    const held = bounds[index] ?? [];
    const wanted = from?.get(name);
    const isPossible = wanted !== undefined && isWithin(wanted, held);
    if (wanted !== undefined && !isPossible) resumed = false;
    next.set(name, isPossible ? [...wanted] : held.map(({ end }) => end));
  });

  const handle = async (topic: StreamTopic, { position, result }: LogItem): Promise<void> => {
    const offsets = (next.get(topic) ?? []).with(position.partition, position.offset + 1);
    const event = result.ok ? streamEventOf(result.event) : undefined;
    if (event !== undefined) {
      await folded(topic, position.offset);
      await take(event, formatPosition(new Map(next).set(topic, offsets)));
    }
    // Only now: an id never stands for what has not been handed over.
    next.set(topic, offsets);
  };
  const follow = (topic: StreamTopic): Follower => {
    const start = (next.get(topic) ?? []).map((offset, partition) => ({ partition, offset }));
    return followEvents(log, topic, start, async (items) => {
      for (const item of items) await handle(topic, item);
    });
  };
  const followers = names.map(follow);
  return {
    resumed,
    position: () => formatPosition(next),
    async stop() {
      await Promise.all(followers.map((follower) => follower.stop()));
    },
  };
}
