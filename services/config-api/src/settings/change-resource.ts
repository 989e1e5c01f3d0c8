import type { Actor } from '@postausgang/contracts';
import { ProblemError } from '@postausgang/http-server';
import { createSecret, type Sealer } from '@postausgang/sealing';
import { changeByEvent, decideResourceChange, referencesOf, sealPlan } from '@postausgang/settings';
import type {
  NewSecret,
  Refused,
  ResourceDecision,
  ResourceRequest,
  ResourceState,
} from '@postausgang/settings';
import { earlierUse, idempotentEventId, type KeyedRequest } from './idempotency.ts';
import type { SettingsStore } from './settings-store.ts';
import { stateOf, type Subject } from './subject.ts';

export interface ResourceChangerOptions {
  readonly store: SettingsStore;
  readonly seal: (secret: NewSecret) => ReturnType<Sealer['seal']>;
  readonly now: () => Date;
  readonly newId: () => string;
}

/** Who wants a resource changed, and under which conditions. */
export interface ChangeContext {
  readonly actor: Actor;
  readonly reason: string | null;
  /** The version of If-Match; 0 for a creation. */
  readonly expectedVersion: number;
  readonly idempotencyKey: string | undefined;
}

/** Changes a resource of any kind and resolves with the version that holds the change. */
export type ChangeResource = <Content, Put, Patch>(
  subject: Subject<Content, Put, Patch>,
  resource: string,
  request: ResourceRequest<Put, Patch>,
  context: ChangeContext,
) => Promise<number>;

type Changed<Content> = Extract<ResourceDecision<Content>, { readonly outcome: 'changed' }>;

/** The sealing of new secrets, which are wrapped on the way so that nothing prints them. */
export function sealNewSecret(sealer: Sealer) {
  return ({ value, binding }: NewSecret) => sealer.seal(createSecret(value), binding);
}

/**
 * The one place where settings are changed. Throws the problems of `SettingsStore.write`, and `not-found`,
 * `version-conflict`, `settings-invalid`, `resource-in-use` and `idempotency-conflict`.
 */
export function createResourceChanger({ store, seal, now, newId }: ResourceChangerOptions): ChangeResource {
  async function write<Content, Put, Patch>(
    subject: Subject<Content, Put, Patch>,
    { change, plan }: Changed<NonNullable<Content>>,
    eventId: string,
  ): Promise<number> {
    const { kind } = subject;
    const time = now().toISOString();
    const content = plan === null ? kind.initialContent : await sealPlan(plan, kind, time, seal);
    await subject.write(store, { ...change, content }, { id: eventId, time });
    const after = stateOf(subject, store, change.resource);
    const accepted = changeByEvent(after, eventId);
    if (accepted === undefined) throw versionConflict(after);
    return accepted.version;
  }

  return async (subject, resource, request, { expectedVersion, idempotencyKey, ...context }) => {
    const state = stateOf(subject, store, resource);
    const keyed =
      idempotencyKey === undefined
        ? undefined
        : { principalId: context.actor.id, idempotencyKey, resource, request, reason: context.reason };
    const { secretPointers } = subject.kind;
    const earlier = keyed === undefined ? undefined : earlierUse(keyed, secretPointers, state);
    if (earlier?.use === 'other') throw new ProblemError('idempotency-conflict');
    if (earlier?.use === 'same') return earlier.change.version;
    const command = { ...request, ...context, expectedVersion };
    const decision = decideResourceChange(
      subject.kind,
      command,
      state,
      referencesOf(store.state, now().getTime()),
    );
    if (decision.outcome === 'unchanged') return decision.version;
    if (decision.outcome === 'refused') throw refusal(decision, state);
    return write(subject, decision, eventIdOf(keyed, secretPointers, expectedVersion));
  };

  function eventIdOf(
    keyed: KeyedRequest | undefined,
    secretPointers: readonly string[],
    expectedVersion: number,
  ): string {
    return keyed === undefined ? newId() : idempotentEventId(keyed, secretPointers, expectedVersion);
  }
}

function refusal({ code, findings, users }: Refused, state: ResourceState<unknown>): ProblemError {
  switch (code) {
    case 'version-conflict':
      return versionConflict(state);
    case 'settings-invalid':
      return new ProblemError(code, { findings });
    case 'resource-in-use':
      return new ProblemError(code, { detail: `It is used by ${users.join(', ')}.` });
    case 'not-found':
      return new ProblemError(code);
    default:
      return code satisfies never;
  }
}

function versionConflict({ version }: ResourceState<unknown>): ProblemError {
  const detail = `The current version is ${version}. Read the resource again and repeat the change on it.`;
  return new ProblemError('version-conflict', { detail, headers: { etag: `"${version}"` } });
}
