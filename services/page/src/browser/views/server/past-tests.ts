import type { VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import type { ConnectionTest } from '../../api/operations.ts';
import { html } from '../../html.ts';
import { formatInstant } from '../../i18n/format.ts';
import { useLive } from '../../live.ts';
import { Badge } from '../../parts/notices.ts';
import { useCalm, useLoaded } from '../../use-loaded.ts';
import type { TestCalls } from './test-calls.ts';
import { TestSteps } from './test-steps.ts';
import { testTexts } from './test-texts.ts';

const shown = 20;

/** The tests that have finished, the one above too, and until which version it worked. */
export function PastTests({
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
