/**
 * Reads a log that lies in several files. Only the newest and the files that were read last are open: a log of years has
 * more of them than a process should hold.
 */
import { DatabaseSync } from 'node:sqlite';
import type { SqliteLogLimits } from './limits.ts';
import { type Segment, segmentFile, type SegmentName } from './segments.ts';
import { createRecordReader, type FileReader, type RecordReader } from './record-reader.ts';

interface OpenFile {
  readonly database: DatabaseSync;
  readonly readers: Map<string, FileReader>;
}

const mostOpen = 8;

type Limits = Pick<SqliteLogLimits, 'chunkBytes' | 'chunkRecords'>;

/** The connections, the ones in use last at the end. */
function createConnections(limits: Limits, opened: readonly [path: string, DatabaseSync]) {
  const files = new Map<string, OpenFile>([[opened[0], { database: opened[1], readers: new Map() }]]);
  const close = (path: string): void => {
    files.get(path)?.database.close();
    files.delete(path);
  };
  const use = (path: string): OpenFile => {
    const file = files.get(path) ?? { database: openReader(path), readers: new Map() };
    files.delete(path);
    files.set(path, file);
    if (files.size > mostOpen) {
      close([...files.keys()][0] ?? '');
    }
    return file;
  };
  return {
    /** undefined: the file is older than the topic. */
    reader({ path, topics }: Segment, topic: string): FileReader | undefined {
      const stored = topics.get(topic);
      if (stored === undefined) return undefined;
      const { database, readers } = use(path);
      const reader = readers.get(topic) ?? createRecordReader(database, stored.id, limits);
      readers.set(topic, reader);
      return reader;
    },
    close,
    closeAll: () => [...files.keys()].forEach(close),
  };
}

function openReader(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: 5_000 });
  database.exec('PRAGMA query_only = ON; PRAGMA cache_size = -4096');
  return database;
}

export interface SegmentReaders {
  /** Oldest first; the last one is written to. */
  segments(): readonly Segment[];
  reader(topic: string): RecordReader;
  /** The first offset from which on nothing of a topic was forgotten. */
  startOffset(topic: string): number;
  /** When the oldest record of the file that is written to was written, and the newest one of the log. */
  times(): { readonly oldestMs: number | null; readonly newestMs: number | null };
  /** When the last record of a topic in a sealed file was written; undefined where it has none. */
  lastMs(segment: Segment, topic: string): number | undefined;
  /** Another file is written to from now on. */
  rolled(segment: Segment): void;
  /** One file has taken the place of others, which are not read any more. */
  replaced(names: readonly SegmentName[], by: Segment): void;
  close(): void;
}

export function createSegmentReaders(
  opened: readonly Segment[],
  reader: DatabaseSync,
  limits: Limits,
): SegmentReaders {
  let segments = opened;
  const connections = createConnections(limits, [opened.at(-1)?.path ?? '', reader]);

  const firstOffset = (at: number, topic: string): number =>
    segments[at]?.topics.get(topic)?.firstOffset ?? 0;
  /** The newest file that may hold an offset. */
  const holding = (topic: string, offset: number): number =>
    Math.max(
      0,
      segments.findLastIndex((_, at) => firstOffset(at, topic) <= offset),
    );
  const readerAt = (at: number, topic: string): FileReader | undefined => {
    const segment = segments[at];
    return segment === undefined ? undefined : connections.reader(segment, topic);
  };
  return {
    segments: () => segments,
    reader: (topic) => ({
      chunk(offset, endOffset) {
        for (let at = holding(topic, offset); at < segments.length; at += 1) {
          const end = at + 1 < segments.length ? Math.min(firstOffset(at + 1, topic), endOffset) : endOffset;
          const records = offset < end ? readerAt(at, topic)?.chunk(offset, end) : undefined;
          if (records !== undefined && records.length > 0) return records;
        }
        return [];
      },
      one: (offset) => readerAt(holding(topic, offset), topic)?.one(offset),
    }),
    startOffset(topic) {
      const lastForgotten = segments.findLastIndex(({ topics }) => topics.get(topic)?.isForgotten === true);
      return firstOffset(lastForgotten + 1, topic);
    },
    times: () => timesOf(segments, connections),
    lastMs: (segment, topic) => connections.reader(segment, topic)?.times()?.lastMs,
    rolled(segment) {
      segments = [...segments, segment];
    },
    replaced(names, by) {
      const gone = new Set(names.map(segmentFile));
      const isGone = ({ name }: Segment): boolean => gone.has(segmentFile(name));
      const at = segments.findIndex(isGone);
      const rest = segments.filter((segment) => !isGone(segment));
      segments.filter(isGone).forEach(({ path }) => connections.close(path));
      segments = rest.toSpliced(at, 0, by);
    },
    close: connections.closeAll,
  };
}

function timesOf(
  segments: readonly Segment[],
  { reader }: Pick<ReturnType<typeof createConnections>, 'reader'>,
): ReturnType<SegmentReaders['times']> {
  const timesIn = (segment: Segment) =>
    [...segment.topics.keys()].flatMap((topic) => reader(segment, topic)?.times() ?? []);
  const oldestMs = segments
    .slice(-1)
    .flatMap(timesIn)
    .map(({ firstMs }) => firstMs);
  const newest = segments.findLast((segment) => timesIn(segment).length > 0);
  const newestMs = newest === undefined ? [] : timesIn(newest).map(({ lastMs }) => lastMs);
  return {
    oldestMs: oldestMs.length === 0 ? null : Math.min(...oldestMs),
    newestMs: newestMs.length === 0 ? null : Math.max(...newestMs),
  };
}
