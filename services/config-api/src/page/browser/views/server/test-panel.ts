import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { announce } from '../../announce.ts';
import { call } from '../../api/client.ts';
import type { ConnectionTest } from '../../api/operations.ts';
import { type ApiProblem, asProblem } from '../../api/problem.ts';
import { html } from '../../html.ts';
import { common } from '../../i18n/common-texts.ts';
import { sentence } from '../../i18n/language.ts';
import { CheckField, TextField } from '../../parts/controls.ts';
import { useLive } from '../../live.ts';
import { Notice, problemFindings, ProblemNotice } from '../../parts/notices.ts';
import { labelOf } from '../../parts/setting-labels.ts';
import { useCalm } from '../../use-loaded.ts';
import type { Patch } from './form.ts';
import { PastTests } from './past-tests.ts';
import { TestSteps } from './test-steps.ts';
import { testTexts } from './test-texts.ts';

const pollMs = 1_000;

interface TestPanelInput {
  /** What the form says beyond what is saved; undefined when it cannot be read. */
  readonly patch: () => Patch | undefined;
  readonly isDraft: boolean;
  /** Takes a certificate that is trusted now into the form. */
  readonly trusted: (id: string) => void;
}

/** Tests what the form says, step by step as it happens. */
export function TestPanel({ patch, isDraft, trusted }: TestPanelInput): VNode {
  const t = testTexts();
  const [test, setTest] = useState<ConnectionTest>();
  const [problem, setProblem] = useState<ApiProblem>();
  const [wantsProbe, setWantsProbe] = useState(false);
  const [probeTo, setProbeTo] = useState('');
  const [isStarting, setStarting] = useState(false);
  const isRunning = isStarting || test?.state === 'running';
  useRunningTest(test, setTest);

  const start = async (): Promise<void> => {
    const draft = patch();
    if (draft === undefined) return;
    setProblem(undefined);
    setStarting(true);
    try {
      const { data } = await call('startConnectionTest', {
        path: { id: 'default' },
        body: { ...(isDraft ? { draft } : {}), ...(wantsProbe ? { probe: { to: probeTo.trim() } } : {}) },
      });
      setTest(data);
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
    ${problem !== undefined && html`<${TestProblem} problem=${problem} />`}
    ${test !== undefined && html`<${TestResult} test=${test} trusted=${trusted} />`}
    <${PastTests} current=${test} />
  </section>`;
}

function TestProblem({ problem }: { problem: ApiProblem }): VNode {
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

function TestResult({ test, trusted }: { test: ConnectionTest; trusted: (id: string) => void }): VNode {
  const t = testTexts();
  return html`<div class="test-result" data-state=${test.state} aria-busy=${test.state === 'running'}>
    ${test.state === 'ok' && html`<${Notice} tone="good">${t.ok}<//>`}
    ${test.state === 'failed' && html`<${Notice} tone="bad">${t.failed}<//>`}
    <${TestSteps} test=${test} trusted=${trusted} />
  </div>`;
}

/** Follows a test by its events; asks now and then as well, should they not come through. */
function useRunningTest(test: ConnectionTest | undefined, setTest: (test: ConnectionTest) => void): void {
  const load = async (): Promise<void> => {
    if (test?.state !== 'running') return;
    const { data } = await call('getConnectionTest', { path: { id: 'default', testId: test.id } });
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
