/*
 * Server-sent events of the log. Each reader has folds of its own, whose state is how far the reader has got: it stands
 * in the id of each event, so the reader goes on there after a break, at this process or at another one. Nothing is kept
 * for readers: one that is slow makes its folds wait, one that takes nothing for a minute is cut off.
 */
import { once } from 'node:events';
import { PassThrough, type Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type EventData,
  type EventName,
  events,
  type PostausgangEvent,
  type Requester,
  type Scope,
  type TopicName,
  topics,
} from '@postausgang/contracts';
import {
  type EventLog,
  type Fold,
  type LogItem,
  type PartitionBounds,
  startFold,
} from '@postausgang/event-log';

/** An event as a stream shows it. */
interface StreamEvent {
  /** The short name: `settings-changed` of `io.postausgang.settings-changed.v1`. */
  readonly name: string;
  readonly time: string;
  readonly data: unknown;
}

type View<Name extends EventName> = (data: EventData<Name>) => unknown;
type Views = { readonly [Name in EventName]?: View<Name> };

/** Who may see the events of a topic. Requests hold whole mails, so they are read with `GET /v1/mails`. */
export const topicScopes = {
  settings: 'settings:read',
  connectionTests: 'connection:test',
  mailerStatus: 'settings:read',
  mailEvents: 'mail:read',
} as const satisfies Partial<Record<TopicName, Scope>>;
export type StreamTopic = keyof typeof topicScopes;

interface ResourceChange {
  readonly resource: string;
  readonly operation: string;
  readonly actor: { readonly name: string };
}

const whole = (data: unknown): unknown => data;
const changed = ({ resource, operation, actor }: ResourceChange): unknown => ({
  resource,
  operation,
  changedBy: actor.name,
});

/**
 * What is shown of each event. It is an allow-list: an event that is not here is not sent, and of those that hold secrets,
 * sealed as they are, only what one needs to know that something has changed.
 */
const views: Views = {
  settingsChanged: changed,
  exchangeConnectionChanged: changed,
  certificateChanged: changed,
  senderChanged: changed,
  sendingModeChanged: changed,
  environmentConfirmed: ({ as }) => ({ as }),
  credentialExpiring: whole,
  connectionTestRequested: ({ testId, resource, draft, actor }) => ({
    testId,
    resource,
    draft,
    requestedBy: actor.name,
  }),
  connectionTestProgressed: whole,
  connectionTestResult: whole,
  senderCheckRequested: ({ checkId, actor }) => ({ checkId, requestedBy: actor.name }),
  senderChecked: whole,
  settingsApplied: whole,
  mailerStarted: ({ mailerId }) => ({ mailerId }),
  mailerStopped: ({ mailerId }) => ({ mailerId }),
  mailAttemptStarted: whole,
  mailSent: whole,
  mailDeferred: whole,
  mailFailed: whole,
  mailOutcomeUnknown: whole,
  mailHeld: whole,
  mailReleased: whole,
  mailCancelled: whole,
  mailRequeued: whole,
  mailResolved: whole,
  mailLookupEnded: whole,
  mailCommandDeclined: whole,
  mailRefused: whole,
};

const viewByType = new Map(
  Object.entries(views).map(([name, view]) => [
    events[name as EventName].type as string,
    view as (data: unknown) => unknown,
  ]),
);

/** Undefined when the event is not shown. */
function streamEventOf({ type, time, data }: PostausgangEvent): StreamEvent | undefined {
  const view = viewByType.get(type);
  if (view === undefined) return undefined;
  return { name: type.replace(/^io\.postausgang\.|\.v\d+$/g, ''), time, data: view(data) };
}

/** The next offset of each partition, by topic. */
type StreamPosition = ReadonlyMap<StreamTopic, readonly number[]>;

const letters: Readonly<Record<StreamTopic, string>> = {
  settings: 's',
  connectionTests: 't',
  mailerStatus: 'r',
  mailEvents: 'm',
};
const topicOf = new Map(Object.entries(letters).map(([topic, letter]) => [letter, topic as StreamTopic]));
const form = /^[strm]\d{1,15}(-\d{1,15}){0,99}(\.[strm]\d{1,15}(-\d{1,15}){0,99}){0,3}$/;

/** The id of an event in the stream, such as `s12.t0.m3-0-8`: the log positions behind it. */
function formatPosition(position: StreamPosition): string {
  return [...position].map(([topic, offsets]) => `${letters[topic]}${offsets.join('-')}`).join('.');
}

/** Undefined when it is not one of ours. */
export function parsePosition(text: string): StreamPosition | undefined {
  if (!form.test(text)) return undefined;
  const parts = text
    .split('.')
    .map((part): [StreamTopic | undefined, number[]] => [
      topicOf.get(part.slice(0, 1)),
      part.slice(1).split('-').map(Number),
    ]);
  return new Map(parts.filter((part): part is [StreamTopic, number[]] => part[0] !== undefined));
}

/** Whether a topic still holds everything from these offsets on; it does not after its retention, or in a new log. */
function isWithin(offsets: readonly number[], bounds: readonly PartitionBounds[]): boolean {
  return (
    offsets.length === bounds.length &&
    bounds.every(({ partition, start, end }) => {
      const offset = offsets[partition] ?? -1;
      return offset >= start && offset <= end;
    })
  );
}

/** Whether a reader may see an event of a topic that it reads. */
type IsVisible = (event: PostausgangEvent) => boolean;

/** Of mails, the events of those that this requester has asked for; of everything else all. */
export function ofRequester({ kind, id }: Pick<Requester, 'kind' | 'id'>): IsVisible {
  return ({ type, data }) => {
    if (!mailEventTypes.has(type)) return true;
    const requester = 'requestedBy' in data ? data.requestedBy : null;
    return typeof requester === 'object' && requester?.kind === kind && requester.id === id;
  };
}

const mailEventTypes: ReadonlySet<string> = new Set(
  Object.values(events)
    .filter(({ topic }) => topic === 'mailEvents')
    .map(({ type }) => type),
);

/** What this process folds itself. Mails are folded by mailers. */
type Folds = Readonly<Partial<Record<StreamTopic, Pick<Fold<unknown>, 'reached'>>>>;

interface FeedOptions {
  readonly log: EventLog;
  readonly folds: Folds;
  readonly topics: readonly StreamTopic[];
  /** Where to go on; undefined: with what comes from now on. */
  readonly from: StreamPosition | undefined;
  readonly isVisible: IsVisible;
  /** Takes one event; the fold of its topic waits for it, so a slow reader holds up nobody but itself. */
  readonly take: (event: StreamEvent, id: string) => Promise<void>;
}

interface EventFeed {
  /** Whether it goes on where it was asked to; otherwise something may have been missed. */
  readonly resumed: boolean;
  /** The id of everything up to here. */
  position(): string;
  stop(): Promise<void>;
}

/** How long an event waits until this process itself has folded it, so that whoever asks back finds it. */
const foldedWithinMs = 5_000;

/** Follows topics of the log for one reader. */
async function openFeed({
  log,
  folds,
  topics: names,
  from,
  isVisible,
  take,
}: FeedOptions): Promise<EventFeed> {
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

  const handOver = async (topic: StreamTopic, { position, result }: LogItem): Promise<void> => {
    const offsets = (next.get(topic) ?? []).with(position.partition, position.offset + 1);
    const event = result.ok && isVisible(result.event) ? streamEventOf(result.event) : undefined;
    if (event !== undefined) {
      await folds[topic]?.reached(position, { timeoutMs: foldedWithinMs });
      await take(event, formatPosition(new Map(next).set(topic, offsets)));
    }
    // Only now: an id never stands for what has not been handed over.
    next.set(topic, offsets);
  };
  const feeds = names.map((topic) =>
    startFold({
      log,
      topic,
      state: next,
      from: () => (next.get(topic) ?? []).map((offset, partition) => ({ partition, offset })),
      async apply(_state, items) {
        for (const item of items) await handOver(topic, item);
      },
    }),
  );
  return {
    resumed,
    position: () => formatPosition(next),
    async stop() {
      await Promise.all(feeds.map((feed) => feed.stop()));
    },
  };
}

/** The text of one answer of server-sent events. */
interface EventWriter {
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

function createEventWriter(): EventWriter {
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
function eventBlock(id: string, name: string, data: unknown): string {
  return `id: ${id}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}

export interface EventStreamOptions {
  readonly log: EventLog;
  readonly folds: Folds;
  readonly heartbeatMs: number;
  /** Aborted when the server closes. */
  readonly closing: AbortSignal;
}

interface StreamRequest {
  readonly topics: readonly StreamTopic[];
  readonly from: StreamPosition | undefined;
  readonly isVisible: IsVisible;
  /** Whether the one who reads still may; asked with each heartbeat. */
  readonly isStillAllowed: () => Promise<boolean>;
}

const retryMs = 2_000;

/** The body of an answer. It begins with `ready`, or with `reset` where something may have been missed. */
export async function openEventStream(
  { log, folds, heartbeatMs, closing }: EventStreamOptions,
  { topics, from, isVisible, isStillAllowed }: StreamRequest,
): Promise<Readable> {
  const writer = createEventWriter();
  const opened = Promise.withResolvers<void>();
  const feed = await openFeed({
    log,
    folds,
    topics,
    from,
    isVisible,
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
