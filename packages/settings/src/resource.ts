import type {
  Actor,
  Change,
  ChangeOperation,
  Diff,
  Difference,
  Finding,
  History,
  PostausgangEvent,
  SealedSecret,
  StoredSecret,
} from '@postausgang/contracts';
import type { Granting } from './identity-grants.ts';
import type { References } from './references.ts';
import type { SecretBinding } from './secret-binding.ts';

/**
 * What an event did to a fold. `accepted`: it counts. `duplicate`: it has been seen before and changes nothing.
 * `conflict`: it was written against a state that no longer holds and changes nothing. `ignored`: no event of
 * this fold. A writer waits for the verdict on its own event id.
 */
export type Verdict = 'accepted' | 'duplicate' | 'conflict' | 'ignored';

/** A secret that arrived in the clear, and what it has to be sealed for. `binding.field` is its JSON pointer. */
export interface NewSecret {
  readonly value: string;
  readonly binding: SecretBinding;
}

/** Content as it is going to be. `sealPlan` makes it storable. */
export interface ContentPlan<Content> {
  /** Without the new secrets, if there are any. */
  readonly content: Content;
  readonly newSecrets: readonly NewSecret[];
  /** What can be told only while the new secrets are readable; it counts even where other findings do not. */
  readonly findings: readonly Finding[];
}

/** Puts a sealed secret into a content. */
type WithSecret<Content> = (content: Content, pointer: string, secret: StoredSecret) => Content;

/**
 * The content with its new secrets sealed, as it may be stored. `setAt` (RFC 3339) is the time of the command.
 *
 * @throws whatever `seal` throws; nothing without a new secret.
 */
export async function sealPlan<Content>(
  { content, newSecrets }: ContentPlan<Content>,
  { withSecret }: { readonly withSecret: WithSecret<Content> },
  setAt: string,
  seal: (secret: NewSecret) => Promise<SealedSecret>,
): Promise<Content> {
  let whole = content;
  for (const secret of newSecrets) {
    whole = withSecret(whole, secret.binding.field, { setAt, sealed: await seal(secret) });
  }
  return whole;
}

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
  /** The whole content before it. */
  readonly before: Content;
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
function evolveResource<Content>(
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
    before: state.content,
    previous: state.latestChange,
  };
  return { resource, version, content, latestChange };
}

/** Every change, newest first. */
export function* changesOf<Content>(state: ResourceState<Content>): Generator<ResourceChange<Content>, void> {
  for (let change = state.latestChange; change !== null; change = change.previous) yield change;
}

/** The change that made a version; undefined for version 0 and for versions that do not exist. */
function changeToVersion<Content>(
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

/** What a request is planned on: the name of the resource and what it holds now. */
export type Saved<Content> = Pick<ResourceState<Content>, 'resource' | 'content'>;

/**
 * What makes one kind of resource differ from the others. Everything else, versions, history, diff, revert and
 * deletion, is the same for all of them. `Content` has null where resources of the kind are created and deleted.
 */
export interface ResourceKind<Content, Put, Patch> {
  /** First part of the resource name, with the slash: `outgoing-servers/`. */
  readonly prefix: string;
  /** What a resource holds that was never saved; null where it does not exist before its creation. */
  readonly initialContent: Content;
  /** The members of the content that have fields of their own. */
  readonly parts: readonly string[];
  /** JSON pointers of the secrets in a body of this kind. */
  readonly secretPointers: readonly string[];
  /** The content of an event, old ones included, with the fields that it does not have at their defaults. */
  complete(stored: unknown): Content;
  /**
   * What the first event with this content changed: fields that it does not have were not changed. Absent:
   * `initialContent`.
   */
  initialFor?(stored: unknown): Content;
  /**
   * The content that a PUT or a creation asks for: an absent field takes its default, but stored secrets stay, and so do
   * absent parts that say so.
   */
  planPut(body: Put, saved: Saved<Content>): ContentPlan<NonNullable<Content>>;
  /**
   * The saved content, which exists, under a JSON merge patch (RFC 7396): absent keeps, null resets to the default and
   * deletes a secret. A change and the draft of a connection test are planned by the same rules.
   */
  planPatch(body: Patch, saved: Saved<NonNullable<Content>>): ContentPlan<NonNullable<Content>>;
  /** Planned content with the grants that the request gives, see `identity-grants.ts`. */
  granted(
    content: NonNullable<Content>,
    granting: Granting<NonNullable<Content> | null>,
  ): NonNullable<Content>;
  /** Everything that keeps planned content from being used, its new secrets included. */
  findingsOf(plan: ContentPlan<NonNullable<Content>>, references?: References): readonly Finding[];
  /** Whether content has to be usable to be saved. Otherwise only the findings of the plan count. */
  isJudged(content: NonNullable<Content>): boolean;
  /** The fields in which two contents differ; null has none of them. */
  differences(from: Content, to: Content): Difference[];
  /** The names of the resources whose ids the content holds. */
  namedBy(content: NonNullable<Content>): readonly string[];
  /** The content with a secret, which was named by its pointer, put in. */
  withSecret(content: NonNullable<Content>, pointer: string, secret: StoredSecret): NonNullable<Content>;
}

/** Whether the resource is there: it has been created, and not deleted. */
export function exists<Content>(content: Content): content is NonNullable<Content> {
  return content !== null && content !== undefined;
}

/** The resource before its first change. */
export function initialState<Content>(
  { initialContent }: Pick<ResourceKind<Content, never, never>, 'initialContent'>,
  resource: string,
): ResourceState<Content> {
  return { resource, version: 0, content: initialContent, latestChange: null };
}

/** The content of a version, 0 included; undefined when there is no such version. */
export function contentOf<Content>(
  { initialContent }: Pick<ResourceKind<Content, never, never>, 'initialContent'>,
  state: ResourceState<Content>,
  version: number,
): Content | undefined {
  return version === 0 ? initialContent : changeToVersion(state, version)?.content;
}

/** A version as it was. `change` made it, and is null for version 0; `shown` is the change as the history shows it. */
interface Version<Content> {
  readonly content: Content;
  readonly change: ResourceChange<Content> | null;
  readonly shown: Change | null;
}

/** The version as it was; undefined when there is no such version. */
export function versionAt<Content>(
  kind: Kind<Content>,
  state: ResourceState<Content>,
  version: number,
): Version<Content> | undefined {
  const content = contentOf(kind, state, version);
  if (content === undefined) return undefined;
  const change = changeToVersion(state, version) ?? null;
  return { content, change, shown: change === null ? null : resourceChange(kind, change) };
}

/** Resource name to resource. The fold changes the map in place; the resources are values. */
export type Resources<Content> = Map<string, ResourceState<Content>>;

/** Folds one event into the resources of its kind. Names that are none of the kind are ignored. Total. */
export function evolveResources<Content>(
  resources: Resources<Content>,
  kind: Pick<ResourceKind<Content, never, never>, 'prefix' | 'initialContent' | 'initialFor' | 'complete'>,
  { id, time, data }: ChangeEvent<unknown>,
): Verdict {
  const { resource } = data;
  if (idOf(kind, resource) === undefined) return 'ignored';
  const known = resources.get(resource) ?? initialState(kind, resource);
  const before =
    known.version === 0 ? { ...known, content: kind.initialFor?.(data.content) ?? known.content } : known;
  const content = kind.complete(data.content);
  const after = evolveResource(before, { id, time, data: { ...data, content } });
  if (after === before) return 'conflict';
  resources.set(resource, after);
  return 'accepted';
}

/** The id in a resource name; undefined when the name is none of the kind. */
export function idOf(
  { prefix }: Pick<ResourceKind<unknown, never, never>, 'prefix'>,
  resource: string,
): string | undefined {
  if (!resource.startsWith(prefix)) return undefined;
  const id = resource.slice(prefix.length);
  return id === '' || id.includes('/') ? undefined : id;
}

/** A page of a list, newest first: at most `limit` (≥ 1) entries behind the cursor; null starts at the newest. */
export interface PageRequest {
  readonly cursor: string | null;
  readonly limit: number;
}

type Kind<Content> = Pick<ResourceKind<Content, never, never>, 'initialContent' | 'differences'>;

/** Who changed what, when and why, newest first. The cursor is a version; one that is none gives an empty page. */
export function resourceHistory<Content>(
  kind: Kind<Content>,
  state: ResourceState<Content>,
  { cursor, limit }: PageRequest,
): History {
  const below = cursor === null ? Infinity : Number(cursor);
  const page = changesOf(state)
    .filter((change) => change.version < below)
    .take(limit)
    .toArray();
  const oldest = page.at(-1);
  const isLastPage = oldest === undefined || oldest.previous === null;
  return {
    items: page.map((change) => resourceChange(kind, change)),
    nextCursor: isLastPage ? null : String(oldest.version),
  };
}

/** What differs between two versions, in either direction; undefined when one of them does not exist. */
export function resourceDiff<Content>(
  kind: Kind<Content>,
  state: ResourceState<Content>,
  from: number,
  to: number,
): Diff | undefined {
  const before = contentOf(kind, state, from);
  const after = contentOf(kind, state, to);
  if (before === undefined || after === undefined) return undefined;
  return { from, to, differences: kind.differences(before, after) };
}

/** A change as the history shows it. */
function resourceChange<Content>(kind: Kind<Content>, change: ResourceChange<Content>): Change {
  const { version, changedAt, actor, operation, revertedTo, reason, content, before } = change;
  return {
    version,
    changedAt,
    changedBy: actor,
    operation,
    revertedTo,
    reason,
    differences: kind.differences(before, content),
  };
}
