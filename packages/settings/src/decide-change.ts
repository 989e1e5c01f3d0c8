import { type Actor, finding, type Finding } from '@postausgang/contracts';
import type { References } from './references.ts';
import {
  type ChangeData,
  contentOf,
  type ContentPlan,
  exists,
  type ResourceKind,
  type ResourceState,
} from './resource.ts';

/** What somebody wants done to a resource. */
export type ResourceRequest<Put, Patch> =
  | { readonly operation: 'create'; readonly body: Put }
  | { readonly operation: 'put'; readonly body: Put }
  | { readonly operation: 'patch'; readonly body: Patch }
  | { readonly operation: 'revert'; readonly version: number }
  | { readonly operation: 'delete' };

/** Who wants it, why, and the version it was made for (If-Match; 0 for a creation). */
export interface RequestContext {
  readonly expectedVersion: number;
  readonly actor: Actor;
  readonly reason: string | null;
  /** The time (RFC 3339), when who asks may give grants: see `identity-grants.ts`. */
  readonly grantsAt?: string | undefined;
}

/** The data of the event but for the content, whose new secrets are still to be sealed. */
type PlannedChange = Omit<ChangeData<unknown>, 'content'>;

/** Why there is no change: a problem code, for `settings-invalid` all findings, for `resource-in-use` the users. */
export interface Refused {
  readonly outcome: 'refused';
  readonly code: 'not-found' | 'version-conflict' | 'settings-invalid' | 'resource-in-use';
  readonly findings: readonly Finding[];
  readonly users: readonly string[];
}

/**
 * What becomes of a command. `changed`: append `{...change, content: await sealPlan(plan, …)}`; a deletion has no plan
 * and null for its content. `unchanged`: the content is that already; there is no event and the version stays.
 */
export type ResourceDecision<Content> =
  | {
      readonly outcome: 'changed';
      readonly change: PlannedChange;
      readonly plan: ContentPlan<Content> | null;
    }
  | { readonly outcome: 'unchanged'; readonly version: number }
  | Refused;

/** Decides a change of a resource of any kind. Everything is decided before a secret is sealed. */
export function decideResourceChange<Content, Put, Patch>(
  kind: ResourceKind<Content, Put, Patch>,
  command: ResourceRequest<Put, Patch> & RequestContext,
  state: ResourceState<Content>,
  references: References,
): ResourceDecision<NonNullable<Content>> {
  const { expectedVersion, operation } = command;
  if (operation === 'create' ? state.version > 0 : expectedVersion !== state.version) {
    return refused('version-conflict');
  }
  if (operation === 'delete') return decideDeletion(command, state, references);
  const { plan, findings } = judgedPlan(kind, command, state, references);
  if (plan === 'not-found') return refused('not-found');
  if (plan === 'version-unknown') {
    return refused('settings-invalid', [finding('/version', 'version-unknown')]);
  }
  if (findings.length > 0) return refused('settings-invalid', findings);
  if (changesNothing(kind, plan, state)) return { outcome: 'unchanged', version: state.version };
  return { outcome: 'changed', change: changeOf(command, state), plan };
}

/** What is wrong with the content that a request asks for, whether or not it could be carried out. */
export function requestFindings<Content, Put, Patch>(
  kind: ResourceKind<Content, Put, Patch>,
  command: Judged<Put, Patch>,
  state: ResourceState<Content>,
  references: References,
): readonly Finding[] {
  return judgedPlan(kind, command, state, references).findings;
}

type Judged<Put, Patch> = Exclude<ResourceRequest<Put, Patch>, { readonly operation: 'delete' }> &
  Pick<RequestContext, 'grantsAt'>;

function judgedPlan<Content, Put, Patch>(
  kind: ResourceKind<Content, Put, Patch>,
  command: Judged<Put, Patch>,
  state: ResourceState<Content>,
  references: References,
): { readonly plan: Plan<Content>; readonly findings: readonly Finding[] } {
  const planned = planOf(kind, command, state);
  if (typeof planned === 'string') return { plan: planned, findings: [] };
  const plan = grantedPlan(kind, command, state, planned);
  const isJudged = kind.isJudged(plan.content);
  const judged = (): readonly Finding[] => kind.findingsOf(plan, { ...references, self: state.resource });
  return { plan, findings: isJudged ? judged() : plan.findings };
}

type Plan<Content> = ContentPlan<NonNullable<Content>> | 'not-found' | 'version-unknown';

function planOf<Content, Put, Patch>(
  kind: ResourceKind<Content, Put, Patch>,
  request: Exclude<ResourceRequest<Put, Patch>, { readonly operation: 'delete' }>,
  state: ResourceState<Content>,
): Plan<Content> {
  const { resource, content } = state;
  switch (request.operation) {
    case 'create':
      return kind.planPut(request.body, state);
    case 'put':
      return exists(content) ? kind.planPut(request.body, state) : 'not-found';
    case 'patch':
      return exists(content) ? kind.planPatch(request.body, { resource, content }) : 'not-found';
    case 'revert':
      return planRevert(kind, request.version, state);
    default:
      return request satisfies never;
  }
}

/** A revert brings the grants of that version back, as it does its secrets. */
function grantedPlan<Content, Put, Patch>(
  kind: ResourceKind<Content, Put, Patch>,
  command: ResourceRequest<Put, Patch> & Pick<RequestContext, 'grantsAt'>,
  { content: saved }: ResourceState<Content>,
  plan: ContentPlan<NonNullable<Content>>,
): ContentPlan<NonNullable<Content>> {
  if (!('body' in command)) return plan;
  const before = exists(saved) ? saved : null;
  const granting = { body: Object(command.body), before, grantedAt: command.grantsAt ?? null };
  return { ...plan, content: kind.granted(plan.content, granting) };
}

// The sealed secrets of that version come back with it; their binding still says where they may go.
function planRevert<Content, Put, Patch>(
  kind: ResourceKind<Content, Put, Patch>,
  version: number,
  state: ResourceState<Content>,
): Plan<Content> {
  const content = contentOf(kind, state, version);
  return exists(content) ? { content, newSecrets: [], findings: [] } : 'version-unknown';
}

function decideDeletion<Content>(
  { actor, reason }: RequestContext,
  state: ResourceState<Content>,
  references: References,
): ResourceDecision<NonNullable<Content>> {
  if (!exists(state.content)) return refused('not-found');
  const users = references.usersOf(state.resource);
  if (users.length > 0) return { ...refused('resource-in-use'), users };
  const { resource, version: expectedVersion } = state;
  const change: PlannedChange = {
    resource,
    expectedVersion,
    operation: 'delete',
    revertedTo: null,
    actor,
    reason,
  };
  return { outcome: 'changed', change, plan: null };
}

function changesNothing<Content, Put, Patch>(
  kind: ResourceKind<Content, Put, Patch>,
  { content, newSecrets }: ContentPlan<NonNullable<Content>>,
  state: ResourceState<Content>,
): boolean {
  return newSecrets.length === 0 && kind.differences(state.content, content).length === 0;
}

function changeOf<Put, Patch>(
  command: ResourceRequest<Put, Patch> & RequestContext,
  { resource, version: expectedVersion }: ResourceState<unknown>,
): PlannedChange {
  const { operation, actor, reason } = command;
  const revertedTo = command.operation === 'revert' ? command.version : null;
  return { resource, expectedVersion, operation, revertedTo, actor, reason };
}

function refused(code: Refused['code'], findings: readonly Finding[] = []): Refused {
  return { outcome: 'refused', code, findings, users: [] };
}
