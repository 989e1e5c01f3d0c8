import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { announce } from '../../announce.ts';
import { type ApiProblem, asProblem } from '../../api/problem.ts';
import { html } from '../../html.ts';
import { common } from '../../i18n/common-texts.ts';
import { sentence } from '../../i18n/language.ts';
import { TextField } from '../../parts/controls.ts';
import { Dialog } from '../../parts/dialog.ts';
import { Differences } from '../../parts/differences.ts';
import { Loading, ProblemNotice } from '../../parts/notices.ts';
import { useLoaded } from '../../use-loaded.ts';
import { type HistoryCalls, serverHistory } from './history-calls.ts';
import { historyTexts } from './texts.ts';

interface RevertInput {
  readonly to: number;
  readonly current: number;
  readonly onClose: () => void;
  readonly calls?: HistoryCalls;
}

/** Shows what would change before it does; refused when somebody saves meanwhile. */
export function RevertDialog({ to, current, onClose, calls = serverHistory }: RevertInput): VNode {
  const t = historyTexts();
  const [reason, setReason] = useState('');
  const [problem, setProblem] = useState<ApiProblem>();
  const [isBusy, setBusy] = useState(false);
  const { data } = useLoaded(`diff ${current} ${to}`, () => calls.diff(current, to));
  const revert = async (event: Event): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    try {
      const why = reason.trim() === '' ? {} : { reason: reason.trim() };
      const version = await calls.revert(current, { version: to, ...why });
      announce(t.reverted(version));
      onClose();
      calls.done();
    } catch (error) {
      setProblem(asProblem(error));
      setBusy(false);
    }
  };
  return html`<${Dialog} title=${t.revertTitle(to)} onClose=${onClose} wide>
    <form onSubmit=${(event: Event) => void revert(event)}>
      <p>${t.revertIntro(to)}</p>
      ${data === undefined ? html`<${Loading} />` : html`<${Differences} items=${data.differences} labels=${calls.labels} />`}
      ${problem !== undefined && html`<${ProblemNotice} problem=${problem} />`}
      ${
        problem !== undefined &&
        problem.findings.length > 0 &&
        html`<ul class="findings">
          ${problem.findings.map(({ pointer, message }) => html`<li key=${pointer}>${calls.labels.labelOf(pointer)}: ${sentence(message)}</li>`)}
        </ul>`
      }
      <${TextField}
        id="revert-reason"
        label=${common().reason}
        help=${common().reasonHelp}
        value=${reason}
        onInput=${setReason}
      />
      <div class="actions">
        <button type="submit" class="primary" disabled=${isBusy}>${t.revert}</button>
        <button type="button" class="quiet" onClick=${onClose}>${common().cancel}</button>
      </div>
    </form>
  <//>`;
}
