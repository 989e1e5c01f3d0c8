import {
  formatEtag,
  parseIdempotencyKey,
  parsePrefer,
  preferenceApplied,
  requireIfMatch,
} from '@postausgang/http-server';
import type { Principal } from '@postausgang/http-server';
import type { ResourceRequest } from '@postausgang/settings';
import { actorOf } from '../settings/actor.ts';
import { stateOf } from '../settings/subject.ts';
import type { RouteContext } from './route-context.ts';
import type { VersionedResource } from './versioned-resource.ts';

/** The parts of a request for a change that all its routes share. */
export interface ChangeInput {
  /** The name of the resource. */
  readonly resource: string;
  readonly principal: Principal;
  readonly reason: string | undefined;
  readonly headers: {
    readonly 'if-match'?: string | undefined;
    readonly 'idempotency-key'?: string | undefined;
    readonly prefer?: string | undefined;
  };
}

export interface ChangeAnswer {
  readonly headers: Readonly<Record<string, string>>;
  readonly view: unknown;
}

/** Makes a change and says what to answer: the version it made, even if there are later ones already. */
export async function applyChange<Content, Put, Patch>(
  context: RouteContext,
  kind: VersionedResource<Content, Put, Patch>,
  request: ResourceRequest<Put, Patch>,
  { resource, principal, reason, headers }: ChangeInput,
): Promise<ChangeAnswer> {
  const current = (): ReturnType<typeof stateOf<Content, Put, Patch>> =>
    stateOf(kind.subject, context.store, resource);
  const version = await context.changeResource(kind.subject, resource, request, {
    actor: actorOf(principal),
    reason: reason ?? null,
    expectedVersion: expectedVersion(request.operation, headers['if-match'], current().version),
    idempotencyKey: parseIdempotencyKey(headers['idempotency-key']),
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
