import type { PartitionBounds } from '@postausgang/event-log';
import type { StreamTopic } from './event-views.ts';

/** The next offset of each partition, by topic. */
export type StreamPosition = ReadonlyMap<StreamTopic, readonly number[]>;

const letters: Readonly<Record<StreamTopic, string>> = {
  settings: 's',
  connectionTests: 't',
  mailerStatus: 'r',
  mailEvents: 'm',
};
const topicOf = new Map(Object.entries(letters).map(([topic, letter]) => [letter, topic as StreamTopic]));
const form = /^[strm]\d{1,15}(-\d{1,15}){0,99}(\.[strm]\d{1,15}(-\d{1,15}){0,99}){0,3}$/;

/** The id of an event in the stream, such as `s12.t0.m3-0-8`: the log positions behind it. */
export function formatPosition(position: StreamPosition): string {
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
export function isWithin(offsets: readonly number[], bounds: readonly PartitionBounds[]): boolean {
  return (
    offsets.length === bounds.length &&
    bounds.every(({ partition, start, end }) => {
      const offset = offsets[partition] ?? -1;
      return offset >= start && offset <= end;
    })
  );
}
