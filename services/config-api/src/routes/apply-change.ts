import type { OutgoingServerView } from '@postausgang/contracts';
import {
  formatEtag,
  parseIdempotencyKey,
  parsePrefer,
  preferenceApplied,
  requireIfMatch,
} from '@postausgang/http-server';
import type { Principal } from '@postausgang/http-server';
import type { ChangeRequest } from '@postausgang/settings';
import { actorOf } from '../settings/actor.ts';
import type { RouteContext } from './route-context.ts';
import { requireServer, viewOfVersion } from './server-view.ts';

/** The parts of a request for a change that its three routes share. */
export interface ChangeInput {
  readonly serverId: string;
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
  readonly view: OutgoingServerView;
}

/** Makes a change and says what to answer: the version it made, even if there are later ones already. */
export async function applyChange(
  context: RouteContext,
  request: ChangeRequest,
  { serverId, principal, reason, headers }: ChangeInput,
): Promise<ChangeAnswer> {
  const current = requireServer(context, serverId);
  const expected = requireIfMatch(headers['if-match']);
  const version = await context.changeSettings(request, {
    actor: actorOf(principal),
    reason: reason ?? null,
    expectedVersion: expected.kind === 'any' ? current.version : expected.version,
    idempotencyKey: parseIdempotencyKey(headers['idempotency-key']),
  });
  const { waitApplied } = parsePrefer(headers.prefer);
  const isApplied = waitApplied && (await untilReported(context, version));
  const honored = preferenceApplied({ waitApplied: isApplied });
  return {
    headers: {
      etag: formatEtag(version),
      ...(honored === undefined ? {} : { 'preference-applied': honored }),
    },
    view: viewOfVersion(context, requireServer(context, serverId), version),
  };
}

function untilReported({ mailers, appliedWaitMs, closing }: RouteContext, version: number): Promise<boolean> {
  return mailers.untilReported(version, { timeoutMs: appliedWaitMs, signal: closing });
}
