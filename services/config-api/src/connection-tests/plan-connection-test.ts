import { finding } from '@postausgang/contracts';
import type {
  ConnectionTestRequest,
  Finding,
  FindingCode,
  OutgoingServerContent,
} from '@postausgang/contracts';
import { findingsOfPlan, isValidAddress, planPatch } from '@postausgang/settings';
import type { ContentPlan, OutgoingServerState, References } from '@postausgang/settings';

export type ConnectionTestPlan =
  | { readonly ok: true; readonly plan: ContentPlan<OutgoingServerContent> }
  | { readonly ok: false; readonly findings: readonly Finding[] };

/*
 * What a test shows in its steps, or gets along without: a test is how settings are prepared, so it does not ask for
 * complete ones. Everything else leaves nothing to test, or would be ignored by it.
 */
const testableWith: ReadonlySet<FindingCode> = new Set([
  'sender-address-required',
  'password-required',
  'secret-required',
  'cleartext-authentication',
]);

/** Plans a test of the saved settings under a draft. Pointers into the draft begin with `/draft`. */
export function planConnectionTest(
  { draft, probe }: ConnectionTestRequest,
  saved: Pick<OutgoingServerState, 'resource' | 'content'>,
  references: References,
): ConnectionTestPlan {
  const plan = planPatch(draft ?? {}, saved);
  const inPlan = findingsOfPlan(plan, references).filter(({ pointer, code }) => isObstacle(pointer, code));
  const prefix = draft === undefined ? '' : '/draft';
  const findings = [
    ...inPlan.map(({ pointer, code }) => finding(`${prefix}${pointer}`, code)),
    ...probeFindings(probe),
  ];
  return findings.length > 0 ? { ok: false, findings } : { ok: true, plan };
}

function isObstacle(pointer: string, code: FindingCode): boolean {
  return !testableWith.has(code) && !pointer.startsWith('/smime/');
}

/** Whether the addresses of a probe are any. */
export function probeFindings(probe: ConnectionTestRequest['probe']): readonly Finding[] {
  if (probe === undefined) return [];
  const { to, from = to } = probe;
  return [
    ...(isValidAddress(to) ? [] : [finding('/probe/to', 'address-invalid')]),
    ...(isValidAddress(from) || from === to ? [] : [finding('/probe/from', 'address-invalid')]),
  ];
}
