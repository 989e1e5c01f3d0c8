import { createHash } from 'node:crypto';
import type {
  Actor,
  CertificateContent,
  CertificatePatch,
  ExchangeConnectionContent,
  ExchangeConnectionPatch,
  ExchangeConnectionPut,
  OutgoingServerContent,
  OutgoingServerPatch,
  OutgoingServerPut,
  SenderContent,
  SenderPatch,
  SenderPut,
  SendingModeContent,
  SendingModePatch,
  SendingModePut,
} from '@postausgang/contracts';
import { createRateLimiter, type Principal, ProblemError } from '@postausgang/http';
import { createSecret, type Sealer } from '@postausgang/credentials';
import {
  certificateKind,
  type CertificatePut,
  changeByEvent,
  type ChangeData,
  changesOf,
  decideResourceChange,
  exchangeConnectionKind,
  initialState,
  type NewSecret,
  outgoingServerKind,
  type Refused,
  type ResourceChange,
  type ResourceDecision,
  type ResourceKind,
  type ResourceRequest,
  type Resources,
  type ResourceState,
  sealPlan,
  senderKind,
  sendingModeKind,
  type SettingsState,
  type Verdict,
} from '@postausgang/settings';
import type { SettingsStore } from './store.ts';

/** Who a change is put down to. */
export function actorOf({ kind, id, name, clientAddress: address }: Principal): Actor {
  return { kind, id, name, ...(address === undefined ? {} : { address }) };
}

/** JSON with the members of every object in the order of their names: equal values give equal text. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_name, member: unknown) => (isPlainObject(member) ? sorted(member) : member));
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function sorted(object: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(object).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/*
 * Idempotency keys of settings changes live in the event id, so they are as durable as the change itself and every
 * process knows them:
 *
 *   idem.<digest of principal, key and resource>.<expected version>.<digest of the request>
 *
 * A repetition has the same id and is the same event for every reader. A change that was accepted under the first
 * digest and has another last one means that the key was used with other content. A request that lost (412) leaves
 * no trace: the next one under its key, with the new version, counts.
 *
 * The digest of the request stands in the log, so no secret goes into it, only whether one was given. Two requests
 * under one key that differ in nothing but the password are therefore taken for the same.
 */

/** A request for a change with everything that makes it the same or another one. */
interface KeyedRequest {
  readonly principalId: string;
  readonly idempotencyKey: string;
  readonly resource: string;
  readonly request: { readonly operation: string };
  readonly reason: string | null;
}

type EarlierUse<Content> =
  | { readonly use: 'none' }
  | { readonly use: 'same'; readonly change: ResourceChange<Content> }
  | { readonly use: 'other' };

/** The id of the event that this request becomes. */
function idempotentEventId(
  keyed: KeyedRequest,
  secretPointers: readonly string[],
  expectedVersion: number,
): string {
  return [keyPrefix(keyed), expectedVersion, requestDigest(keyed, secretPointers)].join('.');
}

/** Whether a change was made under this key before. */
function earlierUse<Content>(
  keyed: KeyedRequest,
  secretPointers: readonly string[],
  state: ResourceState<Content>,
): EarlierUse<Content> {
  const prefix = `${keyPrefix(keyed)}.`;
  const change = changesOf(state).find(({ eventId }) => eventId.startsWith(prefix));
  if (change === undefined) return { use: 'none' };
  const isSame = change.eventId.endsWith(`.${requestDigest(keyed, secretPointers)}`);
  return isSame ? { use: 'same', change } : { use: 'other' };
}

function keyPrefix({ principalId, idempotencyKey, resource }: KeyedRequest): string {
  return `idem.${sha256([principalId, idempotencyKey, resource])}`;
}

function requestDigest({ request, reason }: KeyedRequest, secretPointers: readonly string[]): string {
  return sha256([withoutSecrets(request, secretPointers), reason]);
}

function withoutSecrets(request: object, secretPointers: readonly string[]): unknown {
  const bare: unknown = structuredClone(request);
  for (const pointer of secretPointers) hideSecret(bare, ['body', ...pointer.split('/').slice(1)]);
  return bare;
}

/** That one was given stays, whichever it was. */
function hideSecret(holder: unknown, [name = '', ...path]: readonly string[]): void {
  if (typeof holder !== 'object' || holder === null) return;
  const member: unknown = Reflect.get(holder, name);
  if (path.length > 0) hideSecret(member, path);
  else if (typeof member === 'string') Reflect.set(holder, name, true);
}

function sha256(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('base64url');
}

/** A kind of resource, where it lies in the settings, and the event that changes it. */
export interface Subject<Content, Put, Patch> {
  readonly kind: ResourceKind<Content, Put, Patch>;
  /** All resources of the kind, the deleted ones too. */
  readonly all: (settings: SettingsState) => Resources<Content>;
  /** Mailers try the server again when the resource is saved without a change. */
  readonly isOfServer?: true;
  readonly write: (
    store: SettingsStore,
    data: ChangeData<Content>,
    event: { readonly id: string; readonly time: string },
  ) => Promise<Verdict>;
}

/** A resource as it is now; one that was never saved is in its initial state. */
export function stateOf<Content, Put, Patch>(
  { kind, all }: Pick<Subject<Content, Put, Patch>, 'kind' | 'all'>,
  { state }: Pick<SettingsStore, 'state'>,
  resource: string,
): ResourceState<Content> {
  return all(state).get(resource) ?? initialState(kind, resource);
}

export const outgoingServers: Subject<OutgoingServerContent, OutgoingServerPut, OutgoingServerPatch> = {
  kind: outgoingServerKind,
  all: ({ servers }) => servers,
  isOfServer: true,
  write: (store, data, event) => store.write('settingsChanged', data.resource, data, event),
};

export const exchangeConnections: Subject<
  ExchangeConnectionContent | null,
  ExchangeConnectionPut,
  ExchangeConnectionPatch
> = {
  kind: exchangeConnectionKind,
  all: ({ exchangeConnections: connections }) => connections,
  isOfServer: true,
  write: (store, data, event) => store.write('exchangeConnectionChanged', data.resource, data, event),
};

export const certificates: Subject<CertificateContent | null, CertificatePut, CertificatePatch> = {
  kind: certificateKind,
  all: (settings) => settings.certificates,
  write: (store, data, event) => store.write('certificateChanged', data.resource, data, event),
};

export const senders: Subject<SenderContent | null, SenderPut, SenderPatch> = {
  kind: senderKind,
  all: (settings) => settings.senders.resources,
  write: (store, data, event) => store.write('senderChanged', data.resource, data, event),
};

export const sendingMode: Subject<SendingModeContent, SendingModePut, SendingModePatch> = {
  kind: sendingModeKind,
  all: ({ sendingModes }) => sendingModes,
  write: (store, data, event) => store.write('sendingModeChanged', data.resource, data, event),
};

interface ResourceChangerOptions {
  readonly store: SettingsStore;
  readonly seal: (secret: NewSecret) => ReturnType<Sealer['seal']>;
  readonly now: () => Date;
  readonly newId: () => string;
}

/** Who wants a resource changed, and under which conditions. */
interface ChangeContext {
  readonly actor: Actor;
  readonly reason: string | null;
  /** The version of If-Match; 0 for a creation. */
  readonly expectedVersion: number;
  readonly idempotencyKey: string | undefined;
  /** Whether the actor has the scope `secrets:write`, and so may say where an identity is proven. */
  readonly mayGrant: boolean;
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

const confirmedAgainMs = 10_000;

/**
 * The one place where settings are changed. Throws the problems of `SettingsStore.write`, and `not-found`,
 * `version-conflict`, `settings-invalid`, `resource-in-use` and `idempotency-conflict`.
 */
export function createResourceChanger({ store, seal, now, newId }: ResourceChangerOptions): ChangeResource {
  const confirmations = createRateLimiter({ max: 1, windowMs: confirmedAgainMs }, () => now().getTime());

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

  /** Whoever saves again wants the server tried again. A program that saves all the time is heard once in a while. */
  async function confirm(resource: string, version: number, actor: Actor): Promise<void> {
    if (version === 0 || confirmations.take(resource) !== undefined) return;
    const event = { id: newId(), time: now().toISOString() };
    await store.write('settingsConfirmed', resource, { resource, version, actor }, event);
  }

  return async (subject, resource, request, { expectedVersion, idempotencyKey, mayGrant, ...context }) => {
    const state = stateOf(subject, store, resource);
    const keyed =
      idempotencyKey === undefined
        ? undefined
        : { principalId: context.actor.id, idempotencyKey, resource, request, reason: context.reason };
    const { secretPointers } = subject.kind;
    const earlier = keyed === undefined ? undefined : earlierUse(keyed, secretPointers, state);
    if (earlier?.use === 'other') throw new ProblemError('idempotency-conflict');
    if (earlier?.use === 'same') return earlier.change.version;
    const grantsAt = mayGrant ? now().toISOString() : undefined;
    const command = { ...request, ...context, expectedVersion, grantsAt };
    const decision = decideResourceChange(subject.kind, command, state, store.references(now().getTime()));
    if (decision.outcome === 'unchanged') {
      if (subject.isOfServer === true) await confirm(resource, decision.version, context.actor);
      return decision.version;
    }
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
  const detail = `The current version is ${version}. Read the resource again, and repeat the change.`;
  return new ProblemError('version-conflict', { detail, headers: { etag: `"${version}"` } });
}
