import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { type ApiProblem, asProblem } from '../../api/client.ts';
import { useCalm, useLive, useLoaded } from '../../api/live.ts';
import type { ConnectionTest } from '../../api/operations.ts';
import { common, formatInstant, sentence } from '../../i18n.ts';
import { announce, Badge, html, Notice, problemFindings, ProblemNotice } from '../../parts/elements.ts';
import { CheckField, TextField } from '../../parts/fields.ts';
import { TestSteps, testTexts } from './steps.ts';

/** How something is tested that can be: the outgoing server, an Exchange connection. */
export interface TestCalls<Draft> {
  /** Tells what is tested from everything else that is. */
  readonly key: string;
  start(input: { readonly draft?: Draft; readonly probe?: { readonly to: string } }): Promise<ConnectionTest>;
  find(testId: string): Promise<ConnectionTest>;
  /** Newest first. */
  list(limit: number): Promise<readonly ConnectionTest[]>;
  labelOf(pointer: string): string;
}

const shown = 20;

/** The tests that have finished, the one above too, and until which version it worked. */
function PastTests({
  current,
  calls,
}: {
  current: ConnectionTest | undefined;
  calls: Pick<TestCalls<never>, 'key' | 'list'>;
}): VNode | null {
  const t = testTexts();
  const { data, reload } = useLoaded(`past-tests ${calls.key}`, () => calls.list(shown));
  useLive(['connection-test-result'], useCalm(reload));
  // The end of the test above is also seen by asking, when its event does not come through.
  const hasEnded = current !== undefined && current.state !== 'running';
  useEffect(() => {
    if (hasEnded) reload();
  }, [current?.id, hasEnded]);
  if (data === undefined) return null;
  const past = data.filter(({ state }) => state !== 'running');
  const worked = data.find(({ state }) => state === 'ok');
  if (past.length === 0) return current === undefined ? html`<p class="muted">${t.noPast}</p>` : null;
  return html`<details class="past" id="past-tests">
    <summary>
      ${t.past}${' '}
      <span class="muted"
        >${'· '}${worked === undefined ? t.neverWorked : t.worked(worked.settingsVersion, formatInstant(worked.finishedAt))}</span
      >
    </summary>
    <ul class="rows">
      ${past.map(
        (test) =>
          html`<li key=${test.id}>
            <details>
              <summary>
                <${Badge} tone=${test.state === 'ok' ? 'good' : 'bad'}>${t.states[test.state]}<//>
                ${` ${formatInstant(test.requestedAt)} · `}
                ${test.draft ? t.draftOf(test.settingsVersion) : t.versionOf(test.settingsVersion)}
                ${` · ${t.by(test.requestedBy)}`}
              </summary>
              <${TestSteps} test=${test} />
            </details>
          </li>`,
      )}
    </ul>
  </details>`;
}

const pollMs = 1_000;

interface TestPanelInput<Draft> {
  readonly calls: TestCalls<Draft>;
  /** The steps that are to be expected. */
  readonly expected: readonly string[];
  /** What the form says beyond what is saved; undefined when it cannot be read. */
  readonly patch: () => Draft | undefined;
  readonly isDraft: boolean;
  /** Takes a certificate that is trusted now into the form. */
  readonly trusted: (id: string) => void;
}

/** Tests what the form says, step by step as it happens. */
export function TestPanel<Draft>({ calls, expected, patch, isDraft, trusted }: TestPanelInput<Draft>): VNode {
  const t = testTexts();
  const [test, setTest] = useState<ConnectionTest>();
  const [problem, setProblem] = useState<ApiProblem>();
  const [wantsProbe, setWantsProbe] = useState(false);
  const [probeTo, setProbeTo] = useState('');
  const [isStarting, setStarting] = useState(false);
  const isRunning = isStarting || test?.state === 'running';
  useRunningTest(calls, test, setTest);

  const start = async (): Promise<void> => {
    const draft = patch();
    if (draft === undefined) return;
    setProblem(undefined);
    setStarting(true);
    try {
      const probe = wantsProbe ? { probe: { to: probeTo.trim() } } : {};
      setTest(await calls.start({ ...(isDraft ? { draft } : {}), ...probe }));
    } catch (error) {
      setProblem(asProblem(error));
    } finally {
      setStarting(false);
    }
  };
  return html`<section class="card" aria-labelledby="test-title" id="connection-test">
    <h2 id="test-title">${t.title}</h2>
    <p class="muted">${t.intro} ${isDraft ? t.draft : t.saved}</p>
    <${CheckField}
      id="wants-probe"
      label=${t.probe}
      text=${t.probeText}
      checked=${wantsProbe}
      onInput=${setWantsProbe}
    />
    ${
      wantsProbe &&
      html`<${TextField}
        id="probe-to"
        label=${t.probeTo}
        help=${t.probeHelp}
        type="email"
        value=${probeTo}
        onInput=${setProbeTo}
        findings=${problemFindings(problem, '/probe/to')}
      />`
    }
    <div class="actions">
      <button
        type="button"
        class="primary"
        id="start-test"
        disabled=${isRunning}
        onClick=${() => void start()}
      >
        ${isRunning ? t.running : t.start}
      </button>
    </div>
    ${problem !== undefined && html`<${TestProblem} problem=${problem} labelOf=${calls.labelOf} />`}
    ${test !== undefined && html`<${TestResult} test=${test} expected=${expected} trusted=${trusted} />`}
    <${PastTests} current=${test} calls=${calls} />
  </section>`;
}

function TestProblem({
  problem,
  labelOf,
}: {
  problem: ApiProblem;
  labelOf: (pointer: string) => string;
}): VNode {
  if (problem.findings.length === 0) return html`<${ProblemNotice} problem=${problem} />`;
  return html`<div class="notice bad" role="alert">
    <p><strong>${common().findings(problem.findings.length)}</strong></p>
    <ul class="findings">
      ${problem.findings.map(
        ({ pointer, message }) =>
          html`<li key=${pointer}>${labelOf(pointer.replace(/^\/draft/, ''))}: ${sentence(message)}</li>`,
      )}
    </ul>
  </div>`;
}

interface TestResultInput {
  readonly test: ConnectionTest;
  readonly expected: readonly string[];
  readonly trusted: (id: string) => void;
}

function TestResult({ test, expected, trusted }: TestResultInput): VNode {
  const t = testTexts();
  return html`<div class="test-result" data-state=${test.state} aria-busy=${test.state === 'running'}>
    ${test.state === 'ok' && html`<${Notice} tone="good">${t.ok}<//>`}
    ${test.state === 'failed' && html`<${Notice} tone="bad">${t.failed}<//>`}
    <${TestSteps} test=${test} expected=${expected} trusted=${trusted} />
  </div>`;
}

/** Follows a test by its events; asks now and then as well, should they not come through. */
function useRunningTest(
  calls: Pick<TestCalls<never>, 'find'>,
  test: ConnectionTest | undefined,
  setTest: (test: ConnectionTest) => void,
): void {
  const load = async (): Promise<void> => {
    if (test?.state !== 'running') return;
    const data = await calls.find(test.id);
    setTest(data);
    if (data.state !== 'running') announce(data.state === 'ok' ? testTexts().ok : testTexts().failed);
  };
  const reload = useCalm(() => void load().catch(() => undefined), 60);
  useLive(['connection-test-progressed', 'connection-test-result'], ({ data }) => {
    if (data['testId'] === test?.id) reload();
  });
  useEffect(() => {
    if (test?.state !== 'running') return undefined;
    const timer = setInterval(reload, pollMs);
    return () => clearInterval(timer);
  }, [test?.id, test?.state]);
}
