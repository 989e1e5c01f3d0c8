/** Above every view: whether this log may send, and what a person says it is. */
import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { call } from '../../api/client.ts';
import { useLive, useLoaded } from '../../api/live.ts';
import type { ConfirmEnvironment } from '../../api/operations.ts';
import { may } from '../../api/session.ts';
import { common } from '../../i18n.ts';
import { useAction } from '../../parts/action.ts';
import { announce, html, Notice, ProblemNotice } from '../../parts/elements.ts';
import { ChoiceField, TextField } from '../../parts/fields.ts';
import { environmentTexts } from './texts.ts';

/** Nothing where sending is not held, this is no copy, or the place of the log is not known (over Kafka). */
export function EnvironmentBanner(): VNode | null {
  const t = environmentTexts();
  const { data, reload } = useLoaded('environment', async () => await call('GET /v1/environment', {}));
  useLive(['environment-confirmed'], reload);
  if (data === undefined) return null;
  const { heldFor, restoredFrom, confirmed, name, log } = data;
  if (heldFor === null) {
    return confirmed.as === 'copy'
      ? html`<${Notice} tone="warn" role="region" label=${t.title}>
          <p id="environment">${t.isCopy(name)}</p>
        <//>`
      : null;
  }
  const why = restoredFrom === null ? t.heldFor[heldFor] : t.isBackup(restoredFrom.takenAt);
  const first: Kind = restoredFrom === null ? 'moved' : 'restored';
  return html`<${Notice} tone="bad" role="region" label=${t.title}>
    <p id="environment"><strong>${why}</strong> ${t.waits}</p>
    ${may('admin') && html`<${Confirmation} first=${first} choices=${t.choices[log]} done=${reload} />`}
  <//>`;
}

type Kind = ConfirmEnvironment['as'];

interface ConfirmationProps {
  readonly first: Kind;
  readonly choices: Readonly<Record<Kind, string>>;
  readonly done: () => void;
}

/** Begins with what the service takes it for. */
function Confirmation({ first, choices, done }: ConfirmationProps): VNode {
  const t = environmentTexts();
  const [as, setAs] = useState<Kind>(first);
  const [reason, setReason] = useState('');
  const { problem, isBusy, run } = useAction(async () => {
    await call('POST /v1/environment/confirm', { body: { as, reason: reason.trim() } });
    announce(t.confirmed);
    done();
  });
  const options = Object.entries(choices).map(([value, label]) => ({ value, label }));
  return html`<form id="confirm-environment" onSubmit=${run} novalidate>
    ${problem !== undefined && html`<${ProblemNotice} problem=${problem} />`}
    <${ChoiceField} id="environment-as" label=${t.as} value=${as} options=${options} onInput=${setAs} />
    <${TextField} id="environment-reason" label=${common().reason} value=${reason} onInput=${setReason} />
    <div class="actions">
      <button type="submit" disabled=${isBusy || reason.trim() === ''}>${t.confirm}</button>
    </div>
  </form>`;
}
