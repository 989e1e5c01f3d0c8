import { finding } from '@postausgang/contracts';
import type {
  Actor,
  EventData,
  Finding,
  OutgoingServerPatch,
  OutgoingServerPut,
} from '@postausgang/contracts';
import { findingsOfPlan, planPatch, planPut } from './content-plan.ts';
import type { ContentPlan } from './content-plan.ts';
import { differences } from './differences.ts';
import { contentOfVersion } from './outgoing-server-state.ts';
import type { OutgoingServerState } from './outgoing-server-state.ts';

/** What somebody wants changed. */
export type ChangeRequest =
  | { readonly operation: 'put'; readonly body: OutgoingServerPut }
  | { readonly operation: 'patch'; readonly body: OutgoingServerPatch }
  | { readonly operation: 'revert'; readonly version: number };

/** A request with who, why, and the version it was made for (If-Match). */
export type ChangeCommand = ChangeRequest & {
  readonly expectedVersion: number;
  readonly actor: Actor;
  readonly reason: string | null;
};

/** The data of `settings-changed` but for the content, whose new secret is still to be sealed. */
export type PlannedChange = Omit<EventData<'settingsChanged'>, 'content'>;

/**
 * What becomes of a command. `changed`: append `{...change, content: await sealPlan(plan, …)}` as `settings-changed`.
 * `unchanged`: the content is that already; there is no event and the version stays.
 * `refused`: a problem code, and for `settings-invalid` all findings.
 */
export type ChangeDecision =
  | { readonly outcome: 'changed'; readonly change: PlannedChange; readonly plan: ContentPlan }
  | { readonly outcome: 'unchanged'; readonly version: number }
  | {
      readonly outcome: 'refused';
      readonly code: 'version-conflict' | 'settings-invalid';
      readonly findings: readonly Finding[];
    };

/** Decides a change. Everything is decided before a secret is sealed. */
export function decideChange(command: ChangeCommand, state: OutgoingServerState): ChangeDecision {
  if (command.expectedVersion !== state.version) return refused('version-conflict');
  const plan = planOf(command, state);
  if (plan === undefined) return refused('settings-invalid', [finding('/version', 'version-unknown')]);
  const findings = plan.content.enabled ? findingsOfPlan(plan) : plan.findings;
  if (findings.length > 0) return refused('settings-invalid', findings);
  if (changesNothing(plan, state)) return { outcome: 'unchanged', version: state.version };
  return { outcome: 'changed', change: changeOf(command, state), plan };
}

function planOf(request: ChangeRequest, state: OutgoingServerState): ContentPlan | undefined {
  switch (request.operation) {
    case 'put':
      return planPut(request.body, state);
    case 'patch':
      return planPatch(request.body, state);
    case 'revert':
      return planRevert(request.version, state);
    default:
      return request satisfies never;
  }
}

// The sealed password of that version comes back with it; its binding still says where it may go.
function planRevert(version: number, state: OutgoingServerState): ContentPlan | undefined {
  const content = contentOfVersion(state, version);
  return content === undefined ? undefined : { content, newPassword: null, findings: [] };
}

function changesNothing({ content, newPassword }: ContentPlan, state: OutgoingServerState): boolean {
  return newPassword === null && differences(state.content, content).length === 0;
}

function changeOf(command: ChangeCommand, state: OutgoingServerState): PlannedChange {
  const { operation, actor, reason } = command;
  const revertedTo = command.operation === 'revert' ? command.version : null;
  return { resource: state.resource, expectedVersion: state.version, operation, revertedTo, actor, reason };
}

function refused(
  code: 'version-conflict' | 'settings-invalid',
  findings: readonly Finding[] = [],
): ChangeDecision {
  return { outcome: 'refused', code, findings };
}
