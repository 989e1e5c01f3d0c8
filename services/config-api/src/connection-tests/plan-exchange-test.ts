import { finding } from '@postausgang/contracts';
import type {
  ExchangeConnectionContent,
  ExchangeConnectionTestRequest,
  Finding,
  FindingCode,
} from '@postausgang/contracts';
import { exchangeConnectionKind, findingsOfConnection } from '@postausgang/settings';
import type { ContentPlan, References, Saved } from '@postausgang/settings';
import { probeFindings } from './plan-connection-test.ts';

export type ExchangeTestPlan =
  | { readonly ok: true; readonly plan: ContentPlan<ExchangeConnectionContent> }
  | { readonly ok: false; readonly findings: readonly Finding[] };

/** What a test shows in its steps. Everything else leaves nothing to test. */
const testableWith: ReadonlySet<FindingCode> = new Set([
  'client-secret-required',
  'password-required',
  'secret-required',
]);

/** Plans a test of a saved connection under a draft. Pointers into the draft begin with `/draft`. */
export function planExchangeTest(
  { draft, probe }: ExchangeConnectionTestRequest,
  saved: Saved<ExchangeConnectionContent>,
  references: References,
): ExchangeTestPlan {
  const plan = exchangeConnectionKind.planPatch(draft ?? {}, saved);
  const inPlan = findingsOfConnection(plan, references).filter(({ code }) => !testableWith.has(code));
  const prefix = draft === undefined ? '' : '/draft';
  const findings = [
    ...inPlan.map(({ pointer, code }) => finding(`${prefix}${pointer}`, code)),
    ...probeFindings(probe),
  ];
  return findings.length > 0 ? { ok: false, findings } : { ok: true, plan };
}
