import type { Actor } from '@postausgang/contracts';
import { ProblemError } from '@postausgang/http-server';
import { createSecret, type Sealer } from '@postausgang/sealing';
import { changeByEvent, decideChange, defaultServerOf, sealPlan } from '@postausgang/settings';
import type { ChangeDecision, ChangeRequest, NewSecret, OutgoingServerState } from '@postausgang/settings';
import { earlierUse, idempotentEventId, type KeyedRequest } from './idempotency.ts';
import type { SettingsStore } from './settings-store.ts';

export interface SettingsChangerOptions {
  readonly store: SettingsStore;
  readonly seal: (secret: NewSecret) => ReturnType<Sealer['seal']>;
  readonly now: () => Date;
  readonly newId: () => string;
}

/** Who wants the default server changed, and under which conditions. */
export interface ChangeContext {
  readonly actor: Actor;
  readonly reason: string | null;
  /** The version of If-Match. */
  readonly expectedVersion: number;
  readonly idempotencyKey: string | undefined;
}

/** Changes the default server and resolves with the version that holds the change. */
export type ChangeSettings = (request: ChangeRequest, context: ChangeContext) => Promise<number>;

type Changed = Extract<ChangeDecision, { readonly outcome: 'changed' }>;

/** The sealing of new secrets, which are wrapped on the way so that nothing prints them. */
export function sealNewSecret(sealer: Sealer) {
  return ({ value, binding }: NewSecret) => sealer.seal(createSecret(value), binding);
}

/**
 * The one place where settings are changed. Throws the problems of `SettingsStore.write`, and `version-conflict`,
 * `settings-invalid` and `idempotency-conflict`.
 */
export function createSettingsChanger({ store, seal, now, newId }: SettingsChangerOptions): ChangeSettings {
  const current = (): OutgoingServerState => defaultServerOf(store.state);

  async function write({ change, plan }: Changed, eventId: string): Promise<number> {
    const time = now().toISOString();
    const content = await sealPlan(plan, time, seal);
    await store.write('settingsChanged', change.resource, { ...change, content }, { id: eventId, time });
    const accepted = changeByEvent(current(), eventId);
    if (accepted === undefined) throw versionConflict(current());
    return accepted.version;
  }

  return async (request, { expectedVersion, idempotencyKey, ...context }) => {
    const state = current();
    const keyed =
      idempotencyKey === undefined ? undefined : keyedRequest(request, context, idempotencyKey, state);
    const earlier = keyed === undefined ? undefined : earlierUse(keyed, state);
    if (earlier?.use === 'other') throw new ProblemError('idempotency-conflict');
    if (earlier?.use === 'same') return earlier.change.version;
    const decision = decideChange({ ...request, ...context, expectedVersion }, state);
    if (decision.outcome === 'unchanged') return decision.version;
    if (decision.outcome === 'refused') throw refusal(decision, state);
    return write(decision, keyed === undefined ? newId() : idempotentEventId(keyed, expectedVersion));
  };
}

function keyedRequest(
  request: ChangeRequest,
  { actor, reason }: Pick<ChangeContext, 'actor' | 'reason'>,
  idempotencyKey: string,
  { resource }: OutgoingServerState,
): KeyedRequest {
  return { principalId: actor.id, idempotencyKey, resource, request, reason };
}

function refusal(
  { code, findings }: Extract<ChangeDecision, { readonly outcome: 'refused' }>,
  state: OutgoingServerState,
): ProblemError {
  return code === 'version-conflict' ? versionConflict(state) : new ProblemError(code, { findings });
}

function versionConflict({ version }: OutgoingServerState): ProblemError {
  const detail = `The current version is ${version}. Read the resource again and repeat the change on it.`;
  return new ProblemError('version-conflict', { detail, headers: { etag: `"${version}"` } });
}
