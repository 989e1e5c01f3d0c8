import { createHash } from 'node:crypto';
import type { TSchema } from '@sinclair/typebox';
import type { ProblemCode } from '@postausgang/contracts';
import {
  formatEtag,
  hasScope,
  type HttpRequest,
  parseIdempotencyKey,
  parsePrefer,
  preferenceApplied,
  type Principal,
  ProblemError,
  requireIfMatch,
  requireScopes,
} from '@postausgang/http';
import type { ResourceRequest, ResourceState } from '@postausgang/settings';
import type { RouteContext } from '../config-api.ts';
import { actorOf, stateOf, type Subject } from '../settings/changes.ts';

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
  /** What can be done beside reading and reverting. */
  readonly operations: readonly ('create' | 'put' | 'patch' | 'delete')[];
  /** The problems of `requireUnused`. */
  readonly deletionProblems?: readonly ProblemCode[];
  /** False: mailers do not report on resources of this kind by themselves. */
  readonly hasApplyStatus?: false;
  readonly schemas: {
    /** Where the kind has it. */
    readonly create?: TSchema;
    readonly put: TSchema;
    readonly patch: TSchema;
    readonly view: TSchema;
    readonly version: TSchema;
    /** What a revert takes, where that is more than usual. */
    readonly revert?: TSchema;
  };
  readonly descriptions: { readonly get: string; readonly change: string };
  /** What GET answers for a version; later ones may exist already. Undefined while there is no such resource. */
  viewOf(context: RouteContext, state: ResourceState<Content>, version: number): unknown;
  /** What the history shows of a version. Undefined when there is none. */
  versionOf(context: RouteContext, state: ResourceState<Content>, version: number): unknown;
  /**
   * What a change needs beside the rights, such as a word of confirmation in the body. Throws a problem. Absent: nothing.
   */
  guard?(
    context: RouteContext,
    state: ResourceState<Content>,
    request: ResourceRequest<Put, Patch>,
    body: unknown,
  ): void;
  /** What a deletion needs beside that no other settings name the resource. Rejects with a problem. Absent: nothing. */
  requireUnused?(context: RouteContext, id: string, request: HttpRequest): Promise<void>;
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

/** A resource to be deleted. Whether it is in use is asked only where the deletion could be carried out otherwise. */
export async function requireUnused<Content, Put, Patch>(
  context: RouteContext,
  kind: VersionedResource<Content, Put, Patch>,
  id: string,
  request: HttpRequest,
): Promise<ResourceState<Content>> {
  const state = requireKnown(context, kind, id);
  const expected = requireIfMatch(request.headers['if-match']);
  const isCurrent = expected.kind === 'any' || expected.version === state.version;
  if (state.content !== null && isCurrent) await kind.requireUnused?.(context, id, request);
  return state;
}

function missing(title: string): ProblemError {
  const [, ...noun] = title.split(' ');
  return new ProblemError('not-found', { detail: `This ${noun.join(' ')} does not exist.` });
}

/** The value that was looked for; without one `not-found` with this detail. */
export function found<Value>(value: Value | undefined, detail: string): Value {
  if (value === undefined) throw new ProblemError('not-found', { detail });
  return value;
}

/** The parts of a request for a change that all its routes share. */
interface ChangeInput {
  /** The name of the resource. */
  readonly resource: string;
  readonly principal: Principal;
  readonly reason: string | undefined;
  readonly headers: ChangeHeaders;
  /** As it came. */
  readonly body?: unknown;
}

export interface ChangeHeaders {
  readonly 'if-match'?: string | undefined;
  readonly 'idempotency-key'?: string | undefined;
  readonly prefer?: string | undefined;
}

interface ChangeAnswer {
  readonly headers: Readonly<Record<string, string>>;
  readonly view: unknown;
}

/** Makes a change and says what to answer: the version it made, even if there are later ones already. */
export async function applyChange<Content, Put, Patch>(
  context: RouteContext,
  kind: VersionedResource<Content, Put, Patch>,
  request: ResourceRequest<Put, Patch>,
  { resource, principal, reason, headers, body }: ChangeInput,
): Promise<ChangeAnswer> {
  const current = (): ReturnType<typeof stateOf<Content, Put, Patch>> =>
    stateOf(kind.subject, context.store, resource);
  kind.guard?.(context, current(), request, body);
  const version = await context.changeResource(kind.subject, resource, request, {
    actor: actorOf(principal),
    reason: reason ?? null,
    expectedVersion: expectedVersion(request.operation, headers['if-match'], current().version),
    idempotencyKey: parseIdempotencyKey(headers['idempotency-key']),
    mayGrant: hasScope(principal, 'secrets:write'),
  });
  const { waitApplied } = parsePrefer(headers.prefer);
  const isWaiting = waitApplied && kind.isReported(context, resource);
  const isApplied = isWaiting && (await untilReported(context, resource, version));
  const honored = preferenceApplied({ waitApplied: isApplied });
  return {
    headers: {
      etag: formatEtag(version),
      ...(honored === undefined ? {} : { 'preference-applied': honored }),
    },
    view: kind.viewOf(context, current(), version),
  };
}

function expectedVersion(operation: string, ifMatch: string | undefined, current: number): number {
  if (operation === 'create') return 0;
  const expected = requireIfMatch(ifMatch);
  return expected.kind === 'any' ? current : expected.version;
}

function untilReported(
  { mailers, appliedWaitMs, closing }: RouteContext,
  resource: string,
  version: number,
): Promise<boolean> {
  return mailers.untilReported(resource, version, { timeoutMs: appliedWaitMs, signal: closing });
}

/** What can become of an append. */
export const appendProblems = ['outcome-unknown', 'overloaded', 'log-unavailable', 'log-full'] as const;

export const creationProblems: readonly ProblemCode[] = [
  ...appendProblems,
  'version-conflict',
  'settings-invalid',
  'idempotency-conflict',
];

export const changeProblems: readonly ProblemCode[] = [
  ...appendProblems,
  'not-found',
  'precondition-required',
  'version-conflict',
  'settings-invalid',
  'idempotency-conflict',
];

/** A secret in a body, null included, needs a scope of its own. */
export function requireSecretScope(
  principal: Principal,
  body: unknown,
  secretPointers: readonly string[],
): void {
  if (secretPointers.some((pointer) => isGiven(body, pointer.split('/').slice(1)))) {
    requireScopes(principal, ['secrets:write']);
  }
}

function isGiven(holder: unknown, [name = '', ...path]: readonly string[]): boolean {
  if (typeof holder !== 'object' || holder === null || !(name in holder)) return false;
  return path.length === 0 || isGiven(Reflect.get(holder, name), path);
}

/** A repetition under the same key is about the same resource, so the id follows from the key. */
export function newResourceId(
  { newId }: Pick<RouteContext, 'newId'>,
  { id: principalId }: Principal,
  prefix: string,
  idempotencyKey: string | undefined,
): string {
  if (idempotencyKey === undefined) return newId();
  const name = JSON.stringify([principalId, prefix, idempotencyKey]);
  return createHash('sha256').update(name).digest('hex').slice(0, 32);
}
