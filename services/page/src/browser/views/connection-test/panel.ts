import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { type ApiProblem, asProblem } from '../../api/client.ts';
import { useCalm, useLive, useLoaded } from '../../api/live.ts';
import type { ConnectionTest } from '../../api/operations.ts';
import { common, formatInstant, sentence } from '../../i18n.ts';
import type { Editing, Version } from '../../parts/editing.ts';
import { announce, Badge, html, Notice, ProblemNotice } from '../../parts/elements.ts';
import { CheckField, fieldAt, TextField } from '../../parts/fields.ts';
import type { FormField, Patch } from '../../parts/form-values.ts';
import { labelOf } from '../../parts/setting-values.ts';
import { focusFindings } from '../../parts/settings-form.ts';
import { testedVersion, TestSteps, testTexts, verdictOf } from './steps.ts';

interface TestInput {
  readonly draft?: Patch;
  readonly probe?: { readonly to: string };
  readonly outsideAddress?: string;
}

/** The test calls of the outgoing server or of an Exchange connection. */
export interface TestCalls {
  /** Distinguishes what is tested from other things that are. */
  readonly key: string;
  start(input: TestInput): Promise<ConnectionTest>;
  find(testId: string): Promise<ConnectionTest>;
  /** Newest first. */
  list(limit: number): Promise<readonly ConnectionTest[]>;
}

const shown = 20;

/** The finished tests, including the current one, and the last successful one. */
function PastTests({
  current,
  calls,
}: {
  current: ConnectionTest | undefined;
  calls: Pick<TestCalls, 'key' | 'list'>;
}): VNode | null {
  const t = testTexts();
  const { data, reload } = useLoaded(`past-tests ${calls.key}`, () => calls.list(shown));
  useLive(['connection-test-result'], useCalm(reload));
  // If the event of its end is lost, polling finds it.
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
        >${'· '}${worked === undefined ? t.neverWorked : t.worked(formatInstant(worked.finishedAt), testedVersion(worked))}</span
      >
    </summary>
    <ul class="rows">
      ${past.map(
        (test) =>
          html`<li key=${test.id}>
            <details>
              <summary>
                <${Badge} tone=${test.state === 'ok' ? 'good' : 'bad'}>${t.states[test.state]}<//>
                ${` ${formatInstant(test.requestedAt)} · `} ${testedVersion(test)}
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

interface TestPanelInput {
  readonly calls: TestCalls;
  /** The expected steps. */
  readonly expected: readonly string[];
  readonly editing: Editing<Version>;
  /** Selects a newly trusted certificate in the form. */
  readonly trusted: (id: string) => void;
}

/** Tests the values in the form and shows each step as it finishes. The verdict of an earlier test goes at the start. */
export function TestPanel({ calls, expected, editing, trusted }: TestPanelInput): VNode {
  const t = testTexts();
  const [test, setTest] = useState<ConnectionTest>();
  const [problem, setProblem] = useState<ApiProblem>();
  const [probeTo, setProbeTo] = useState<string>();
  const [outside, setOutside] = useState('');
  const [isStarting, setStarting] = useState(false);
  const isRunning = isStarting || test?.state === 'running';
  const isDraft = editing.changes > 0;
  useRunningTest(calls, test, setTest);

  const start = async (): Promise<void> => {
    const draft = editing.patch();
    if (draft === undefined) {
      focusFindings();
      return;
    }
    setProblem(undefined);
    setStarting(true);
    try {
      const probe = probeTo === undefined ? {} : { probe: { to: probeTo.trim() } };
      const outsideAddress = outside.trim() === '' ? {} : { outsideAddress: outside.trim() };
      setTest(await calls.start({ ...(isDraft ? { draft } : {}), ...probe, ...outsideAddress }));
    } catch (error) {
      setProblem(asProblem(error));
    } finally {
      setStarting(false);
    }
  };
  return html`<section class="card" aria-labelledby="test-title" id="connection-test">
    <h2 id="test-title">${t.title}</h2>
    <p class="muted">${t.intro} ${isDraft ? t.draft : t.saved}</p>
    ${
      expected.includes('rcpt-to') &&
      html`<${TextField}
        id="outside-address"
        label=${t.outside}
        help=${t.outsideHelp}
        type="email"
        value=${outside}
        onInput=${setOutside}
        ...${fieldAt(problem, '/outsideAddress')}
      />`
    }
    <${ProbeFields} probeTo=${probeTo} setProbeTo=${setProbeTo} problem=${problem} />
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
    ${problem !== undefined && html`<${TestProblem} problem=${problem} fields=${editing.resource.fields} />`}
    ${!isStarting && test && html`<${TestResult} test=${test} expected=${expected} trusted=${trusted} />`}
    <${PastTests} current=${test} calls=${calls} />
  </section>`;
}

interface ProbeInput {
  /** undefined: without a test mail. */
  readonly probeTo: string | undefined;
  readonly setProbeTo: (to: string | undefined) => void;
  readonly problem: ApiProblem | undefined;
}

function ProbeFields({ probeTo, setProbeTo, problem }: ProbeInput): VNode {
  const t = testTexts();
  return html`
    <${CheckField}
      id="wants-probe"
      label=${t.probe}
      text=${t.probeText}
      checked=${probeTo !== undefined}
      onInput=${(isWanted: boolean) => setProbeTo(isWanted ? '' : undefined)}
    />
    ${
      probeTo !== undefined &&
      html`<${TextField}
        id="probe-to"
        label=${t.probeTo}
        help=${t.probeHelp}
        type="email"
        value=${probeTo}
        onInput=${setProbeTo}
        ...${fieldAt(problem, '/probe/to')}
      />`
    }
  `;
}

interface TestProblemInput {
  readonly problem: ApiProblem;
  readonly fields: readonly FormField[];
}

function TestProblem({ problem, fields }: TestProblemInput): VNode {
  const t = testTexts();
  const own: Readonly<Record<string, string>> = { '/probe/to': t.probe, '/outsideAddress': t.outside };
  const label = (pointer: string): string => own[pointer] ?? labelOf(fields, pointer.replace(/^\/draft/, ''));
  if (problem.findings.length === 0) return html`<${ProblemNotice} problem=${problem} />`;
  return html`<${Notice} tone="bad" role="alert">
    <p><strong>${common().findings(problem.findings.length)}</strong></p>
    <ul class="findings">
      ${problem.findings.map(({ pointer, message }) => html`<li key=${pointer}>${label(pointer)}: ${sentence(message)}</li>`)}
    </ul>
  <//>`;
}

interface TestResultInput {
  readonly test: ConnectionTest;
  readonly expected: readonly string[];
  readonly trusted: (id: string) => void;
}

function TestResult({ test, expected, trusted }: TestResultInput): VNode {
  return html`<div class="test-result" data-state=${test.state} aria-busy=${test.state === 'running'}>
    ${test.state !== 'running' && html`<${Notice} tone=${test.state === 'ok' ? 'good' : 'bad'}>${verdictOf(test)}<//>`}
    <${TestSteps} test=${test} expected=${expected} trusted=${trusted} />
  </div>`;
}

/** Follows a test by its events, and by polling in case an event is lost. */
function useRunningTest(
  calls: Pick<TestCalls, 'find'>,
  test: ConnectionTest | undefined,
  setTest: (test: ConnectionTest) => void,
): void {
  const load = async (): Promise<void> => {
    if (test?.state !== 'running') return;
    const data = await calls.find(test.id);
    setTest(data);
    if (data.state !== 'running') announce(verdictOf(data));
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
