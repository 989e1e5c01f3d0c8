import type { Actor, ChangeOperation, PostausgangEvent } from '@postausgang/contracts';

/**
 * One accepted change. Changes are linked from the newest to the oldest: a new one costs the same however long the
 * history is, and states that were read earlier stay as they were.
 */
export interface ResourceChange<Content> {
  readonly version: number;
  readonly eventId: string;
  readonly changedAt: string;
  readonly actor: Actor;
  readonly operation: ChangeOperation;
  readonly revertedTo: number | null;
  readonly reason: string | null;
  /** The whole content after this change. */
  readonly content: Content;
  readonly previous: ResourceChange<Content> | null;
}

/**
 * A resource of the settings: its current content and everything it ever was. A value; it never changes. A kind whose
 * resources are created and deleted has null among its contents: before the creation and after the deletion.
 */
export interface ResourceState<Content> {
  /** `<kind>/<id>` */
  readonly resource: string;
  /** 0: never saved. */
  readonly version: number;
  readonly content: Content;
  readonly latestChange: ResourceChange<Content> | null;
}

/** What every event holds that changes a resource: the whole content after the change, and the version it was for. */
export interface ChangeData<Content> {
  readonly resource: string;
  readonly expectedVersion: number;
  readonly operation: ChangeOperation;
  readonly revertedTo: number | null;
  readonly content: Content;
  readonly actor: Actor;
  readonly reason: string | null;
}

/** An event that changes a resource. */
export type ChangeEvent<Content> = Pick<PostausgangEvent, 'id' | 'time'> & {
  readonly data: ChangeData<Content>;
};

/**
 * The resource after an event. An event that was written against another version changes nothing: the very same state
 * comes back. This rule never changes, so every reader of the log accepts and rejects the same events. Content is
 * not judged here; that was done before the append. Total.
 */
export function evolveResource<Content>(
  state: ResourceState<Content>,
  { id, time, data }: ChangeEvent<Content>,
): ResourceState<Content> {
  const { resource, expectedVersion, content, actor, operation, revertedTo, reason } = data;
  if (resource !== state.resource || expectedVersion !== state.version) return state;
  const version = state.version + 1;
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
export function* changesOf<Content>(state: ResourceState<Content>): Generator<ResourceChange<Content>, void> {
  for (let change = state.latestChange; change !== null; change = change.previous) yield change;
}

/** The change that made a version; undefined for version 0 and for versions that do not exist. */
export function changeToVersion<Content>(
  state: ResourceState<Content>,
  version: number,
): ResourceChange<Content> | undefined {
  return changesOf(state).find((change) => change.version === version);
}

/** The change that an event made; undefined when the event was not accepted. */
export function changeByEvent<Content>(
  state: ResourceState<Content>,
  eventId: string,
): ResourceChange<Content> | undefined {
  return changesOf(state).find((change) => change.eventId === eventId);
}
