/**
 * A log in memory that does nothing by itself. What is appended lands when its owner says so, its writer hears of it later or
 * never, and each reader is given as much as its owner says. Appends of one run to one topic land in their order.
 */
import {
  type EventLog,
  EventLogError,
  type NewRecord,
  type Ownership,
  type Position,
  type StoredRecord,
} from '@postausgang/event-log';

export interface UnderWay {
  readonly run: string;
  readonly topic: string;
  /** Null until it has landed. */
  readonly positions: readonly Position[] | null;
}

type FollowFrom = Parameters<EventLog['follow']>[1];
type RecordHandler = Parameters<EventLog['follow']>[2];

interface Append extends UnderWay {
  positions: readonly Position[] | null;
  readonly records: readonly NewRecord[];
  readonly told: PromiseWithResolvers<readonly Position[]>;
}

/** A partition that somebody follows and that holds more than was given. */
export interface Unread {
  readonly run: string;
  /** Counts the readers of a run. */
  readonly reader: number;
  readonly partition: number;
  readonly count: number;
}

interface Reader {
  readonly run: string;
  readonly number: number;
  readonly topic: string;
  readonly next: number[];
  readonly end: readonly number[];
  readonly handler: RecordHandler;
  readonly caughtUp: PromiseWithResolvers<void>;
  isBusy: boolean;
  isStopped: boolean;
}

export interface VirtualLog {
  /** The log as one run sees it. */
  open(run: string, ownership: Ownership): EventLog;
  /** Of each run and topic the first append that has not landed, and everything that has landed unheard. */
  underWay(): readonly UnderWay[];
  /** Returns the records, with their partition. */
  land(append: UnderWay): readonly StoredRecord[];
  /** The writer is told what became of it. */
  hear(append: UnderWay, outcome: 'durable' | 'uncertain' | 'refused'): void;
  /** It dies with its writer. */
  lose(append: UnderWay): void;
  unread(): readonly Unread[];
  give(unread: Unread, count: number): void;
  /** Nothing is heard of it, and nothing given to it, from now on. What it has appended may land still. */
  die(run: string): void;
  records(topic: string): readonly StoredRecord[];
  /** Lets somebody append who is none of the runs. */
  write(topic: string, record: NewRecord): StoredRecord;
}

const never = <Value>(): Promise<Value> => new Promise<Value>(() => undefined);

export function createVirtualLog(partitionOf: (key: string) => number, partitionCount: number): VirtualLog {
  const logs = new Map<string, StoredRecord[][]>();
  const appends = new Set<Append>();
  const readers = new Set<Reader>();
  const dead = new Set<string>();
  const numbers = new Map<string, number>();
  const partitions = Array.from({ length: partitionCount }, (_, n) => n);

  const recordsOf = (topic: string): StoredRecord[][] => {
    const found = logs.get(topic) ?? partitions.map(() => []);
    logs.set(topic, found);
    return found;
  };
  const store = (topic: string, { key, headers, value }: NewRecord): StoredRecord => {
    const partition = partitionOf(key);
    const records = recordsOf(topic)[partition] ?? [];
    const record = { position: { partition, offset: records.length }, key, headers, value, timestampMs: 0 };
    records.push(record);
    return record;
  };
  const isAtEnd = ({ next, end }: Reader): boolean =>
    partitions.every((n) => (next[n] ?? 0) >= (end[n] ?? 0));
  const follow = (run: string, topic: string, from: FollowFrom, handler: RecordHandler) => {
    const number = numbers.get(run) ?? 0;
    numbers.set(run, number + 1);
    const starts = new Map((from === 'start' ? [] : from).map((one) => [one.partition, one.offset]));
    const reader: Reader = {
      run,
      number,
      topic,
      next: partitions.map((n) => starts.get(n) ?? 0),
      end: recordsOf(topic).map(({ length }) => length),
      handler,
      caughtUp: Promise.withResolvers(),
      isBusy: false,
      isStopped: false,
    };
    reader.caughtUp.promise.catch(() => undefined);
    readers.add(reader);
    if (isAtEnd(reader)) reader.caughtUp.resolve();
    return {
      caughtUp: reader.caughtUp.promise,
      async stop() {
        reader.isStopped = true;
        readers.delete(reader);
        reader.caughtUp.reject(new EventLogError('follower-stopped', 'stopped'));
      },
    };
  };
  const find = ({ run, topic, positions }: UnderWay): Append => {
    const isSame = (one: Append) =>
      one.run === run && one.topic === topic && one.positions?.[0]?.offset === positions?.[0]?.offset;
    const found = [...appends].find(isSame);
    if (found === undefined) throw new Error('no such append');
    return found;
  };

  return {
    open: (run, ownership) => ({
      append(topic, records) {
        if (dead.has(run)) return never();
        const append = {
          run,
          topic,
          records,
          positions: null,
          told: Promise.withResolvers<readonly Position[]>(),
        };
        appends.add(append);
        return append.told.promise;
      },
      follow: (topic, from, handler) => follow(run, topic, from, handler),
      read: async (topic, { partition, offset }) =>
        dead.has(run) ? never() : recordsOf(topic)[partition]?.[offset],
      bounds: async (topic) =>
        dead.has(run)
          ? never()
          : recordsOf(topic).map(({ length }, partition) => ({ partition, start: 0, end: length })),
      own: () => ownership,
      close: async () => undefined,
    }),
    underWay() {
      const seen = new Set<string>();
      return [...appends].flatMap(({ run, topic, positions }) => {
        const isOpen = positions === null ? !seen.has(`${run} ${topic}`) : !dead.has(run);
        if (positions === null) seen.add(`${run} ${topic}`);
        return isOpen ? [{ run, topic, positions }] : [];
      });
    },
    land(underWay) {
      const append = find(underWay);
      const stored = append.records.map((record) => store(append.topic, record));
      append.positions = stored.map(({ position }) => position);
      if (dead.has(append.run)) appends.delete(append);
      return stored;
    },
    hear(underWay, outcome) {
      const append = find(underWay);
      appends.delete(append);
      if (outcome === 'durable' && append.positions !== null) append.told.resolve(append.positions);
      else if (outcome === 'refused') append.told.reject(new EventLogError('log-unavailable', 'not written'));
      else append.told.reject(new EventLogError('log-outcome-unknown', 'nobody knows'));
    },
    lose({ run, topic }) {
      // No log takes what comes after something that was lost on the way.
      const isLost = (one: Append) => one.run === run && one.topic === topic && one.positions === null;
      appends.forEach((append) => isLost(append) && appends.delete(append));
    },
    unread: () =>
      [...readers].flatMap(({ run, number, topic, next, isBusy }) =>
        isBusy
          ? []
          : recordsOf(topic).flatMap(({ length }, partition) => {
              const count = length - (next[partition] ?? 0);
              return count > 0 ? [{ run, reader: number, partition, count }] : [];
            }),
      ),
    give({ run, reader: number, partition }, count) {
      const reader = [...readers].find((one) => one.run === run && one.number === number);
      if (reader === undefined) throw new Error('no such reader');
      const from = reader.next[partition] ?? 0;
      const records = (recordsOf(reader.topic)[partition] ?? []).slice(from, from + count);
      reader.isBusy = true;
      reader.next[partition] = from + records.length;
      void (async () => {
        await reader.handler(records);
        reader.isBusy = false;
        if (isAtEnd(reader) && !reader.isStopped) reader.caughtUp.resolve();
      })();
    },
    die(run) {
      dead.add(run);
      readers.forEach((reader) => reader.run === run && readers.delete(reader));
      appends.forEach((append) => append.run === run && append.positions !== null && appends.delete(append));
    },
    records: (topic) => recordsOf(topic).flat(),
    write: (topic, record) => store(topic, record),
  };
}
