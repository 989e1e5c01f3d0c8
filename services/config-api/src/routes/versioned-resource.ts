import { ProblemError } from '@postausgang/http-server';
import type { ResourceState } from '@postausgang/settings';
import type { TSchema } from '@sinclair/typebox';
import { stateOf, type Subject } from '../settings/subject.ts';
import type { RouteContext } from './route-context.ts';

/** How a kind of versioned resource shows itself over HTTP. Its routes are the same as those of every other kind. */
export interface VersionedResource<Content, Put, Patch> {
  readonly subject: Subject<Content, Put, Patch>;
  /** `/outgoing-servers` */
  readonly path: string;
  readonly tags: string[];
  /** In operation ids: `OutgoingServer`. */
  readonly noun: string;
  /** In sentences: `an outgoing server`. */
  readonly title: string;
  readonly exampleId: string;
  /** The ids that can be; undefined: whatever was created. */
  readonly fixedIds?: readonly string[];
  /** False: mailers do not report on resources of this kind by themselves. */
  readonly hasApplyStatus?: false;
  readonly schemas: {
    /** Of a creation too. */
    readonly put: TSchema;
    readonly patch: TSchema;
    readonly view: TSchema;
    readonly version: TSchema;
  };
  readonly descriptions: { readonly get: string; readonly change: string };
  /** What GET answers for a version; later ones may exist already. Undefined while there is no such resource. */
  viewOf(context: RouteContext, state: ResourceState<Content>, version: number): unknown;
  /** What the history shows of a version. Undefined when there is none. */
  versionOf(context: RouteContext, state: ResourceState<Content>, version: number): unknown;
  /** Whether mailers report that they use it. */
  isReported(context: RouteContext, resource: string): boolean;
}

type Lookup<Content, Put, Patch> = Pick<
  VersionedResource<Content, Put, Patch>,
  'subject' | 'title' | 'fixedIds'
>;

/** A resource that was ever there, deleted ones too; every other id is `not-found`. */
export function requireKnown<Content, Put, Patch>(
  { store }: Pick<RouteContext, 'store'>,
  { subject, title, fixedIds }: Lookup<Content, Put, Patch>,
  id: string,
): ResourceState<Content> {
  const state = stateOf(subject, store, `${subject.kind.prefix}${id}`);
  const isKnown = fixedIds === undefined ? state.version > 0 : fixedIds.includes(id);
  if (!isKnown) throw missing(title);
  return state;
}

/** A resource that is there now; every other id is `not-found`. */
export function requireExisting<Content, Put, Patch>(
  context: Pick<RouteContext, 'store'>,
  lookup: Lookup<Content, Put, Patch>,
  id: string,
): ResourceState<Content> {
  const state = requireKnown(context, lookup, id);
  if (state.content === null) throw missing(lookup.title);
  return state;
}

function missing(title: string): ProblemError {
  const [, ...noun] = title.split(' ');
  return new ProblemError('not-found', { detail: `There is no such ${noun.join(' ')}.` });
}

/** The value that was looked for; without one `not-found` with this detail. */
export function found<Value>(value: Value | undefined, detail: string): Value {
  if (value === undefined) throw new ProblemError('not-found', { detail });
  return value;
}
