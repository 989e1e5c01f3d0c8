import type { Actor, ChangeOperation, EventOf, OutgoingServerContent } from '@postausgang/contracts';
import { completeContent } from './complete-content.ts';
import { defaultContent } from './default-content.ts';

/**
 * One accepted change. Changes are linked from the newest to the oldest: a new one costs the same however long the
 * history is, and states that were read earlier stay as they were.
 */
export interface SettingsChange {
  readonly version: number;
  readonly eventId: string;
  readonly changedAt: string;
  readonly actor: Actor;
  readonly operation: ChangeOperation;
  readonly revertedTo: number | null;
  readonly reason: string | null;
  /** The whole content after this change. */
  readonly content: OutgoingServerContent;
  readonly previous: SettingsChange | null;
}

/** An outgoing server: its current content and everything it ever was. A value; it never changes. */
export interface OutgoingServerState {
  /** `outgoing-servers/<id>` */
  readonly resource: string;
  /** 0: never saved. */
  readonly version: number;
  readonly content: OutgoingServerContent;
  readonly latestChange: SettingsChange | null;
}

/** The server before its first change: disabled, with the defaults. */
export function initialOutgoingServer(resource: string): OutgoingServerState {
  return { resource, version: 0, content: defaultContent, latestChange: null };
}

/**
 * The server after an event; what an old event does not hold has its default. An event that was written against another version changes nothing: the very same state
 * comes back. This rule never changes, so every reader of the log accepts and rejects the same events. Content is
 * not judged here; that was done before the append. Total.
 */
export function evolveOutgoingServer(
  state: OutgoingServerState,
  { id, time, data }: EventOf<'settingsChanged'>,
): OutgoingServerState {
  const { resource, expectedVersion, actor, operation, revertedTo, reason } = data;
  if (resource !== state.resource || expectedVersion !== state.version) return state;
  const version = state.version + 1;
  const content = completeContent(data.content);
  const latestChange = {
    version,
    eventId: id,
    changedAt: time,
    actor,
    operation,
    revertedTo,
    reason,
    content,
    previous: state.latestChange,
  };
  return { resource, version, content, latestChange };
}

/** Every change, newest first. */
export function* changesOf(state: OutgoingServerState): Generator<SettingsChange, void> {
  for (let change = state.latestChange; change !== null; change = change.previous) yield change;
}

/** The change that made a version; undefined for version 0 and for versions that do not exist. */
export function changeToVersion(state: OutgoingServerState, version: number): SettingsChange | undefined {
  return changesOf(state).find((change) => change.version === version);
}

/** The change that an event made; undefined when the event was not accepted. */
export function changeByEvent(state: OutgoingServerState, eventId: string): SettingsChange | undefined {
  return changesOf(state).find((change) => change.eventId === eventId);
}

/** The content of a version, 0 included; undefined when there is no such version. */
export function contentOfVersion(
  state: OutgoingServerState,
  version: number,
): OutgoingServerContent | undefined {
  return version === 0 ? defaultContent : changeToVersion(state, version)?.content;
}
