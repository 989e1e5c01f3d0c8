import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { announce } from '../../announce.ts';
import { call } from '../../api/client.ts';
import type { ExchangeConnectionView as View } from '../../api/operations.ts';
import { type ApiProblem, asProblem } from '../../api/problem.ts';
import { html } from '../../html.ts';
import { common } from '../../i18n/common-texts.ts';
import { formatInstant } from '../../i18n/format.ts';
import { sentence } from '../../i18n/language.ts';
import { Dialog } from '../../parts/dialog.ts';
import { Loading, Notice, ProblemNotice, ViewTitle } from '../../parts/notices.ts';
import { SaveBar } from '../../parts/save-bar.ts';
import { goTo, linkTo } from '../../router.ts';
import { may } from '../../session.ts';
import { useLoaded } from '../../use-loaded.ts';
import { useChoices } from '../server/choices.ts';
import { TestPanel } from '../server/test-panel.ts';
import { expectedSteps } from '../server/test-steps.ts';
import { serverTexts } from '../server/texts.ts';
import {
  bodyOfConnection,
  type ConnectionForm,
  formOfConnection,
  isConnectionChanged,
  newConnection,
} from './connection-form.ts';
import { ConnectionFields } from './connection-fields.ts';
import { ConnectionHistory } from './connection-history.ts';
import { connectionTestsOf } from './connection-tests.ts';
import { exchangeTexts } from './texts.ts';

const keep = { action: 'keep', value: '' } as const;

/** One connection, or a new one. */
export function ExchangeConnectionView({ id }: { id: string }): VNode {
  const isNew = id === 'new';
  const load = async (): Promise<View | undefined> =>
    isNew ? undefined : (await call('getExchangeConnection', { path: { id } })).data;
  const { data, problem, reload, set } = useLoaded(`exchange ${id}`, load);
  const isThere = isNew || data !== undefined;
  return html`
    <p><a href=${linkTo('exchange')}>← ${common().exchange}</a></p>
    <${ViewTitle}>${isNew ? exchangeTexts().newTitle : (data?.name ?? common().exchange)}<//>
    ${problem !== undefined && html`<${ProblemNotice} problem=${problem} retry=${reload} />`}
    ${!isThere && problem === undefined && html`<${Loading} />`}
    ${isThere && html`<${Editor} key=${data?.version ?? 0} view=${data} saved=${set} reload=${reload} />`}
  `;
}

interface EditorInput {
  readonly view: View | undefined;
  readonly saved: (view: View) => void;
  readonly reload: () => void;
}

function Editor({ view, saved, reload }: EditorInput): VNode {
  const t = exchangeTexts();
  const [form, setForm] = useState<ConnectionForm>(() =>
    view === undefined ? newConnection : formOfConnection(view),
  );
  const [clientSecret, setClientSecret] = useState<{ action: 'keep' | 'set' | 'remove'; value: string }>(
    view === undefined ? { action: 'set', value: '' } : keep,
  );
  const [password, setPassword] = useState<{ action: 'keep' | 'set' | 'remove'; value: string }>(
    view === undefined ? { action: 'set', value: '' } : keep,
  );
  const [reason, setReason] = useState('');
  const [problem, setProblem] = useState<ApiProblem>();
  const [isBusy, setBusy] = useState(false);
  const [isRemoving, setRemoving] = useState(false);
  const isAllowed = may('settings:write');
  const choices = useChoices();
  const change = (changes: ConnectionForm): void => setForm((now) => ({ ...now, ...changes }));
  useEffect(() => {
    if (problem !== undefined) document.getElementById('findings')?.focus();
  }, [problem]);

  const save = async (event: Event): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    try {
      const body = bodyOfConnection(form, view, clientSecret, password);
      const query = reason.trim() === '' ? {} : { reason: reason.trim() };
      const { data } =
        view === undefined
          ? await call('createExchangeConnection', { query, body })
          : await call('putExchangeConnection', {
              path: { id: view.id },
              query,
              headers: { 'if-match': `"${view.version}"` },
              body,
            });
      announce(t.saved(data.version));
      if (view === undefined) goTo('exchange', data.id);
      else saved(data);
    } catch (error) {
      setProblem(asProblem(error));
      setBusy(false);
    }
  };
  return html`
    ${view !== undefined && html`<p class="muted">${serverTexts().savedBy(view.version, view.updatedBy, formatInstant(view.updatedAt))}</p>`}
    ${form['protocol'] === 'ews' && form['authentication'] === 'oauth' && html`<${Notice} tone="warn">${t.ewsEnds}<//>`}
    <form onSubmit=${(event: Event) => void save(event)} novalidate>
      <${Problem} problem=${problem} reload=${reload} />
      <section class="card" aria-label=${common().exchange}>
        <${ConnectionFields}
          form=${form}
          change=${change}
          view=${view}
          problem=${problem}
          disabled=${!isAllowed}
          choices=${choices}
          clientSecret=${clientSecret}
          setClientSecret=${setClientSecret}
          password=${password}
          setPassword=${setPassword}
        />
      </section>
      ${
        isAllowed &&
        html`<${SaveBar} reason=${reason} setReason=${setReason} isBusy=${isBusy} canSave=${true}>
          ${view !== undefined && html`<button type="button" class="danger" onClick=${() => setRemoving(true)}>${t.remove}</button>`}
        <//>`
      }
    </form>
    ${
      view !== undefined &&
      may('connection:test') &&
      html`<${TestPanel}
        calls=${connectionTestsOf(view.id)}
        expected=${expectedSteps[form['protocol'] as View['protocol']]}
        patch=${() => bodyOfConnection(form, view, clientSecret, password)}
        isDraft=${isConnectionChanged(form, view) || clientSecret.action !== 'keep' || password.action !== 'keep'}
        trusted=${(trustedCertificateId: string) => change({ trustedCertificateId })}
      />`
    }
    ${view !== undefined && may('audit:read') && html`<${ConnectionHistory} id=${view.id} reverted=${reload} />`}
    ${isRemoving && view !== undefined && html`<${RemoveDialog} view=${view} onClose=${() => setRemoving(false)} />`}
  `;
}

function Problem({ problem, reload }: { problem: ApiProblem | undefined; reload: () => void }): VNode | null {
  const t = exchangeTexts();
  if (problem === undefined) return null;
  if (problem.code === 'version-conflict') {
    return html`<${Notice} tone="warn" role="alert"
      ><p>${t.conflict}</p>
      <button type="button" onClick=${reload}>${t.reload}</button><//
    >`;
  }
  if (problem.findings.length === 0) return html`<${ProblemNotice} problem=${problem} />`;
  return html`<div class="notice bad" role="alert" id="findings" tabindex="-1">
    <p><strong>${common().findings(problem.findings.length)}</strong></p>
    <ul class="findings">
      ${problem.findings.map(({ pointer, message }) => html`<li key=${pointer}>${t.labels[pointer] ?? pointer}: ${sentence(message)}</li>`)}
    </ul>
  </div>`;
}

function RemoveDialog({ view, onClose }: { view: View; onClose: () => void }): VNode {
  const t = exchangeTexts();
  const [problem, setProblem] = useState<ApiProblem>();
  const remove = async (): Promise<void> => {
    try {
      await call('deleteExchangeConnection', {
        path: { id: view.id },
        headers: { 'if-match': `"${view.version}"` },
      });
      onClose();
      goTo('exchange');
    } catch (error) {
      setProblem(asProblem(error));
    }
  };
  return html`<${Dialog} title=${t.removeTitle(view.name)} onClose=${onClose}>
    <p>${view.usedBy.length > 0 ? t.inUse : t.removeText}</p>
    ${problem !== undefined && html`<${ProblemNotice} problem=${problem} />`}
    <div class="actions">
      ${view.usedBy.length === 0 && html`<button type="button" class="danger" onClick=${() => void remove()}>${common().remove}</button>`}
      <button type="button" class="quiet" onClick=${onClose}>${common().cancel}</button>
    </div>
  <//>`;
}
